"""What a network reads at once: how long one input may be, and which inputs go together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

TOKENS_AT_ONCE = 4096  # padded tokens per batch at prediction; larger was not faster on two cores
RESERVED_POSITIONS = 2  # RoBERTa and MPNet count positions from 2


def longest_input(encoder: Any, max_tokens: int) -> int:
    """Tokens of one input that `encoder` has positions for, at most `max_tokens`."""
    positions = getattr(encoder.config, "max_position_embeddings", 10**6)
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
