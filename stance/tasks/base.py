"""What a label task is: a name, its labels in column order, and what counts as saying nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from stance.schema import LabelledStatement


@dataclass(frozen=True)
class LabelTask:
    """One question asked of every statement."""

    name: str
    kind: Literal["single", "multi"]  # one label, or any number of them
    labels: tuple[str, ...]  # column order everywhere
    silent: str | None  # the label where nobody speaks; None: no label at all
    source: str  # where the labels are defined
    own: bool = False  # a user's task, named in a config; not the codebook's

    @property
    def key(self) -> str:
        """The name inside a network, where a user's task must not meet a module's or an input's."""
        return f"own_{self.name}" if self.own else self.name

    def label_of(self, statement: LabelledStatement) -> str:
        """The statement's label in a single-label task; empty where it has none."""
        return statement.own.get(self.name, "") if self.own else str(getattr(statement, self.name))

    def gold(self, statements: Iterable[LabelledStatement]) -> NDArray[np.int64]:
        """Gold labels as numbers.

        Returns shape (n_statements,), indices into `labels`, for a single-label task;
        (n_statements, n_labels), 0 or 1, for a multi-label task.
        """
        index = {label: i for i, label in enumerate(self.labels)}
        if self.kind == "single":
            return np.array([index[self.label_of(s)] for s in statements], dtype=np.int64)
        rows = [[label in s.condition_labels for label in self.labels] for s in statements]
        return np.array(rows, dtype=np.int64).reshape(len(rows), len(self.labels))
