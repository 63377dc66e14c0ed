"""Masking hides who speaks, keeps what is said, and finds its way back to the statement's characters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.config import InputConfig
from stance.features.text import model_input
from stance.schema import Statement

USHAKOV = Statement(
    text="Kremlin aide Yuri Ushakov said on Jan. 28 that Zelensky should travel to Moscow if he wants to meet Putin.",
    speaker="Kremlin aide Yuri Ushakov",
    speaker_id="yuri_ushakov",
    side="Russia",
    target="Zelensky-Putin meeting",
)


def test_names_become_marks_and_dates_and_verbs_stay():
    read = model_input(USHAKOV, InputConfig())
    assert (
        read.text == "Kremlin aide SPEAKER said on Jan. 28 that OTHER should travel to NAME if he wants to meet OTHER."
    )


def test_nothing_is_masked_when_switched_off():
    assert model_input(USHAKOV, InputConfig(mask="none")).text == USHAKOV.text


def test_known_masks_only_the_names_in_the_fields():
    assert "travel to Moscow" in model_input(USHAKOV, InputConfig(mask="known")).text


@pytest.mark.parametrize(
    ("side", "word"),
    [("Ukraine", "Ukrainian"), ("Russia", "Russia's"), ("Karsavia", "Karsavians"), ("Côte Verte", "Côte")],
)
def test_a_side_is_met_in_its_adjective_too(side, word):
    read = model_input(Statement(f"For {word} delegates nothing changed.", side=side), InputConfig())
    assert read.text.startswith("For SIDE")


def test_two_speakers_of_one_sentence_are_read_differently():
    text = "Teren is ready, said Orla Venn, but Rudakov refused."
    first = model_input(Statement(text, speaker="Teren", speaker_id="teren"), InputConfig())
    second = model_input(Statement(text, speaker="Rudakov", speaker_id="rudakov"), InputConfig())
    assert first.text.startswith("SPEAKER is ready")
    assert "SPEAKER refused" in second.text


def test_target_role_and_context_stand_beside():
    statement = Statement("We refuse.", context="Nobody came.", target="gas talks", speaker="the minister")
    assert model_input(statement, InputConfig(context=True)).company == "gas talks | the minister | Nobody came."
    assert model_input(statement, InputConfig()).company == "gas talks | the minister | "
    assert model_input(statement, InputConfig(role=False, target=False)).company == ""


def test_a_condition_span_survives_masking_both_ways():
    read = model_input(USHAKOV, InputConfig())
    start = USHAKOV.text.index("should travel to Moscow")
    end = start + len("should travel to Moscow")
    masked = read.from_statement(start, end)
    assert read.text[slice(*masked)] == "should travel to NAME"
    assert read.to_statement(*masked) == (start, end)


@given(st.text(), st.text(max_size=30), st.text(max_size=30), st.data())
def test_any_text_is_read_and_mapped_back(text, speaker, side, data):
    read = model_input(Statement(text, speaker=speaker, side=side), InputConfig())
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    masked = read.from_statement(start, end)
    assert 0 <= masked[0] <= masked[1] <= len(read.text)
    back = read.to_statement(*masked)
    assert back[0] <= start
    assert back[1] >= end
    assert 0 <= back[0] <= back[1] <= len(text)
