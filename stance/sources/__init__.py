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
from stance.sources.problems import OnError, complain, unreadable
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

Reader = Callable[[Path, OnError | None], Iterator[tuple[str, Article | Statement]]]

__all__ = ["READERS", "TABLE_ENDINGS", "OnError", "read_inputs"]


def read_inputs(paths: Sequence[str | Path], on_error: OnError | None = None) -> Iterator[Article | Statement]:
    """Read articles and statements from files, folders and `-` (JSONL on standard input), in that order.

    A folder is searched through for the endings in `READERS`, in sorted order, without what is hidden.
    Where it holds articles (`.txt`, `.html`, tables with `body`), its other tables are passed over:
    they are labels or predictions kept beside the articles. Name such a table itself to read it.

    Everything is streamed: one file or one table row at a time is held, and the ids of articles seen.

    Raises `InputError` for whatever cannot be read; with `on_error` each is handed over instead and
    the rest goes on.
    """
    first_seen: dict[str, str] = {}  # article_id -> where
    for path in paths:
        for where, item in _items_at(path, on_error):
            if isinstance(item, Article):
                if item.article_id in first_seen:
                    problem = f"{item.article_id!r} was already read from {first_seen[item.article_id]}"
                    complain(InputError(where, None, "article_id", f"{problem}; ids must differ"), on_error)
                    continue
                first_seen[item.article_id] = where
            yield item


def _items_at(path: str | Path, on_error: OnError | None) -> Iterator[tuple[str, Article | Statement]]:
    """Items of one file or folder or of standard input, each with where it came from."""
    files = _files_in(Path(path), on_error) if os.path.isdir(path) else [Path(path)]
    for file in files:
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
    ending = path.suffix.lower()
    if ending not in READERS:
        raise InputError(path, problem=f"cannot read files ending in {ending!r}", allowed=READERS)
    reader: Reader = READERS[ending]
    return reader


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
