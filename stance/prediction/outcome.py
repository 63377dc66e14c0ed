"""What became of the inputs: counts, and what could not be used."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from stance.errors import InputError, StanceError

FAILURES_KEPT = 20  # of an outcome; the rejects file names them all


@dataclass(frozen=True)
class Reject:
    """An input, row or statement that could not be used: one line of the rejects file."""

    file: str
    line: int | None
    field: str
    reason: str

    @classmethod
    def of(cls, error: StanceError) -> Reject:
        if isinstance(error, InputError):
            return cls(error.path, error.line, error.field, error.reason)
        return cls("", None, "", str(error))

    def error(self) -> StanceError:
        return InputError(self.file, self.line, self.field, self.reason) if self.file else StanceError(self.reason)


@dataclass
class Outcome:
    """What became of the inputs."""

    articles: int = 0
    statements: int = 0  # written
    extracted: int = 0  # statements that were found in articles
    unresolved: int = 0  # those of them whose speaker stands for nobody
    failed: int = 0  # inputs, rows and statements that could not be used
    failures: list[StanceError] = field(default_factory=list)  # the first `FAILURES_KEPT` of them
    rejects: Path | None = None  # the file that names all of them, where one was written

    def fail(self, error: StanceError) -> None:
        """Count a failure, and keep it while there are few."""
        self.failed += 1
        if len(self.failures) < FAILURES_KEPT:
            self.failures.append(error)
