"""Cues know whether they are negated; marks keep what was said apart from what was not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.features.lexicon import Lexicon, shipped_lexicon
from stance.features.marks import marked, statement_marks, topic_marks

LEXICON = Lexicon(
    [
        ("we", "own"),
        ("they", "other_side"),
        ("not", "negation"),
        ("never", "negation"),
        ("ready", "ready"),
        ("refuse*", "refuse"),
        ("demand*", "demand"),
        ("talks", "talk"),
        ("withdrawal", "topic_territory"),
    ]
)


def cue(text, name):
    return next(cue for cue in marked(text, LEXICON).cues if name in (*cue.acts, *cue.topics))


@pytest.mark.parametrize(
    ("text", "prefix"),
    [
        ("We are ready.", ""),
        ("We are not ready.", "not_"),
        ("We have never refused.", "not_"),
        ("It is not raining; we are ready.", ""),
        ("Not a single one of the many people in this large room is ready.", ""),
    ],
)
def test_a_negation_reaches_to_the_end_of_its_clause(text, prefix):
    name = "refuse" if "refused" in text else "ready"
    assert cue(text, name).prefix == prefix


def test_the_order_of_cues_counts():
    one, other = (statement_marks(marked(text, LEXICON)).split() for text in ("ready, not talks", "talks, not ready"))
    assert "not_talk" in one and "not_talk" not in other
    assert sorted(set(one)) != sorted(set(other))


def test_topic_marks_forget_the_order():
    one, other = (topic_marks(marked(text, LEXICON)) for text in ("We talks withdrawal", "withdrawal We talks"))
    assert sorted(one.split()) == sorted(other.split())
    assert "topic_territory" in one.split()


@given(st.text())
def test_any_text_has_marks(text):
    read = marked(text, shipped_lexicon())
    assert len(read.words) == len(read.starts)
    assert all(
        text[start : start + len(word)].lower() == word.lower()
        for word, start in zip(*read[:2], strict=True)
        if text.isascii()
    )
    assert statement_marks(read).split()
    assert topic_marks(read).split()
