"""Files that appear whole or not at all."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO
from uuid import uuid4

from stance.errors import InputError

PARTIAL = ".partial"  # ending of what is being written


@contextmanager
def replacing(output: str | Path, *, within: Path | None = None) -> Iterator[BinaryIO]:
    """A stream whose content takes the place of `output` when the block ends well; a missing folder is made.

    Until then, and after a failure, what was there before stays; from then on the content outlasts a loss
    of power. What is unfinished stands in `within`, a folder of the same file system, or beside `output`.
    Raises `InputError` for a place that cannot be written and for text that is no valid Unicode.
    """
    check_is_no_device(output)
    path = Path(os.path.realpath(output))  # through a link, so that the link stays
    partial = (within or path.parent) / f".{uuid4().hex}{PARTIAL}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = partial.open("xb")
    except (OSError, ValueError) as error:
        raise unwritable(output, error) from None
    try:
        with stream, valid_unicode(output):
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(partial, path)
        sync_folder(path.parent)
    except OSError as error:
        raise unwritable(output, error) from error
    finally:
        partial.unlink(missing_ok=True)


def check_is_no_device(output: str | Path) -> None:
    """Raise `InputError` for a device, a pipe and the like, in whose place no file may be put, and for no name."""
    try:
        mode = os.stat(output).st_mode
    except OSError:
        return  # nothing there yet; that it cannot be written shows when it is
    except ValueError as error:
        raise unwritable(output, error) from None
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise InputError(output, problem="is a pipe, a device or a socket; name a file, or - for standard output")


def sync_folder(folder: Path) -> None:
    """Make the names in a folder outlast a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def valid_unicode(output: str | Path) -> Iterator[None]:
    """Turns a text that UTF-8 cannot hold into an `InputError` that shows it."""
    try:
        yield
    except UnicodeEncodeError as error:
        problem = f"a text holds {error.object[error.start : error.end]!r}, which is no valid Unicode"
        raise InputError(output, problem=problem) from error


def write_text(text: str, output: str | Path, *, within: Path | None = None) -> None:
    """Write a UTF-8 file as `replacing` does; raises `InputError` where that is not possible."""
    with replacing(output, within=within) as stream:
        stream.write(text.encode("utf-8"))


def write_json(data: object, output: str | Path, *, within: Path | None = None) -> None:
    """Write plain data as JSON a person can read; raises `InputError` where that is not possible."""
    write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", output, within=within)


def write_jsonl(rows: Iterable[Mapping[str, Any]], output: str | Path) -> None:
    """Write plain rows as JSON Lines; raises `InputError` where that is not possible."""
    write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), output)


def unwritable(output: str | Path, error: Exception) -> InputError:
    """What to say about a place that the system does not let us write."""
    return InputError(output, problem=f"cannot be written ({getattr(error, 'strerror', None) or error})")
