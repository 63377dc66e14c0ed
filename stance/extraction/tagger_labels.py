"""What the tagger says of every word: per role whether a stretch begins, goes on or is away; and back to stretches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

ROLES = ("speaker", "cue", "content")  # who; "said", "according to"; what. Stretches of two roles may overlap.
TAGS = ("outside", "begin", "inside")
OUTSIDE, BEGIN, INSIDE = range(len(TAGS))
FORBIDDEN = ((OUTSIDE, INSIDE),)  # from, to; nor does a text begin inside
FAR_BELOW = -1e4  # a score nothing forbidden can win with

Run = tuple[int, int]  # words `[first, last)`


def tags_of(n_words: int, runs: Mapping[str, Iterable[Run]]) -> NDArray[np.int64]:
    """Tags of shape (n_words, n_roles); of two stretches of one role that overlap, the later one is cut."""
    tags = np.full((n_words, len(ROLES)), OUTSIDE, dtype=np.int64)
    for column, role in enumerate(ROLES):
        free = 0
        for first, last in sorted(runs.get(role, ())):
            first = max(first, free)
            if first < last:
                tags[first, column] = BEGIN
                tags[first + 1 : last, column] = INSIDE
                free = last
    return tags


def runs_of(tags: NDArray[np.int64]) -> list[Run]:
    """The stretches that tags of one role, shape (n_words,), mark, in order."""
    begins = np.flatnonzero(tags == BEGIN)
    ends = np.flatnonzero(tags != INSIDE)
    after = np.append(ends, len(tags))[np.searchsorted(ends, begins, side="right")]
    return [(int(first), int(last)) for first, last in zip(begins, after, strict=True)]


def likeliest_tags(
    scores: NDArray[np.float64], lengths: Sequence[int], transitions: NDArray[np.float64], first: NDArray[np.float64]
) -> NDArray[np.int64]:
    """The best sequence of tags per text and role, shape (n_texts, n_words, n_roles).

    `scores` (n_texts, n_words, n_roles, n_tags) of the words, `transitions` (n_roles, n_tags from, n_tags to),
    `first` (n_roles, n_tags) of the first word's tag; words from `lengths` on are padding, their tags are of
    no account. Linear in the number of words. Source: Viterbi (1967).
    """
    n_words = scores.shape[1]
    last_words = np.asarray(lengths) - 1
    tags = np.zeros(scores.shape[:3], dtype=np.int64)
    if not n_words:
        return tags
    came_from = np.zeros(scores.shape, dtype=np.int64)
    total = first + scores[:, 0]
    for word in range(1, n_words):
        ways = total[..., None] + transitions  # (n_texts, n_roles, n_tags from, n_tags to)
        came_from[:, word] = ways.argmax(axis=2)
        on = (word <= last_words)[:, None, None]
        total = np.where(on, ways.max(axis=2) + scores[:, word], total)
    best = total.argmax(axis=-1)  # (n_texts, n_roles)
    for word in range(n_words - 1, -1, -1):
        tags[:, word] = best
        before = np.take_along_axis(came_from[:, word], best[..., None], axis=2)[..., 0]
        best = np.where((word <= last_words)[:, None], before, best)
    return tags
