"""How large an input may be: every limit by name. What is above costs that file or row alone, and is named.

A variable of the same name in the environment sets another number of bytes: STANCE_MAX_ROW_BYTES=200000000.
"""

from __future__ import annotations

import os

from stance.errors import ConfigError

LIMITS = {  # name -> bytes
    "STANCE_MAX_ROW_BYTES": 64 * 2**20,  # one article, or one row of a table (Parquet: one cell, in characters)
    "STANCE_MAX_PAGE_BYTES": 10 * 2**20,  # one web page; nothing but tags takes trafilatura a minute or two
    "STANCE_MAX_STATEMENT_BYTES": 2**20,  # one field of a statement, in characters; a MiB takes a model seconds
}
MAX_ROW, MAX_PAGE, MAX_STATEMENT = LIMITS


def limit(name: str) -> int:
    """The limit of this name in bytes. Raises `ConfigError` where the environment sets it to no such number."""
    given = os.environ.get(name)
    if given is None:
        return LIMITS[name]
    if not (given.isascii() and given.isdigit() and 0 < len(given) < 16 and int(given)):
        raise ConfigError(name, problem=f"must be a whole number of bytes from 1, not {given[:40]!r}")
    return int(given)


def above(name: str) -> str:
    """How a message says that something is above a limit, and how to raise that."""
    number = limit(name)
    size = f"{number // 2**20} MiB" if number % 2**20 == 0 else f"{number:,} bytes"
    return f"larger than {size} ({name} sets another limit)"
