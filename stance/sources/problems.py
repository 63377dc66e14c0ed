"""What readers do about a fault: raise it, or hand it over and go on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from stance.errors import InputError, StanceError

OnError = Callable[[StanceError], None]

MAX_BYTES = 64 * 2**20  # of one article or one table row; what is larger is hardly news
_MAGIC = {
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a zip archive (an Office file?)",
    b"\x1f\x8b": "a gzip archive",
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


def check_is_text(path: str | Path, head: bytes) -> None:
    """Raise `InputError` where the first bytes of a file are not those of UTF-8 text."""
    for magic, what in _MAGIC.items():
        if head.removeprefix(_BOM).startswith(magic):
            raise InputError(path, problem=f"not text but {what}; give UTF-8 text")
    if b"\0" in head:
        raise InputError(path, problem="not text (it holds NUL bytes); give UTF-8 text")


def read_limited(path: Path, limit: int = MAX_BYTES) -> bytes:
    """All bytes of a text file, without a byte-order mark.

    Raises `InputError` where it cannot be opened, is empty, above `limit` bytes or no text.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(limit + 1)
    except OSError as error:
        raise unreadable(path, error) from None
    if len(data) > limit:
        raise InputError(path, problem=f"larger than {limit // 2**20} MiB; is this one article?")
    check_is_text(path, data)
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
