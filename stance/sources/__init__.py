"""Bytes in, Articles or Statements out: files, folders, tables, standard input.

A new format is a file here, a line in `READERS` and a test.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from stance.errors import InputError
from stance.registry import Registry
from stance.schema import Article, Statement
from stance.sources.problems import OnError, Place, complain, opened, unreadable
from stance.sources.tables import items_of_jsonl, table_kind

READERS = Registry(
    "input ending",
    {
        ".txt": "stance.sources.text:read_text",
        ".html": "stance.sources.html:read_html",
        ".htm": "stance.sources.html:read_html",
        ".jsonl": "stance.sources.tables:read_table",
        ".csv": "stance.sources.tables:read_table",
        ".parquet": "stance.sources.tables:read_table",
    },
)
TABLE_ENDINGS = (".jsonl", ".csv", ".parquet")  # many items a file; the others hold one article each

Reader = Callable[[Path, OnError | None], Iterator[tuple[Place, Article | Statement]]]

__all__ = [
    "READERS",
    "TABLE_ENDINGS",
    "OnError",
    "Place",
    "expected_items",
    "input_files",
    "read_inputs",
    "read_located",
]


def read_inputs(paths: Sequence[str | Path], on_error: OnError | None = None) -> Iterator[Article | Statement]:
    """Read articles and statements from files, folders and `-` (JSONL on standard input), in that order.

    A folder is searched through for the endings in `READERS`, in sorted order, without what is hidden.
    Where it holds articles (`.txt`, `.html`, tables with `body`), its other tables are passed over:
    they are labels or predictions kept beside the articles. Name such a table itself to read it.

    Everything is streamed: one file or one table row at a time is held, and the ids of articles seen.

    Raises `InputError` for whatever cannot be read; with `on_error` each is handed over instead and
    the rest goes on.
    """
    for _, item in read_located(paths, on_error):
        yield item


def read_located(
    paths: Sequence[str | Path], on_error: OnError | None = None
) -> Iterator[tuple[Place, Article | Statement]]:
    """As `read_inputs`, each item with the place it was read from."""
    first_seen: dict[str, Place] = {}  # article_id -> where
    for path in paths:
        for place, item in _items_at(path, on_error):
            if isinstance(item, Article):
                if item.article_id in first_seen:
                    problem = f"{item.article_id!r} was already read from {first_seen[item.article_id]}"
                    complain(InputError(place.path, place.line, "article_id", f"{problem}; ids must differ"), on_error)
                    continue
                first_seen[item.article_id] = place
            yield place, item


def input_files(paths: Sequence[str | Path]) -> list[Path]:
    """The files that `read_inputs` opens, in its order; those that it could not open included, `-` not."""
    return [file for path in paths if str(path) != "-" for file in _files_at(path, on_error=lambda error: None)]


def expected_items(files: Sequence[Path]) -> int:
    """About how many articles and statements `files` hold, by what is cheap to look at: lines, Parquet's own count."""
    return sum(_expected(file) for file in files)


def _expected(file: Path) -> int:
    ending = file.suffix.lower()
    try:
        if ending == ".parquet":
            from stance.sources.tables import parquet_rows

            return parquet_rows(file)
        if ending in TABLE_ENDINGS:
            with opened(file) as stream:
                return sum(block.count(b"\n") for block in iter(lambda: stream.read(2**20), b"")) - (ending == ".csv")
    except (OSError, InputError):
        return 0
    return 1


def _files_at(path: str | Path, on_error: OnError | None) -> list[Path]:
    return _files_in(Path(path), on_error) if os.path.isdir(path) else [Path(path)]


def _items_at(path: str | Path, on_error: OnError | None) -> Iterator[tuple[Place, Article | Statement]]:
    """Items of one file or folder or of standard input, each with where it came from."""
    for file in _files_at(path, on_error):
        try:
            if str(path) == "-":
                yield from items_of_jsonl(sys.stdin.buffer, "-", on_error)
            else:
                yield from _reader_of(file)(file, on_error)
        except InputError as error:
            complain(error, on_error)


def _reader_of(path: Path) -> Reader:
    if not os.path.exists(path):
        raise InputError(path, problem="no such file or folder")
    if not _is_unicode(path.name):
        raise InputError(path, problem="the file's name is not valid Unicode; rename it")
    ending = path.suffix.lower()
    if ending not in READERS:
        raise InputError(path, problem=f"cannot read files ending in {ending!r}", allowed=READERS)
    reader: Reader = READERS[ending]
    return reader


def _is_unicode(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _files_in(folder: Path, on_error: OnError | None) -> list[Path]:
    """The files of a folder that `read_inputs` reads, sorted."""

    def closed(error: OSError) -> None:
        complain(unreadable(error.filename, error), on_error)

    found: list[Path] = []
    for parent, folders, names in os.walk(folder, onerror=closed):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        candidates = (Path(parent, name) for name in sorted(names) if not name.startswith("."))
        found += [path for path in candidates if path.suffix.lower() in READERS and path.is_file()]
    if not found:
        complain(InputError(folder, problem="holds no file with a known ending", allowed=READERS), on_error)
    tables = {path: table_kind(path) for path in found if path.suffix.lower() in TABLE_ENDINGS}
    if len(tables) == len(found) and "articles" not in tables.values():
        return found
    return [path for path in found if tables.get(path) != "other"]
