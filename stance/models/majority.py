"""Label shares of the training statements for everybody: the floor to beat."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator

from stance.config import InputConfig
from stance.encoders import OnLog
from stance.errors import ModelError
from stance.models.base import Predicted
from stance.schema import LabelledStatement, Statement
from stance.tasks import CONDITIONS, Tasks

WEIGHTS = "shares.json"


class MajorityClassifier(BaseEstimator):
    """Predicts the most frequent label whatever is said; the span is the whole statement."""

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
        self.shares_ = {}
        for name, task in tasks.items():
            y = task.gold(train)
            n_labels = len(task.labels)
            counts = y.sum(axis=0) if task.kind == "multi" else np.bincount(y, minlength=n_labels)
            self.shares_[name] = counts / len(train)
        return self

    def predict_proba(self, statements: Sequence[Statement]) -> Predicted:
        whole = np.array([[0, len(s.text)] for s in statements], dtype=np.int64).reshape(-1, 1, 2)
        return Predicted(
            {name: np.tile(shares, (len(statements), 1)) for name, shares in self.shares_.items()},
            np.repeat(whole, len(CONDITIONS.labels), axis=1),
        )

    def save(self, folder: Path) -> None:
        shares = {name: values.tolist() for name, values in self.shares_.items()}
        (folder / WEIGHTS).write_text(json.dumps(shares), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path, params: dict[str, Any], *, inputs: InputConfig, tasks: Tasks) -> Self:
        model = cls(**params)
        try:
            shares = json.loads((folder / WEIGHTS).read_text(encoding="utf-8"))
            model.shares_ = {name: np.array(shares[name], dtype=np.float64) for name in tasks}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(f"{folder / WEIGHTS}: not the label shares of a majority model ({error})") from None
        return model
