"""Label errors: planted ones are found, nothing of an article trains the model that judges it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import pytest

from stance.annotation import check
from stance.annotation.check import check_corpus, held_out_proba, label_doubts
from stance.config import RunConfig
from stance.errors import StanceError
from stance.models.base import Predicted
from stance.schema import ConditionSpan, LabelledStatement, Statement
from stance.tasks import CONDITIONS, TASKS

SETTINGS = RunConfig()
SAYINGS = [
    ("The delegation will fly out and attend, the minister said.", "open", "favor"),
    ("The junta ruled out negotiations and called them pointless.", "closed", "against"),
    ("The envoy described the process as complicated.", "unstated", "neutral"),
]


def _corpus(n_articles: int = 40) -> list[LabelledStatement]:
    """Every article says the same three things, and one condition."""
    rows = []
    for article in range(n_articles):
        name = f"a{article:02d}"
        for number, (text, openness, stance) in enumerate(SAYINGS):
            rows.append(
                LabelledStatement(
                    text, f"{name}:{number}", name, speaker="the speaker", openness=openness, stance=stance
                )
            )
        text = "We will sit down once the shelling stops, the general said."
        span = ConditionSpan(17, 40, "ceasefire", text[17:40])
        rows.append(
            LabelledStatement(
                text, f"{name}:3", name, speaker="x", openness="conditional", stance="favor", conditions=(span,)
            )
        )
    return rows


def test_planted_errors_come_first() -> None:
    rows = _corpus()
    rows[1] = replace(rows[1], openness="open")  # "ruled out negotiations"
    rows[42] = replace(rows[42], stance="against")  # "described the process"
    rows[83] = replace(rows[83], conditions=())  # "once the shelling stops"
    found = label_doubts(rows, SETTINGS)
    worst = {(d.statement.statement_id, d.task): (d.given, d.suggested) for d in found[:3]}
    assert worst == {
        (rows[1].statement_id, "openness"): (("open",), ("closed",)),
        (rows[42].statement_id, "stance"): (("against",), ("neutral",)),
        (rows[83].statement_id, "conditions"): ((), ("ceasefire",)),
    }
    assert all(d.flagged for d in found[:3])
    assert label_doubts(rows, SETTINGS) == found  # seeded


def test_a_clean_corpus_has_no_doubts() -> None:
    assert label_doubts(_corpus(), SETTINGS) == []


def test_no_article_is_judged_by_a_model_that_saw_it(monkeypatch: pytest.MonkeyPatch) -> None:
    class Watcher:
        def fit(self, train: Sequence[Statement], dev: Sequence[Statement], **_: Any) -> Self:
            self.seen = {s.article_id for s in (*train, *dev)}
            assert not {s.article_id for s in train} & {s.article_id for s in dev}
            return self

        def predict_proba(self, statements: Sequence[Statement]) -> Predicted:
            assert not self.seen & {s.article_id for s in statements}
            asked.extend(s.statement_id for s in statements)
            n = len(statements)
            proba = {name: np.full((n, len(task.labels)), 1 / len(task.labels)) for name, task in TASKS.items()}
            return Predicted(proba, np.zeros((n, len(CONDITIONS.labels), 2), dtype=np.int64))

    asked: list[str] = []
    monkeypatch.setattr(check, "MODELS", {SETTINGS.model.kind: Watcher})
    rows = _corpus()
    proba = held_out_proba(rows, SETTINGS)
    assert sorted(asked) == sorted(s.statement_id for s in rows)
    assert all((of_task > 0).all() for of_task in proba.values())


def test_too_few_articles() -> None:
    with pytest.raises(StanceError, match="5 folds of 2 articles"):
        label_doubts(_corpus(2), SETTINGS)


def test_breaches_are_listed_and_do_not_stop_the_rest(tmp_path: Path) -> None:
    rows = [
        {
            "statement_id": s.statement_id,
            "article_id": s.article_id,
            "text": s.text,
            "speaker": s.speaker,
            "openness": s.openness,
            "stance": s.stance,
            "conditions": [{"label": c.label, "start": c.start, "end": c.end, "text": c.text} for c in s.conditions],
        }
        for s in _corpus(10)
    ]
    rows[3]["conditions"] = []
    path = tmp_path / "statements.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    checked = check_corpus(tmp_path, SETTINGS)
    assert [(b.line, b.field) for b in checked.breaches] == [(4, "conditions")]
    assert all(d.statement.statement_id != rows[3]["statement_id"] for d in checked.doubts)
