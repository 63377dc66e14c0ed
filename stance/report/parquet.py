"""Parquet: one statement a row, typed columns, for data frames and query engines."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import pyarrow
from pyarrow import parquet

from stance.report.flat import flat_rows
from stance.report.rows import Columns, Kind
from stance.schema import Statement

TYPES: dict[Kind, pyarrow.DataType] = {
    "text": pyarrow.string(),
    "integer": pyarrow.int64(),
    "number": pyarrow.float64(),
}
ROW_GROUP = 4096  # statements held before they are written


def write(rows: Iterable[Statement], stream: BinaryIO, columns: Columns | None = None) -> int:
    """Write `rows` as Parquet; returns how many."""
    columns, records = flat_rows(rows, columns)
    schema = _schema(columns)
    count = 0
    with parquet.ParquetWriter(stream, schema) as writer:
        while group := list(islice(records, ROW_GROUP)):
            writer.write_table(pyarrow.Table.from_pylist(group, schema=schema))
            count += len(group)
    return count


def join(parts: Iterable[Path], stream: BinaryIO, columns: Columns) -> None:
    """Write the rows of `parts`, which were written with these `columns`, in order; a part is a row group or more."""
    with parquet.ParquetWriter(stream, _schema(columns)) as writer:
        for part in parts:
            with parquet.ParquetFile(part) as rows:
                for batch in rows.iter_batches(batch_size=ROW_GROUP):
                    writer.write_batch(batch)


def _schema(columns: Columns) -> pyarrow.Schema:
    return pyarrow.schema([(name, TYPES[kind]) for name, kind in columns.items()])
