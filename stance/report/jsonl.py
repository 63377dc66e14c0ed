"""JSON Lines: one statement an object, labels and probabilities nested."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import BinaryIO

from stance.report.rows import nested_record
from stance.schema import Statement


def write(rows: Iterable[Statement], stream: BinaryIO) -> int:
    """Write `rows` as UTF-8 JSON Lines; returns how many."""
    count = 0
    for row in rows:
        line = json.dumps(nested_record(row), ensure_ascii=False)
        stream.write(line.encode("utf-8") + b"\n")
        count += 1
    stream.flush()
    return count
