"""The codebook's rules, as it words them."""

from __future__ import annotations

import re

import pytest

from stance.schema import ConditionSpan, LabelledStatement
from stance.tasks import CODEBOOK_VERSION, TASKS
from stance.tasks.rules import gold_violations, violations

RULES = [
    ("conditional needs a condition", {"openness": "conditional"}, True),
    ("conditional with a condition", {"openness": "conditional", "conditions": ["venue"]}, False),
    ("a refusal may carry conditions", {"openness": "closed", "conditions": ["ceasefire"]}, False),
    ("a condition can stand without willingness", {"openness": "unstated", "conditions": ["territory"]}, False),
    ("openness and stance are separate", {"openness": "open", "stance": "against"}, False),
    ("nobody speaks, nothing is claimed", {"speaker": "", "stance": "favor"}, True),
    ("nobody speaks, no openness", {"speaker": "", "openness": "open"}, True),
    ("nobody speaks, no conditions", {"speaker": "", "conditions": ["venue"]}, True),
    ("nobody speaks, all silent", {"speaker": "", "openness": "unstated", "stance": "neutral"}, False),
]


@pytest.mark.parametrize(("labels", "broken"), [r[1:] for r in RULES], ids=[r[0] for r in RULES])
def test_label_rules(labels, broken):
    assert bool(violations(**labels)) is broken


def test_labels_are_the_codebooks(root):
    """Labels and version are read off the shipped codebook, so that code and page cannot drift apart."""
    page = (root / "seeds" / "codebook.md").read_text(encoding="utf-8")
    assert f"Version {CODEBOOK_VERSION}." in page
    sections = {"openness": "## 2.", "conditions": "## 3.", "stance": "## 4."}
    for name, heading in sections.items():
        section = page[page.index(heading) :].split("\n## ")[0]
        assert tuple(re.findall(r"^\| `(\w+)` \|", section, re.M)) == TASKS[name].labels


def _statement(**changes):
    fields = {"text": "only on neutral ground", "speaker": "Kyiv", "openness": "conditional", "stance": "neutral"}
    conditions = (ConditionSpan(0, 22, "venue", "only on neutral ground"),)
    return LabelledStatement(**{**fields, "conditions": conditions, **changes})


SPOILT = [
    ("an unknown openness", {"openness": "maybe"}, "openness: unknown label 'maybe'"),
    ("an unknown stance", {"stance": "for"}, "allowed: favor, against, neutral"),
    ("an unknown quotation", {"quotation": "verbatim"}, "quotation"),
    ("a span outside", {"conditions": (ConditionSpan(0, 99, "venue", "x"),)}, "not inside the 22 characters"),
    ("an empty span", {"conditions": (ConditionSpan(3, 3, "venue", ""),)}, "not inside"),
    (
        "a span that reads otherwise",
        {"conditions": (ConditionSpan(0, 4, "venue", "with"),)},
        "reads 'only', not 'with'",
    ),
    ("an unknown condition", {"conditions": (ConditionSpan(0, 4, "place", "only"),)}, "'place'"),
]


@pytest.mark.parametrize(("changes", "said"), [s[1:] for s in SPOILT], ids=[s[0] for s in SPOILT])
def test_gold_faults_are_named(changes, said):
    assert gold_violations(_statement()) == []
    assert any(said in problem for problem in gold_violations(_statement(**changes)))


def test_offsets_are_checked_against_the_article():
    article = "Title\n\nonly on neutral ground, Kyiv said."
    assert gold_violations(_statement(start=7, end=29), article) == []
    assert "start" in gold_violations(_statement(start=8, end=30), article)[0]
    assert "start" in gold_violations(_statement(start=-22, end=29), article)[0]
