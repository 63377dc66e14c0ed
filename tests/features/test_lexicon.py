"""Entries are found whole, by stem and by the longest reading; the shipped file is well formed."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.features.lexicon import Lexicon, shipped_lexicon
from stance.tasks import CONDITIONS

ENTRIES = [("ready", "ready"), ("rule out", "refuse"), ("not rule out", "hedge"), ("withdraw*", "topic_territory")]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("we are ready", [(2, 3, ("ready",))]),
        ("would not rule out", [(1, 4, ("hedge",))]),
        ("to rule out talks", [(1, 3, ("refuse",))]),
        ("rule it out", []),
        ("withdrawing and withdrawal", [(0, 1, ("topic_territory",)), (2, 3, ("topic_territory",))]),
        ("with readiness", []),
        ("", []),
    ],
)
def test_entries_are_found(words, found):
    assert Lexicon(ENTRIES).find(words.split()) == found


def test_an_entry_of_two_classes_has_both():
    lexicon = Lexicon([("troops", "war"), ("troops", "topic_territory")])
    assert lexicon.find(["troops"])[0].classes == ("war", "topic_territory")


def test_a_contracted_negation_is_one():
    assert Lexicon([("n't", "negation")]).find(["won't"])[0].classes == ("negation",)


def test_the_shipped_lexicon_knows_every_condition():
    classes = {name for _, name in shipped_lexicon().entries}
    assert {name.removeprefix("topic_") for name in classes if name.startswith("topic_")} == set(CONDITIONS.labels)


def test_the_shipped_entries_are_written_as_they_are_read():
    entries = shipped_lexicon().entries
    assert len(set(entries)) == len(entries), "no entry has the same class twice"
    for entry, name in entries:
        assert entry == " ".join(entry.split()) and 1 <= len(entry.split()) <= 6 and name == name.strip() != ""
        assert all(word == word.lower() or word in {"SPEAKER", "SIDE", "OTHER", "NAME"} for word in entry.split())
        assert "*" not in entry.replace("* ", " ").removesuffix("*"), "a star ends a word"


@given(st.lists(st.sampled_from(["not", "rule", "out", "ready", "withdrawn", "peace"])))
def test_cues_never_overlap(words):
    cues = Lexicon(ENTRIES).find(words)
    assert all(before.end <= after.start for before, after in pairwise(cues))
    assert all(0 <= cue.start < cue.end <= len(words) for cue in cues)
