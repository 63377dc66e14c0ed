"""Paragraphs and sentences, as offsets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from stance.extraction.lexicon import ABBREVIATIONS, NUMBERED
from stance.extraction.quotes import quotations
from stance.schema import Span

LONGEST = 2000  # characters; longer "sentences" (tables, missing stops) are cut at a space


class Sentence(NamedTuple):
    """A sentence and the quotations, or parts of quotations, inside it."""

    span: Span
    quotes: tuple[Span, ...]


_LINE = re.compile(r"[^\n\r\u2028\u2029\x0b\x0c\x85]+")
_STOP = re.compile(r"[.!?…]+[”\"’'»)\]]*(?:\s[(\[][^)\]\n.!?]{1,60}[)\]])?(?=\s)")
_INITIALS = re.compile(r"(?:[A-Z]\.)*[A-Z]")
_LAST_WORD = re.compile(r"[^\s“\"(‘]{1,20}\Z")


def paragraphs(text: str) -> Iterator[Span]:
    """Lines with anything on them, trimmed; a line broken in mid-sentence is one with the next."""
    held: Span | None = None
    for match in _LINE.finditer(text):
        span = trim(text, match.start(), match.end())
        if span is None:
            continue
        if held is None:
            held = span
        elif text[span.start].islower() and text[held.end - 1].isalpha() and text.count("\n", held.end, span.start) < 2:
            held = Span(held.start, span.end)
        else:
            yield held
            held = span
    if held is not None:
        yield held


def trim(text: str, start: int, end: int) -> Span | None:
    """The span without white space at its ends; None if nothing is left."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end) if start < end else None


def quoted_sentences(text: str, paragraph: Span) -> list[Sentence]:
    """The sentences of a paragraph with their quotations, in order."""
    quotes = quotations(text, paragraph.start, paragraph.end)
    found: list[Sentence] = []
    position = 0
    for span in sentences(text, paragraph, quotes):
        while position < len(quotes) and quotes[position].end <= span.start:
            position += 1
        inside: list[Span] = []
        for quote in quotes[position:]:
            if quote.start >= span.end:
                break
            inside.append(Span(max(quote.start, span.start), min(quote.end, span.end)))
        found.append(Sentence(span, tuple(inside)))
    return found


def sentences(text: str, paragraph: Span, quotes: list[Span]) -> Iterator[Span]:
    """Sentences of a paragraph, in order; a quotation is never cut by the stops inside it.

    A stop inside a quotation ends the sentence only where the quotation ends with it.
    """
    start = paragraph.start
    position = 0
    for match in _STOP.finditer(text, paragraph.start, paragraph.end):
        stop, end = match.start(), match.end()
        while position < len(quotes) and quotes[position].end <= stop:
            position += 1
        if position < len(quotes) and quotes[position].start < stop and end < quotes[position].end:
            continue
        if _is_boundary(text, start, stop, end, paragraph.end):
            yield from _pieces(text, start, end)
            start = end
    yield from _pieces(text, start, paragraph.end)


def _is_boundary(text: str, start: int, stop: int, end: int, limit: int) -> bool:
    following = end
    while following < limit and text[following].isspace():
        following += 1
    if following >= limit:
        return True
    after = text[following]
    if after.islower():
        return False
    if text[stop] == "." and text[stop : stop + 2] != "..":
        word = _LAST_WORD.search(text, max(start, stop - 20), stop)
        if word is not None:
            last = word.group().lower().rstrip(".")
            if _INITIALS.fullmatch(word.group()):
                return word.group() == "I" and text[max(start, stop - 3) : stop - 2].islower()
            if last in NUMBERED:
                return not after.isdigit()
            if last in ABBREVIATIONS:
                return (
                    last in ("a.m", "p.m", "etc", "u.s", "u.k", "u.n")
                    and after.isupper()
                    and not _names_on(last, text, following)
                )
            if last[0].isdigit() and text[start:stop].strip() == last:
                return False  # "1. The Ministry ...", "08:25. The envoy ..."
    return True


def _names_on(last: str, text: str, following: int) -> bool:
    """Whether "U.S." and its like belong to the name that follows ("U.S. President")."""
    if last in ("a.m", "p.m"):
        return text[following : following + 8].lower().startswith(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))
    return last in ("u.s", "u.k", "u.n")


def _pieces(text: str, start: int, end: int) -> Iterator[Span]:
    span = trim(text, start, end)
    while span is not None and span.end - span.start > LONGEST:
        cut = text.rfind(" ", span.start + LONGEST // 2, span.start + LONGEST)
        if cut == -1:
            cut = span.start + LONGEST
        piece = trim(text, span.start, cut)
        if piece is not None:
            yield piece
        span = trim(text, cut, span.end)
    if span is not None:
        yield span
