"""Statements out: JSONL, CSV, Parquet, data frames, terminal tables, pictures.

A new file format is a file here with `write(rows, stream)` and `join(parts, stream)`, a line in `WRITERS` and
`JOINERS`, and a test.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from stance.errors import InputError
from stance.registry import Registry
from stance.report.files import check_is_no_device, replacing, valid_unicode
from stance.schema import LabelledStatement, Statement

WRITERS = Registry(
    "output ending",
    {
        ".jsonl": "stance.report.jsonl:write",
        ".csv": "stance.report.csv:write",
        ".parquet": "stance.report.parquet:write",
    },
)
JOINERS = Registry(
    "output ending",
    {
        ".jsonl": "stance.report.jsonl:join",
        ".csv": "stance.report.csv:join",
        ".parquet": "stance.report.parquet:join",
    },
)

__all__ = ["JOINERS", "WRITERS", "check_output", "write_statements"]


def check_output(output: str | Path) -> None:
    """Raise `InputError` where `write_statements` could not write to `output`; for before a long run."""
    path = Path(output)
    if str(output) == "-":
        return
    if path.suffix.lower() not in WRITERS:
        problem = f"cannot write files ending in {path.suffix!r}"
        raise InputError(path, problem=problem, allowed=["- for JSONL on standard output", *WRITERS])
    if os.path.isdir(path):
        raise InputError(path, problem="is a folder; name a file in it")
    check_is_no_device(path)


def write_statements(rows: Iterable[Statement | LabelledStatement], output: str | Path) -> int:
    """Write statements, labelled or not, to a file whose ending is in `WRITERS`; `-`: JSONL to stdout.

    Rows are taken one by one. The file appears when all are written; until then, and after a
    failure, what was there before stays. A missing parent folder is made.

    Returns how many rows were written.
    Raises `InputError` for an unknown ending, a place that cannot be written and a row that the
    format cannot hold.
    """
    check_output(output)
    if str(output) == "-":
        with valid_unicode("-"):
            printed: int = WRITERS[".jsonl"](rows, sys.stdout.buffer)
        return printed
    with replacing(output) as stream:
        count: int = WRITERS[Path(output).suffix.lower()](rows, stream)
    return count
