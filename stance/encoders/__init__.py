"""Pretrained encoders: where their weights come from, how a network around one is trained, saved and read back.

What the network is for (labels, statements) is its owner's business. torch and transformers load inside the
functions that need them.
"""

from collections.abc import Callable
from typing import Literal

Precision = Literal["auto", "fp32", "bf16", "int8"]  # of prediction; see `runners`
OnLog = Callable[[int, dict[str, float]], None]  # step, {"train_loss": ..., "dev_macro_f1": ...}
