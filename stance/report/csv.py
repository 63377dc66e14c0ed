"""CSV: one statement a row, for spreadsheets; cells that one would run as a formula are defused."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterable
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import BinaryIO

from stance.report.flat import flat_rows
from stance.report.rows import Columns
from stance.schema import Statement
from stance.sources.formulas import defused


def write(rows: Iterable[Statement], stream: BinaryIO, columns: Columns | None = None) -> int:
    """Write `rows` as UTF-8 CSV (RFC 4180) with a header; returns how many."""
    columns, records = flat_rows(rows, columns)
    text = TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
    try:
        writer = csv.writer(text)
        writer.writerow(columns)
        count = 0
        for record in records:
            cells = (record.get(name) for name in columns)
            writer.writerow([defused(cell) if isinstance(cell, str) else cell for cell in cells])
            count += 1
    finally:
        text.detach()  # the stream is the caller's to close
    return count


def join(parts: Iterable[Path], stream: BinaryIO, columns: Columns) -> None:
    """Write one header, then the rows of `parts`, which were written with these `columns`, in order."""
    header = BytesIO()
    write((), header, columns)
    stream.write(header.getvalue())
    for part in parts:
        with part.open("rb") as rows:
            rows.seek(len(header.getvalue()))
            shutil.copyfileobj(rows, stream)
