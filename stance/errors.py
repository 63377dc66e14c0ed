"""Everything `stance` raises on purpose; the command line turns each into one sentence and an exit code."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


class StanceError(Exception):
    """Base of all errors a user can cause and mend."""


class InputError(StanceError):
    """Something typed or annotated is wrong; says where, and what would be right.

    Reads `path:line: field: problem (allowed: a, b)`; parts that do not apply are left out.
    """

    def __init__(
        self,
        path: str | Path,
        line: int | None = None,
        field: str = "",
        problem: str = "",
        allowed: Iterable[str] = (),
    ) -> None:
        where = str(path) if line is None else f"{path}:{line}"
        choices = ", ".join(allowed)
        hint = f" (allowed: {choices})" if choices else ""
        super().__init__(": ".join(part for part in (where, field, problem) if part) + hint)
        self.path, self.line, self.field, self.problem = str(path), line, field, problem
        self.reason = problem + hint

    def __reduce__(self) -> tuple[type[Exception], tuple[object, ...]]:
        return type(self), (self.path, self.line, self.field, self.reason)


class ConfigError(InputError):
    """A run's config cannot be used."""


class ModelError(StanceError):
    """A model cannot be found, read or trusted."""


class TrackingError(StanceError):
    """The tracking server did not take a run; the model folder is safe."""
