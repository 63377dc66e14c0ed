"""What every model kind can do, so that training, prediction and tests treat all of them alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from stance.config import InputConfig
from stance.encoders import OnLog
from stance.schema import LabelledStatement, Statement
from stance.tasks import Tasks


@dataclass(frozen=True)
class Predicted:
    """Label probabilities of n statements, before any decision.

    `proba[task]` has shape (n_statements, n_labels), float64 in [0, 1], columns in the task's label
    order; rows sum to 1 for single-label tasks. Only the tasks the model was trained on are in it.
    `spans` has shape (n_statements, n_condition_labels, 2), int64: for every condition label the
    stretch `[start, end)` of the statement that states it best, whether or not the label applies.
    """

    proba: dict[str, NDArray[np.float64]]
    spans: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.spans)


class Classifier(Protocol):
    """A model kind. Its `__init__` only stores hyperparameters, whose defaults live there alone."""

    def fit(
        self,
        train: Sequence[LabelledStatement],
        dev: Sequence[LabelledStatement],
        *,
        inputs: InputConfig,
        tasks: Tasks,
        seed: int,
        on_log: OnLog | None = None,
    ) -> Self:
        """Learn from `train`; `dev` may only choose when to stop."""
        ...

    def predict_proba(self, statements: Sequence[Statement]) -> Predicted:
        """Label probabilities; a statement's row never depends on the others in the batch."""
        ...

    def save(self, folder: Path) -> None:
        """Write the learned weights into an existing folder; nothing executable."""
        ...

    @classmethod
    def load(cls, folder: Path, params: dict[str, Any], *, inputs: InputConfig, tasks: Tasks) -> Self:
        """Read what `save` wrote. Raises `ModelError` for a missing or foreign file."""
        ...
