"""Files that appear whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO
from uuid import uuid4

from stance.errors import InputError


@contextmanager
def replacing(output: str | Path) -> Iterator[BinaryIO]:
    """A stream whose content takes the place of `output` when the block ends well; a missing folder is made.

    Until then, and after a failure, what was there before stays.
    Raises `InputError` for a place that cannot be written and for text that is no valid Unicode.
    """
    path = Path(os.path.realpath(output))  # through a link, so that the link stays
    partial = path.with_name(f".{uuid4().hex}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = partial.open("xb")
    except (OSError, ValueError) as error:
        raise _unwritable(output, error) from None
    try:
        with stream, valid_unicode(output):
            yield stream
        os.replace(partial, path)
    except OSError as error:
        raise _unwritable(output, error) from error
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def valid_unicode(output: str | Path) -> Iterator[None]:
    """Turns a text that UTF-8 cannot hold into an `InputError` that shows it."""
    try:
        yield
    except UnicodeEncodeError as error:
        problem = f"a text holds {error.object[error.start : error.end]!r}, which is no valid Unicode"
        raise InputError(output, problem=problem) from error


def write_text(text: str, output: str | Path) -> None:
    """Write a UTF-8 file; raises `InputError` where that is not possible."""
    with replacing(output) as stream:
        stream.write(text.encode("utf-8"))


def write_json(data: object, output: str | Path) -> None:
    """Write plain data as JSON a person can read; raises `InputError` where that is not possible."""
    write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", output)


def write_jsonl(rows: Iterable[Mapping[str, Any]], output: str | Path) -> None:
    """Write plain rows as JSON Lines; raises `InputError` where that is not possible."""
    write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), output)


def _unwritable(output: str | Path, error: Exception) -> InputError:
    return InputError(output, problem=f"cannot be written ({getattr(error, 'strerror', None) or error})")
