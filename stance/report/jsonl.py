"""JSON Lines: one statement an object, labels and probabilities nested."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from stance.report.rows import Columns, nested_record
from stance.schema import Statement


def write(rows: Iterable[Statement], stream: BinaryIO, columns: Columns | None = None) -> int:
    """Write `rows` as UTF-8 JSON Lines, which need no columns; returns how many."""
    count = 0
    for row in rows:
        line = json.dumps(nested_record(row), ensure_ascii=False)
        stream.write(line.encode("utf-8") + b"\n")
        count += 1
    stream.flush()
    return count


def join(parts: Iterable[Path], stream: BinaryIO, columns: Columns) -> None:
    """Write what is in `parts` one after the other."""
    for part in parts:
        with part.open("rb") as rows:
            shutil.copyfileobj(rows, stream)
