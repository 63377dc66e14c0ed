"""A confusion matrix as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray


def draw_confusion(matrix: NDArray[Any], labels: Sequence[str], title: str, path: Path) -> None:
    """Draw counts of gold labels (rows) against predicted ones (columns) to a PNG.

    `matrix`: (n_labels, n_labels), whole numbers, in the order of `labels`. Colour is a cell's
    share of its row, so that rare labels show; a row without gold stays white.
    """
    with matplotlib.rc_context({"text.parse_math": False}):  # a label may hold a dollar
        _draw(np.asarray(matrix), labels, title, path)


def _draw(counts: NDArray[Any], labels: Sequence[str], title: str, path: Path) -> None:
    support = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, support, out=np.zeros(counts.shape), where=support > 0)
    size = 2.6 + 0.62 * len(labels)  # inches
    figure = Figure(figsize=(size + 0.8, size), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(labels)), labels, rotation=45, ha="right", rotation_mode="anchor")
    gold = [f"{label} ({count})" for label, count in zip(labels, support[:, 0], strict=True)]
    axes.set_yticks(range(len(labels)), gold)
    axes.set_xlabel("predicted")
    axes.set_ylabel("gold (support)")
    axes.set_title(title)
    axes.set_xticks(np.arange(len(labels) + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(len(labels) + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="white", linewidth=1.5)
    axes.tick_params(which="both", length=0)
    for row, column in np.ndindex(counts.shape):
        axes.text(
            column,
            row,
            f"{counts[row, column]:d}",
            ha="center",
            va="center",
            color="white" if shares[row, column] > 0.55 else "black" if counts[row, column] else "lightgrey",
        )
    figure.colorbar(image, ax=axes, label="share of the gold label", shrink=0.8)
    figure.savefig(path)
