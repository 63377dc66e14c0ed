"""Calibration errors, coverage of label sets, and what abstaining buys, for models already trained.

    python experiments/calibration/run.py --models models/held_out

Writes result.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from stance.config import DataConfig
from stance.corpus import load_corpus, split_corpus
from stance.metrics import reliability
from stance.models.bundle import Bundle, load_bundle
from stance.schema import LabelledStatement
from stance.tasks import OPENNESS, STANCE, TASKS

HERE = Path(__file__).resolve().parent
SEEDS = HERE.parents[1] / "seeds"
SHOWN = ("baseline-1", "transformer-1", "transformer-distilled-1", "transformer-large-1")
COVERAGES = (0.8, 0.9, 0.95)
LEAST = (0.0, 0.5, 0.7, 0.9)  # --abstain-below

Rows = Sequence[LabelledStatement]


def main(
    models: Annotated[Path, typer.Option(help="Folder of model folders, as experiments/held_out leaves it.")] = Path(
        "models/held_out"
    ),
) -> None:
    written = SEEDS / "written"
    sets: dict[str, Rows] = {
        "held-out domains": split_corpus(load_corpus(written), DataConfig(corpus=written)).test,
        "five real articles": load_corpus(SEEDS / "news").statements,
    }
    bundles = {name: load_bundle(models / name) for name in SHOWN if (models / name).is_dir()}
    labelled = {(name, of): bundle.label(gold) for name, bundle in bundles.items() for of, gold in sets.items()}
    parts = []
    for of, gold in sets.items():
        parts.append(f"## {of} ({len(gold)} statements)\n")
        parts += _errors({name: labelled[name, of] for name in bundles}, gold)
        parts += _coverage({name: (bundle, labelled[name, of]) for name, bundle in bundles.items()}, gold)
        parts += _abstaining({name: labelled[name, of] for name in bundles}, gold)
    (HERE / "result.md").write_text("\n".join(parts).rstrip() + "\n")


def _errors(found: dict[str, Rows], gold: Rows) -> list[str]:
    lines = ["Expected calibration error, 15 bins:\n", f"| | {' | '.join(TASKS)} |", "| --- | --- | --- | --- |"]
    for name, rows in found.items():
        lines.append(f"| {name} | {' | '.join(f'{reliability(t, gold, rows).ece:.3f}' for t in TASKS.values())} |")
    return [*lines, ""]


def _coverage(found: dict[str, tuple[Bundle, Rows]], gold: Rows) -> list[str]:
    """Share of sets that hold the gold label, and labels a set, for each promise."""
    heads = [f"{task.name} {coverage:.0%}" for task in (OPENNESS, STANCE) for coverage in COVERAGES]
    lines = [
        "Label sets: share that holds the right label, and labels a set, by what is promised:\n",
        f"| | {' | '.join(heads)} |",
        f"| {' | '.join(['---'] * (len(heads) + 1))} |",
    ]
    for name, (bundle, rows) in found.items():
        cells = []
        for task in (OPENNESS, STANCE):
            for coverage in COVERAGES:
                sets = bundle.decision.label_sets(rows, task.name, coverage)
                held = np.mean([task.label_of(g) in labels for g, labels in zip(gold, sets, strict=True)])
                cells.append(f"{held:.3f} ({np.mean([len(labels) for labels in sets]):.2f})")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return [*lines, ""]


def _abstaining(found: dict[str, Rows], gold: Rows) -> list[str]:
    """Accuracy of the labels that are given, and the share of statements that get one."""
    heads = [f"{task.name} from {least}" for task in (OPENNESS, STANCE) for least in LEAST]
    lines = [
        "`--abstain-below`: share right of the labels given, and in brackets the share of statements that get one:\n",
        f"| | {' | '.join(heads)} |",
        f"| {' | '.join(['---'] * (len(heads) + 1))} |",
    ]
    for name, rows in found.items():
        cells = []
        for task in (OPENNESS, STANCE):
            sure = np.array([(row.proba or {})[task.name][task.label_of(row)] for row in rows])
            right = np.array([task.label_of(g) == task.label_of(r) for g, r in zip(gold, rows, strict=True)])
            for least in LEAST:
                kept = sure >= least
                cells.append(f"{right[kept].mean() if kept.any() else 1.0:.3f} ({kept.mean():.0%})")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return [*lines, ""]


if __name__ == "__main__":
    typer.run(main)
