"""Statements as a pandas data frame."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from stance.report.rows import columns_of, flat_record
from stance.schema import LabelledStatement, Statement

if TYPE_CHECKING:
    import pandas

DTYPES = {"text": "str", "integer": "Int64", "number": "float64"}


def to_frame(rows: Iterable[Statement | LabelledStatement]) -> pandas.DataFrame:
    """One row per statement, in order, with the flat columns of `rows.columns_of`."""
    import pandas

    statements = list(rows)
    columns = columns_of(statements)
    records = [flat_record(statement) for statement in statements]
    return pandas.DataFrame(
        {
            name: pandas.Series([record.get(name) for record in records], dtype=DTYPES[kind])
            for name, kind in columns.items()
        }
    )
