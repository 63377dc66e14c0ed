"""Does `stance annotate check` find label errors in the written corpus?

    OMP_NUM_THREADS=1 python experiments/label_errors/run.py

Three runs with the baseline, five folds of articles:
- the adjudicated labels: the top 100 are read by hand, see readings.jsonl and README.md;
- the first annotator's labels alone: what adjudication changed counts as a real error, so precision is known;
- the adjudicated labels with 5 % of each task's labels replaced at random: precision on planted errors.
Writes doubts.jsonl (the top 100 of the first run) and measured.json beside this file.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from stance.annotation.check import label_doubts
from stance.annotation.files import read_annotations
from stance.config import load_config
from stance.corpus import load_corpus
from stance.models import MODELS
from stance.report.files import write_json, write_jsonl
from stance.schema import ConditionSpan, LabelledStatement
from stance.tasks import CONDITIONS, TASKS

HERE = Path(__file__).parent
WRITTEN = HERE.parents[1] / "seeds" / "written"
SETTINGS = load_config({"model": {"kind": "tfidf_linear"}}, kinds=MODELS)
TOP = 100
PLANTED = 0.05  # of each task's labels
SEED = 13


def labels_of(statement: LabelledStatement, task: str) -> frozenset[str]:
    return frozenset(statement.condition_labels if task == CONDITIONS.name else [getattr(statement, task)])


def by_first(gold: Sequence[LabelledStatement]) -> list[LabelledStatement]:
    """The statements with the first annotator's labels."""
    first = {
        row.statement.statement_id: row.statement for row in read_annotations(WRITTEN / "annotations" / "first.jsonl")
    }
    taken = [first[s.statement_id] for s in gold]
    return [
        replace(s, openness=f.openness, stance=f.stance, conditions=f.conditions)
        for s, f in zip(gold, taken, strict=True)
    ]


def with_planted(gold: Sequence[LabelledStatement]) -> list[LabelledStatement]:
    """Five per cent of each task's labels replaced: another single label, or one condition more or less."""
    rng = np.random.default_rng(SEED)
    rows = list(gold)
    for name, task in TASKS.items():
        for i in rng.permutation(len(rows))[: round(PLANTED * len(rows))].tolist():
            row = rows[i]
            if task.kind == "single":
                others = [label for label in task.labels if label != getattr(row, name)]
                rows[i] = replace(row, **{name: others[rng.integers(len(others))]})
            elif row.conditions:
                rows[i] = replace(row, conditions=row.conditions[1:])
            else:
                label = task.labels[rng.integers(len(task.labels))]
                rows[i] = replace(row, conditions=(ConditionSpan(0, len(row.text), label, row.text),))
    return rows


def precision(given: Sequence[LabelledStatement], gold: Sequence[LabelledStatement]) -> dict[str, Any]:
    """How many of the doubted labels differ from gold, among the top 100 of all, and of each task."""
    truth = {s.statement_id: s for s in gold}
    wrong = Counter(
        name for g, t in zip(given, gold, strict=True) for name in TASKS if labels_of(g, name) != labels_of(t, name)
    )
    doubts = label_doubts(given, SETTINGS)
    hits = [labels_of(truth[d.statement.statement_id], d.task) != frozenset(d.given) for d in doubts]
    found: Mapping[str, Any] = {
        name: {
            "errors": wrong[name],
            "share": round(wrong[name] / len(gold), 4),
            "doubted": sum(d.task == name for d in doubts),
            "errors_among_doubted": sum(hit for d, hit in zip(doubts, hits, strict=True) if d.task == name),
            "errors_in_top_100": sum([hit for d, hit in zip(doubts, hits, strict=True) if d.task == name][:TOP]),
        }
        for name in TASKS
    }
    return {"errors_in_top_100": sum(hits[:TOP]), **found}


def main() -> None:
    gold = load_corpus(WRITTEN).statements
    doubts = label_doubts(gold, SETTINGS)
    write_jsonl([doubt.to_dict() for doubt in doubts[:TOP]], HERE / "doubts.jsonl")
    measured = {
        "doubted": len(doubts),
        "flagged": sum(d.flagged for d in doubts),
        "top_100_by_task": dict(Counter(d.task for d in doubts[:TOP])),
        "first_annotator": precision(by_first(gold), gold),
        "planted": precision(with_planted(gold), gold),
    }
    write_json(measured, HERE / "measured.json")
    print(json.dumps(measured, indent=2))


if __name__ == "__main__":
    main()
