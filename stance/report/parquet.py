"""Parquet: one statement a row, typed columns, for data frames and query engines."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import BinaryIO

import pyarrow
from pyarrow import parquet

from stance.report.flat import flat_rows
from stance.report.rows import Kind
from stance.schema import Statement

TYPES: dict[Kind, pyarrow.DataType] = {
    "text": pyarrow.string(),
    "integer": pyarrow.int64(),
    "number": pyarrow.float64(),
}
ROW_GROUP = 4096  # statements held before they are written


def write(rows: Iterable[Statement], stream: BinaryIO) -> int:
    """Write `rows` as Parquet; returns how many."""
    columns, records = flat_rows(rows)
    schema = pyarrow.schema([(name, TYPES[kind]) for name, kind in columns.items()])
    count = 0
    with parquet.ParquetWriter(stream, schema) as writer:
        while group := list(islice(records, ROW_GROUP)):
            writer.write_table(pyarrow.Table.from_pylist(group, schema=schema))
            count += len(group)
    return count
