"""What a network reads at once: how long one input may be, and which inputs go together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

TOKENS_AT_ONCE = 4096  # padded tokens per batch at prediction; larger was not faster on two cores
RESERVED_POSITIONS = 2  # RoBERTa and MPNet count positions from 2


def longest_input(architecture: Any, max_tokens: int) -> int:
    """Tokens of one input that an encoder of this architecture has positions for, at most `max_tokens`."""
    positions = getattr(architecture, "max_position_embeddings", 10**6)
    return int(min(max_tokens, positions - RESERVED_POSITIONS))


def batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Row numbers in batches of like length, at most `TOKENS_AT_ONCE` padded tokens each."""
    batch: list[int] = []
    for row in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) + 1) * lengths[row] > TOKENS_AT_ONCE:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def padded(arrays: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Arrays of shape (length, ...) as one, (n_arrays, longest, ...), with zeros behind the shorter ones."""
    whole = np.zeros((len(arrays), max(map(len, arrays)), *arrays[0].shape[1:]), dtype=arrays[0].dtype)
    for row, array in zip(whole, arrays, strict=True):
        row[: len(array)] = array
    return whole


def attention_mask(lengths: Sequence[int]) -> NDArray[np.int64]:
    """1 where an input has a token, 0 where it is padded; shape (n_inputs, longest)."""
    return (np.arange(max(lengths)) < np.array(lengths)[:, None]).astype(np.int64)
