"""Plain text: one article a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from stance.schema import Article
from stance.sources.furniture import mark_furniture
from stance.sources.problems import OnError, Place, decode_utf8, read_limited


def read_text(path: Path, on_error: OnError | None = None) -> Iterator[tuple[Place, Article]]:
    """The article in a UTF-8 `.txt` file, its text exactly as read (a byte-order mark is dropped).

    The file's stem is its id; its first line is its title when an empty line follows.
    Raises `InputError` for what is empty, too large or not UTF-8 text.
    """
    text = decode_utf8(read_limited(path), path)
    yield (
        Place(str(path)),
        Article(text=text, article_id=path.stem, title=title_of(text), furniture=mark_furniture(text)),
    )


def title_of(text: str) -> str:
    """The first line when an empty line follows, else nothing."""
    first, _, rest = text.partition("\n")
    second, newline, _ = rest.partition("\n")
    return first.strip() if newline and not second.strip() else ""
