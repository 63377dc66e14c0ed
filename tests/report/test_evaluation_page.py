"""The page of a training: what it must say, and that whatever a text holds stays text."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from stance.config import EvaluationConfig
from stance.metrics import score
from stance.report.evaluation_page import slices, worst, write_evaluation_page
from stance.report.precision_recall import draw_precision_recall
from stance.schema import ConditionSpan, LabelledStatement
from stance.tasks import CONDITIONS, TASKS


def _rows():
    """Gold and predictions of twelve statements; two are wrong in openness, one surely."""
    gold, predicted = [], []
    for i in range(12):
        text = f"We will come once the guns stop {i} <script>alert(1)</script>"
        span = ConditionSpan(13, 31, "ceasefire", text[13:31])
        row = LabelledStatement(
            text,
            f"a:{i}",
            "a",
            speaker="Orla & <b>Venn</b>",
            quotation="direct" if i % 2 else "indirect",
            openness="conditional",
            conditions=(span,),
            stance="neutral",
        )
        wrong = i in (3, 4)
        share = {3: 0.95, 4: 0.6}.get(i, 0.1)
        proba = {
            "openness": {"open": share, "conditional": 1 - share, "closed": 0.0, "unstated": 0.0},
            "conditions": {label: 0.9 if label == "ceasefire" else 0.01 for label in CONDITIONS.labels},
            "stance": {"favor": 0.2, "against": 0.1, "neutral": 0.7},
        }
        gold.append(row)
        predicted.append(replace(row, openness="open" if wrong else row.openness, proba=proba, model="m"))
    return gold, predicted


def test_worst_are_the_wrong_ones_surest_first():
    gold, predicted = _rows()
    assert [(e["text"].split()[7], e["gold"], e["predicted"]) for e in worst(gold, predicted, TASKS)] == [
        ("3", "conditional", "open"),
        ("4", "conditional", "open"),
    ]


def test_slices_add_up_and_small_ones_are_left_out():
    gold, predicted = _rows()
    found = slices(gold, predicted, TASKS)
    assert [(s["group"], s["statements"]) for s in found if s["kind"] == "quotation"] == [
        ("indirect", 6),
        ("direct", 6),
    ]
    assert not [s for s in found if s["kind"] == "domain"], "no statement names a domain"
    gold[0] = replace(gold[0], domain="mine")
    assert not [s for s in slices(gold, predicted, TASKS) if s["kind"] == "domain"], "one statement is no slice"


def test_the_page_holds_everything_and_runs_nothing(tmp_path):
    gold, predicted = _rows()
    scores = score(gold, predicted, EvaluationConfig(resamples=20))
    picture = tmp_path / "precision_recall.png"
    draw_precision_recall(CONDITIONS, gold, predicted, "conditions", picture)
    assert picture.read_bytes().startswith(b"\x89PNG")
    page = tmp_path / "report.html"
    write_evaluation_page(
        page, "m-<1>", {"dev": (gold, predicted)}, {"dev": scores}, {"dev": scores}, TASKS, {"dev": [picture]}
    )
    text = page.read_text(encoding="utf-8")
    assert "<script" not in text and "&lt;script&gt;alert(1)" in text and "m-&lt;1&gt;" in text
    assert "<b>Venn" not in text
    assert not re.findall(r"(?:src|href)=\"(?!data:|#)", text), "nothing is fetched"
    assert f"{scores.tasks['openness'].macro_f1:.3f}" in text and "0.95" in text
    for label in CONDITIONS.labels:
        assert label in text


def test_no_curve_without_gold(tmp_path):
    rows = [replace(row, conditions=()) for row in _rows()[1]]
    draw_precision_recall(CONDITIONS, rows, rows, "conditions", tmp_path / "none.png")
    assert not (tmp_path / "none.png").exists()


@pytest.mark.parametrize("words", [1, 20, 60])
def test_every_length_has_a_slice(words):
    row = replace(_rows()[0][0], text="word " * words)
    rows = [row] * 5
    assert len([s for s in slices(rows, rows, TASKS) if s["kind"] == "length"]) == 1
