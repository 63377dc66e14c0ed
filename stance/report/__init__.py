"""Statements out: JSONL, CSV, Parquet, data frames, terminal tables, pictures.

A new file format is a file here with `write(rows, stream)`, a line in `WRITERS` and a test.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, BinaryIO
from uuid import uuid4

from stance.errors import InputError
from stance.registry import Registry
from stance.schema import LabelledStatement, Statement

WRITERS = Registry(
    "output ending",
    {
        ".jsonl": "stance.report.jsonl:write",
        ".csv": "stance.report.csv:write",
        ".parquet": "stance.report.parquet:write",
    },
)
Writer = Callable[[Iterable[Statement], BinaryIO], int]

__all__ = ["WRITERS", "check_output", "write_statements"]


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
        return _write_checked(WRITERS[".jsonl"], rows, sys.stdout.buffer, "-")
    path = Path(os.path.realpath(output))  # through a link, so that the link stays
    partial = path.with_name(f".{uuid4().hex}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = partial.open("xb")
    except (OSError, ValueError) as error:
        raise _unwritable(output, error) from None
    try:
        with stream:
            count = _write_checked(WRITERS[Path(output).suffix.lower()], rows, stream, output)
        os.replace(partial, path)
    except OSError as error:
        raise _unwritable(output, error) from error
    finally:
        partial.unlink(missing_ok=True)
    return count


def _write_checked(write: Writer, rows: Iterable[Statement], stream: Any, output: str | Path) -> int:
    try:
        return write(rows, stream)
    except UnicodeEncodeError as error:
        problem = f"a text holds {error.object[error.start : error.end]!r}, which is no valid Unicode"
        raise InputError(output, problem=problem) from error


def _unwritable(output: str | Path, error: Exception) -> InputError:
    return InputError(output, problem=f"cannot be written ({getattr(error, 'strerror', None) or error})")
