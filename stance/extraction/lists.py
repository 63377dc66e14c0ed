"""Items of a list, and the line before it that says whose words they are ("Officials argue that:")."""

from __future__ import annotations

import re
from collections.abc import Sequence

from stance.extraction.attribution import Attribution, attribution_of
from stance.extraction.phrases import Token, tokenize
from stance.extraction.sentences import quoted_sentences, trim
from stance.schema import Span

LONGEST_LIST = 30  # lines
LONGEST_LEAD = 600  # characters of the line before a list

_MARK = re.compile(r"(?:[•·▪◦‣●*\-–—]|\(?\d{1,2}[.)]|\(?[a-z]\))\s+(?=\S)")


def item_start(text: str, line: Span) -> int | None:
    """Where the words of a list item begin, after its bullet or number; None for any other line."""
    match = _MARK.match(text, line.start, line.end)
    return match.end() if match else None


def lead_of(text: str, line: Span, names: frozenset[str]) -> tuple[Sequence[Token], Attribution] | None:
    """The sentence that says whose words a line is: it ends in a colon, with nothing but list items between.

    Returns its tokens and its attribution; None where there is none, or it names nobody.
    """
    marked = item_start(text, line) is not None
    end = line.start
    for _ in range(LONGEST_LIST):
        before = _line_before(text, end)
        if before is None:
            return None
        if text[before.end - 1] == ":":
            return _attributed(text, before, names)
        if not marked or item_start(text, before) is None:
            return None
        end = before.start
    return None


def _line_before(text: str, end: int) -> Span | None:
    """The last line with anything on it before `end`; None if it is too long for a list."""
    while end > 0 and text[end - 1].isspace():
        end -= 1
    first = max(0, end - LONGEST_LEAD)
    start = max(text.rfind("\n", first, end), text.rfind("\r", first, end)) + 1
    return trim(text, start, end) if end - start < LONGEST_LEAD else None


def _attributed(text: str, line: Span, names: frozenset[str]) -> tuple[Sequence[Token], Attribution] | None:
    sentence, inside = quoted_sentences(text, line)[-1]
    tokens = tokenize(text, sentence, inside)
    found = attribution_of(tokens, names) if len(tokens) > 2 else None
    return None if found is None or found.place == "after" else (tokens, found)
