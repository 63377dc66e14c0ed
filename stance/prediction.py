"""Label files of articles and statements in one streaming pass."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from stance.errors import InputError, StanceError
from stance.extraction import Extractor
from stance.extraction.scoring import is_unresolved
from stance.pipeline import StanceModel
from stance.report import check_output, write_statements
from stance.schema import Article, LabelledStatement, Statement
from stance.sources import read_inputs

Row = TypeVar("Row", Statement, LabelledStatement)


@dataclass
class Outcome:
    """What became of the inputs."""

    articles: int = 0
    statements: int = 0
    extracted: int = 0  # statements that were found in articles
    unresolved: int = 0  # those of them whose speaker stands for nobody
    failures: list[StanceError] = field(default_factory=list)
    article_ids: set[str] = field(default_factory=set)


def predict_files(
    inputs: Sequence[str | Path],
    model: StanceModel,
    output: str | Path,
    *,
    on_row: Callable[[LabelledStatement], None] = lambda row: None,
) -> Outcome:
    """Label every statement in the inputs and write the rows to `output`.

    An input that fails is kept in `Outcome.failures`; the others are written. Where all fail nothing is
    written and the first failure is raised.
    """
    outcome = Outcome()
    rows = model.stream(_read(inputs, outcome))
    return _write(rows, output, outcome, on_row)


def extract_files(
    inputs: Sequence[str | Path],
    output: str | Path,
    extractor: Extractor,
    *,
    on_row: Callable[[Statement], None] = lambda row: None,
) -> Outcome:
    """Write the statements of every article in the inputs to `output`; fails like `predict_files`."""
    outcome = Outcome()

    def statements() -> Iterator[Statement]:
        for item in _read(inputs, outcome):
            if isinstance(item, Article):
                yield from extractor.extract(item)
            else:
                outcome.failures.append(
                    InputError(
                        item.statement_id or "statement", problem="is a statement already; extract takes articles"
                    )
                )

    return _write(statements(), output, outcome, on_row)


def _read(inputs: Sequence[str | Path], outcome: Outcome) -> Iterator[Article | Statement]:
    for item in read_inputs(inputs, on_error=outcome.failures.append):
        if isinstance(item, Article):
            outcome.articles += 1
            outcome.article_ids.add(item.article_id)
        yield item


def _write(rows: Iterable[Row], output: str | Path, outcome: Outcome, on_row: Callable[[Row], None]) -> Outcome:
    check_output(output)

    def counted() -> Iterator[Row]:
        for row in rows:
            outcome.statements += 1
            if row.article_id in outcome.article_ids:
                outcome.extracted += 1
                outcome.unresolved += is_unresolved(row)
            on_row(row)
            yield row
        if outcome.failures and not outcome.articles and not outcome.statements:
            raise outcome.failures[0]

    write_statements(counted(), output)
    return outcome
