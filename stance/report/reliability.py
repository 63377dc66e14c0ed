"""Reliability diagrams: are predictions as often right as they are sure?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from stance.metrics import Reliability


def draw_reliability(curves: Mapping[str, Reliability], title: str, path: Path) -> None:
    """Draw one panel a task to a PNG: share right against confidence, and below how many there are.

    Bins with nothing in them are left out; counts are on a logarithmic scale.
    """
    figure = Figure(figsize=(3.2 * len(curves), 4.2), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(2, len(curves), squeeze=False, sharex=True, height_ratios=(3, 1))
    for column, (name, curve) in enumerate(curves.items()):
        above, below = axes[:, column]
        met = curve.count > 0
        above.plot([0, 1], [0, 1], color="grey", linewidth=1, linestyle=":")
        above.plot(curve.confidence[met], curve.right[met], marker="o", markersize=4, color="#08519c")
        above.set(title=f"{name}, ECE {curve.ece:.3f}", xlim=(0, 1), ylim=(0, 1))
        edges = [i / len(curve.count) for i in range(len(curve.count))]
        below.bar(edges, curve.count, width=1 / len(curve.count), align="edge", color="#6baed6")
        below.set(yscale="log", xlabel="confidence")
        if column == 0:
            above.set_ylabel("share right")
            below.set_ylabel("predictions")
    figure.suptitle(title)
    figure.savefig(path)
