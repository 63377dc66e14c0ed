"""Every candidate clause is described by the words it holds, whatever the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.config import InputConfig
from stance.features.clauses import clauses_of
from stance.features.lexicon import shipped_lexicon
from stance.features.marks import marked
from stance.features.text import model_input
from stance.schema import Statement


def read(statement):
    reading = model_input(statement, InputConfig())
    cues = marked(reading.text, shipped_lexicon())
    return clauses_of(statement.text, reading, cues), cues


def test_a_clause_holds_its_own_words():
    text = "President Orla Venn said Velmora will come once the guns stop, but not to Arden."
    found, cues = read(Statement(text, speaker="Orla Venn", speaker_id="orla_venn", side="Velmora"))
    first, last = found.words[[text[a:b] for a, b in found.spans].index("once the guns stop")]
    assert cues.words[first:last] == ["once", "the", "guns", "stop"]


def test_who_demands_is_known_at_the_clause():
    """Names are masked before cues are looked for, so that the own side's name counts as `we` does."""
    for text, actor in (
        ("We demand that the border is opened.", "own"),
        ("Arden and Moravia demand that the border is opened.", "other_side"),
        ("Velmora would demand that the border is opened.", "own"),
        ("They demand that the border is opened.", "other_side"),
    ):
        found, _ = read(Statement(text, side="Velmora", target="Velmora-Arden talks"))
        begins = found.begins[[text[a:b] for a, b in found.spans].index("that the border is opened")]
        assert {f"actor={actor}", "said=demand"} <= set(found.openings[begins].split())


@pytest.mark.parametrize("text", ["", " ", "x", "\x00", "if " * 3000, "“”" * 50, "word " * 3000])
def test_odd_texts_have_clauses(text):
    _is_whole(*read(Statement(text)))


@given(st.text(), st.text())
def test_any_text_has_clauses(text, side):
    _is_whole(*read(Statement(text, side=side)))


def _is_whole(found, cues):
    assert found.spans
    assert len(found.inside) == len(cues.words)
    assert all(0 <= first <= last <= len(cues.words) for first, last in found.words)
    assert all(0 <= place < len(found.openings) for place in found.begins)
    assert all(0 <= place < len(found.closings) for place in found.ends)
    assert len(found.spans) == len(found.words) == len(found.begins) == len(found.ends) == len(found.shapes)
