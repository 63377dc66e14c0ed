"""What to annotate next: uncertainty by hand, the unsure before the sure, no near-duplicates in a row."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from stance.annotation.suggest import suggest, suggest_files, uncertainty
from stance.config import InputConfig, RunConfig
from stance.corpus import load_corpus
from stance.models.bundle import Bundle
from stance.models.decision import Decision
from stance.models.tfidf_linear import TfidfLinear
from stance.pipeline import StanceModel
from stance.schema import LabelledStatement, Statement
from stance.tasks import CONDITIONS, TASKS

SEEDS = Path(__file__).parents[2] / "seeds"


def _row(text: str, sure: float, name: str = "") -> LabelledStatement:
    rest = (1 - sure) / 3
    openness = {"open": sure, "conditional": rest, "closed": rest, "unstated": rest}
    return LabelledStatement(text, name, proba={"openness": openness})


def test_uncertainty_by_hand() -> None:
    assert uncertainty(_row("a", 1.0)) == 0
    assert uncertainty(_row("a", 0.25)) == pytest.approx(1)
    half = LabelledStatement("a", proba={"stance": {"favor": 0.5, "against": 0.5, "neutral": 0.0}})
    assert uncertainty(half) == pytest.approx(math.log(2) / math.log(3))
    labels = dict.fromkeys(CONDITIONS.labels, 0.0) | {"venue": 0.5}
    assert uncertainty(LabelledStatement("a", proba={"conditions": labels})) == pytest.approx(
        1 / len(CONDITIONS.labels)
    )
    both = LabelledStatement("a", proba={**(half.proba or {}), **(_row("a", 1.0).proba or {})})
    assert uncertainty(both) == pytest.approx(uncertainty(half) / 2)


def test_unsure_first() -> None:
    rows = [_row("We will come.", 0.99), _row("Nobody knows about Halm.", 0.3), _row("The minister refused.", 0.6)]
    assert [s.statement.text for s in suggest(rows, 3)] == [rows[1].text, rows[2].text, rows[0].text]
    assert len(suggest(rows, 2)) == 2


def test_near_duplicates_do_not_stand_next_to_each_other() -> None:
    rows = [
        _row("We will sit down once the shelling stops, he said.", 0.30),
        _row("We will sit down once the shelling stops, she said.", 0.31),
        _row("The ministry ruled out every contact with the rebels.", 0.60),
        _row("Trade unions asked for a date.", 0.65),
    ]
    picked = suggest(rows, 4)
    order = [rows.index(s.statement) for s in picked]
    assert (order[0], order[-1]) == (0, 1)  # the second is as unsure as the first, and says the same
    assert picked[-1].alike > 0.7


def test_equal_text_comes_last_and_labelled_text_too() -> None:
    rows = [_row("Alpha beta.", 0.3), _row("Alpha beta.", 0.3), _row("Gamma delta.", 0.9), _row("Epsilon zeta.", 0.9)]
    picked = [s.statement.text for s in suggest(rows, 4, labelled=[Statement("Gamma delta.")])]
    assert picked[:2] == ["Alpha beta.", "Epsilon zeta."]


def test_nothing_to_suggest() -> None:
    assert suggest([], 10) == []
    with pytest.raises(ValueError):
        suggest([LabelledStatement("no probabilities")], 1)


def test_files(tmp_path: Path) -> None:
    gold = load_corpus(SEEDS / "news").statements
    tasks = TASKS
    classifier = TfidfLinear(min_count=1).fit(gold[:40], (), inputs=InputConfig(), tasks=tasks, seed=1)
    decision = Decision(dict.fromkeys(tasks, 1.0), dict.fromkeys(CONDITIONS.labels, 0.5))
    model = StanceModel(Bundle(classifier, decision, RunConfig(), "0" * 64))
    labelled = tmp_path / "first.jsonl"
    labelled.write_text(
        "".join(
            json.dumps({"statement_id": s.statement_id, "openness": s.openness, "conditions": [], "stance": s.stance})
            + "\n"
            for s in gold[:80]
        )
    )
    done = suggest_files([SEEDS / "news" / "statements.jsonl"], model, tmp_path / "next.jsonl", 5, [labelled])
    rows = [json.loads(line) for line in (tmp_path / "next.jsonl").read_text(encoding="utf-8").splitlines()]
    assert done.statements == len(rows) == 5
    assert {row["statement_id"] for row in rows} <= {s.statement_id for s in gold[80:]}
    assert "proba" in rows[0]
