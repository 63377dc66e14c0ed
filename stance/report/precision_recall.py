"""Precision and recall of every condition as its threshold moves, as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from sklearn.metrics import average_precision_score, precision_recall_curve

from stance.schema import LabelledStatement
from stance.tasks import LabelTask

COLUMNS = 5
FEWEST = 3  # gold statements a curve needs


def draw_precision_recall(
    task: LabelTask, gold: Sequence[LabelledStatement], predicted: Sequence[LabelledStatement], title: str, path: Path
) -> None:
    """Draw a panel for every label of a multi-label task with some gold statements, to a PNG.

    The dot is where the labels as decided stand. Nothing is drawn where no label has a curve.
    """
    y_true, y_pred = task.gold(gold), task.gold(predicted)
    met = [i for i in range(len(task.labels)) if y_true[:, i].sum() >= FEWEST]
    if not met:
        return
    n_rows = -(-len(met) // COLUMNS)
    figure = Figure(figsize=(2.2 * COLUMNS, 2.3 * n_rows), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(n_rows, COLUMNS, squeeze=False, sharex=True, sharey=True).ravel()
    for axis in axes[len(met) :]:
        axis.set_axis_off()
    for axis, i in zip(axes, met, strict=False):
        label = task.labels[i]
        proba = [row.proba[task.name][label] for row in predicted if row.proba]
        precision, recall, _ = precision_recall_curve(y_true[:, i], proba)
        axis.step(recall, precision, where="post", color="#08519c")
        hits = int((y_true[:, i] & y_pred[:, i]).sum())
        if y_pred[:, i].sum():
            axis.plot(hits / y_true[:, i].sum(), hits / y_pred[:, i].sum(), "o", color="#a63603", markersize=5)
        average = average_precision_score(y_true[:, i], proba)
        axis.set_title(f"{label} ({y_true[:, i].sum()})\naverage precision {average:.2f}", fontsize=8)
        axis.set(xlim=(0, 1.02), ylim=(0, 1.02))
    figure.supxlabel("recall")
    figure.supylabel("precision")
    figure.suptitle(title)
    figure.savefig(path)
