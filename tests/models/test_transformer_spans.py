"""Runs of tokens: what the token head is taught comes back as spans, two neighbours apart."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stance.models.transformer_spans import TOKEN_COLUMNS, best_runs, token_targets
from stance.tasks import CONDITIONS

SURE = 8.0  # logits of a head that has learnt its targets


def recovered(n_tokens: int, spans: dict[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    rows = [(label, np.arange(first, last + 1)) for label, (first, last) in spans.items()]
    runs = best_runs(np.where(token_targets(n_tokens, rows) > 0, SURE, -SURE).astype(np.float64))
    return {label: tuple(runs[CONDITIONS.labels.index(label)].tolist()) for label in spans}


@given(st.data())
def test_what_was_taught_is_found(data: st.DataObject) -> None:
    n_tokens = data.draw(st.integers(1, 60))
    edges = sorted(data.draw(st.sets(st.integers(0, n_tokens), min_size=2, max_size=8)))
    labels = data.draw(st.permutations(CONDITIONS.labels))
    spans = {label: (a, b - 1) for label, a, b in zip(labels, edges[::2], edges[1::2], strict=False)}
    assert recovered(n_tokens, spans) == spans


def test_neighbouring_requirements_stay_apart() -> None:
    # "once the shelling stops | and | the prisoners are home": two spans with one word between, or none
    for spans in ({"ceasefire": (0, 3), "justice_humanitarian": (5, 8)}, {"ceasefire": (0, 3), "territory": (4, 8)}):
        assert recovered(10, spans) == spans


def test_one_span_can_carry_two_labels() -> None:
    spans = {"format": (2, 5), "legitimacy": (2, 5)}
    assert recovered(9, spans) == spans


def test_a_run_is_found_where_no_condition_is() -> None:
    runs = best_runs(np.full((7, len(TOKEN_COLUMNS)), -SURE))
    assert ((runs >= 0) & (runs < 7)).all() and (runs[:, 0] <= runs[:, 1]).all()
