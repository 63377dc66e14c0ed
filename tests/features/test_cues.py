"""Candidate clauses hold the requirement with its marker, without the full stop."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.features.cues import candidate_spans

REQUIREMENTS = [  # sentence, the shortest stretch that states the requirement, with its marker
    ("We will sit down once the shelling stops.", "once the shelling stops"),
    ("The general said any meeting must be held on neutral soil.", "must be held on neutral soil"),
    ("Talks are possible only after the document is agreed, he said.", "only after the document is agreed"),
    ("“Come to us, but without your intermediaries,” she told them.", "without your intermediaries"),
    ("They will talk if the accounts are unfrozen and if the road is opened.", "if the road is opened"),
    ("No round before the elections; nothing else is needed.", "before the elections"),
]


@pytest.mark.parametrize(("text", "words"), REQUIREMENTS)
def test_the_requirement_is_a_candidate(text, words):
    assert words in [text[start:end] for start, end in candidate_spans(text)]


@given(st.text())
def test_candidates_lie_inside_any_text(text):
    spans = candidate_spans(text)
    assert spans
    assert all(0 <= start <= end <= len(text) for start, end in spans)
