"""What the transformer's network is given: padded arrays, which torch and ONNX Runtime both take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from numpy.typing import NDArray

from stance.encoders.batches import attention_mask, padded

PER_TOKEN = ("input_ids", "token_type_ids", "statement_mask")  # int64, int64, bool


def input_arrays(examples: Sequence[Mapping[str, Any]]) -> dict[str, NDArray[Any]]:
    """One batch, each array (n_examples, longest); an example holds `PER_TOKEN`, each (length,)."""
    batch = {name: padded([e[name] for e in examples]) for name in PER_TOKEN}
    return batch | {"attention_mask": attention_mask([len(e["input_ids"]) for e in examples])}
