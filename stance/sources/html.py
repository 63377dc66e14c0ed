"""Web pages: one article a file, its text and metadata as trafilatura finds them."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

from lxml import etree
from trafilatura import bare_extraction

from stance.errors import InputError
from stance.schema import Article
from stance.sources.dates import iso_date
from stance.sources.furniture import mark_furniture
from stance.sources.limits import MAX_PAGE
from stance.sources.problems import OnError, Place, decode_utf8, read_limited

MAX_TAGS = 20_000  # above, trafilatura's tables and its second opinions are left out: both are quadratic
_DATES = {"extensive_search": False, "original_date": True}  # only dates that the page declares
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9._-]{1,40})", re.IGNORECASE)
_UNSEEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|noscript|template|head)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL
)
_INLINE = re.compile(r"</?(?:a|abbr|b|cite|em|font|i|mark|q|s|small|span|strong|sub|sup|u)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z!?][^<>]*>", re.IGNORECASE)


def read_html(path: Path, on_error: OnError | None = None) -> Iterator[tuple[Place, Article]]:
    """The article in an `.html` file; the file's stem is its id. Opens no connection.

    A page in which trafilatura finds nothing (nested too deep, say) gives all its visible text.
    Raises `InputError` for what is empty, too large, no text, or a page without words.
    """
    page = _decoded(read_limited(path, MAX_PAGE), path)
    found = _extracted(page)
    text = found.get("text", "") or _visible_text(page)
    if not text:
        raise InputError(path, problem="no text found in the page")
    yield (
        Place(str(path)),
        Article(
            text=text,
            article_id=path.stem,
            title=found.get("title", ""),
            date=found.get("date", ""),
            url=found.get("url", ""),
            source=found.get("source", ""),
            furniture=mark_furniture(text),
        ),
    )


def _decoded(page: bytes, path: Path) -> str:
    """The page as UTF-8, or else in the character set that it declares; never by guessing."""
    declared = _CHARSET.search(page, 0, 4096)
    try:
        return page.decode("utf-8")
    except UnicodeDecodeError:
        if declared is None:
            return decode_utf8(page, path)  # raises, naming the line
    name = declared.group(1).decode("ascii")
    try:
        return page.decode(name)
    except (UnicodeError, LookupError):
        raise InputError(path, problem=f"neither UTF-8 nor the {name!r} it declares") from None


def _extracted(page: str) -> dict[str, str]:
    """What trafilatura finds; nothing where it gives up."""
    simple = page.count("<") > MAX_TAGS
    try:
        document = bare_extraction(
            page,
            include_comments=False,
            include_tables=not simple,
            fast=simple,
            with_metadata=True,
            date_extraction_params=_DATES,
        )
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError, etree.LxmlError):
        return {}
    if document is None or isinstance(document, dict):
        return {}
    found = {
        "text": document.text,
        "title": document.title,
        "date": iso_date(document.date or ""),
        "url": document.url,
        "source": document.sitename or document.hostname,
    }
    return {name: _clean(str(value)) for name, value in found.items() if value}


def _clean(text: str) -> str:
    """Without what the other formats refuse: NUL characters and halves of surrogate pairs."""
    return text.replace("\0", "").encode("utf-8", "ignore").decode("utf-8").strip()


def _visible_text(page: str) -> str:
    """All text outside comments, scripts and the head, a line per block; whatever the nesting."""
    blocks = _TAG.sub("\n", _INLINE.sub("", _UNSEEN.sub("\n", page)))
    lines = (" ".join(line.split()) for line in _clean(html.unescape(blocks)).split("\n"))
    return "\n".join(line for line in lines if line)
