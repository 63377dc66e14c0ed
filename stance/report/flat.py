"""What the flat file formats share: columns fixed by the first row, then one row after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice

from stance.errors import StanceError
from stance.report.rows import Columns, Record, columns_of, flat_record
from stance.schema import Statement


def flat_rows(rows: Iterable[Statement], columns: Columns | None = None) -> tuple[Columns, Iterator[Record]]:
    """Columns and flat records of `rows`, which are taken as they are asked for.

    Where no `columns` are given the first row tells whether labels and probabilities have some.
    Raises `StanceError` at a row that needs more columns.
    """
    stream = iter(rows)
    head = list(islice(stream, 1))
    if columns is None:
        columns = columns_of(head)
    return columns, (_fitting(flat_record(row), columns) for row in chain(head, stream))


def _fitting(record: Record, columns: Columns) -> Record:
    if record.keys() <= columns.keys():
        return record
    extra = next(name for name in record if name not in columns)
    raise StanceError(
        f"statement {record['statement_id']!r} has {extra!r}, which the first statement has not;"
        " write unlabelled, gold and predicted statements to files of their own, or to .jsonl"
    )
