"""What readers do about a fault: raise it, or hand it over and go on."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from stance.errors import InputError, StanceError
from stance.sources.limits import MAX_ROW, above, limit

OnError = Callable[[StanceError], None]

_MAGIC = {
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a zip archive (an Office file?)",
    b"\x1f\x8b": "a gzip archive",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
}
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item was read: a file, `-` for standard input, and in a table the line (Parquet: row) from 1."""

    path: str
    line: int | None = None

    def __str__(self) -> str:
        return self.path if self.line is None else f"{self.path}:{self.line}"


def complain(error: StanceError, on_error: OnError | None) -> None:
    """Hand `error` to `on_error`, or raise it where there is none."""
    if on_error is None:
        raise error
    on_error(error)


def unreadable(path: str | Path, error: OSError) -> InputError:
    """What to say about a file or folder that the system does not open."""
    return InputError(path, problem=f"cannot be read ({error.strerror or error})")


def check_is_file(path: str | Path) -> None:
    """Raise `InputError` for a folder, and for a pipe or device, which may give bytes without end or make us wait.

    Raises `OSError` where the system does not say what it is.
    """
    mode = os.stat(path).st_mode
    if stat.S_ISDIR(mode):
        raise InputError(path, problem="is a folder; name a file in it")
    if not stat.S_ISREG(mode):
        problem = "is a pipe, a device or a socket, not a file; save to a file what comes out of it"
        raise InputError(path, problem=problem)


def opened(path: Path) -> BufferedReader:
    """An input file, open for its bytes; raises `InputError` where that is not possible."""
    try:
        check_is_file(path)
        return path.open("rb")
    except OSError as error:
        raise unreadable(path, error) from None


def check_is_text(path: str | Path, head: bytes) -> None:
    """Raise `InputError` where the first bytes of a file are not those of UTF-8 text."""
    for magic, what in _MAGIC.items():
        if head.removeprefix(_BOM).startswith(magic):
            raise InputError(path, problem=f"not text but {what}; give UTF-8 text")
    if b"\0" in head:
        raise InputError(path, problem="not text (it holds NUL bytes); give UTF-8 text")


def read_limited(path: Path, name: str = MAX_ROW) -> bytes:
    """All bytes of a text file, without a byte-order mark.

    Raises `InputError` where it cannot be opened, is empty, above the limit of this `name` or no text.
    """
    most = limit(name)
    try:
        with opened(path) as stream:
            data = stream.read(most + 1)
    except OSError as error:
        raise unreadable(path, error) from None
    check_is_text(path, data)
    if len(data) > most:
        raise InputError(path, problem=f"{above(name)}; is this one article?")
    data = data.removeprefix(_BOM)
    if not data.strip():
        raise InputError(path, problem="the file is empty")
    return data


def decode_utf8(data: bytes, path: str | Path, line: int = 1) -> str:
    """UTF-8 bytes as text; `line` is the number of the first line in `data`, for the `InputError`."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line += data.count(b"\n", 0, error.start)
        byte = f"byte 0x{data[error.start]:02x}"
        raise InputError(path, line, problem=f"not valid UTF-8 ({byte}); save the file as UTF-8") from None
