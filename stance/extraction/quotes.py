"""Where the quotation marks of a paragraph open and close."""

from __future__ import annotations

import re

from stance.schema import Span

# An opening mark, with the marks that may close it.
CLOSERS: dict[str, tuple[str, ...]] = {
    "“": ("”", "“"),
    "„": ("“", "”"),
    "«": ("»",),
    "‹": ("›",),
    "»": ("«",),
    "”": ("”",),
    "``": ("''",),
    "''": ("''",),
    '"': ('"',),
    "‘": ("’",),
    "'": ("'",),
}
CLOSING = frozenset(mark[-1] for marks in CLOSERS.values() for mark in marks)
ALWAYS_OPEN = ("“", "„", "«", "‹", "``")
SINGLE = ("‘", "'")  # also apostrophes
SINGLE_SPAN = 600  # characters; single marks further apart are apostrophes

_MARK = re.compile("''|``|[“”„«»\"‘’'‹›]")
_CLOSED_SINGLE = re.compile(r"[^\s\w]['’](?!\w)")
_STOP = re.compile(r"[.!?,;](?=\s)")


def quotations(text: str, start: int, end: int) -> list[Span]:
    """Outermost quotations of `text[start:end]` (one paragraph), marks included, in order.

    A quotation left open runs to the end of the paragraph, unless the same mark opens again: then it
    ends where the last clause before that did. Nested marks belong to the outer quotation.
    Takes time linear in the paragraph.
    """
    found: list[Span] = []
    opened: int | None = None
    mark = ""
    for match in _MARK.finditer(text, start, end):
        here = match.group()
        at, after = match.span()
        if opened is None:
            if here in CLOSERS and (here in ALWAYS_OPEN or _may_open(text, at, after, start, end)):
                if here in SINGLE and not _has_partner(text, at, end):
                    continue
                opened, mark = at, here
        elif here == mark and here in ALWAYS_OPEN and _may_open(text, at, after, start, end):
            found.append(Span(opened, _last_clause(text, opened, at)))
            opened = at
        elif here in CLOSERS[mark] and _may_close(text, at, after, start, end):
            if mark in SINGLE and text[at - 1] in "sS" and not _ends_after_s(text, at, end):
                continue
            found.append(Span(opened, after))
            opened = None
    if opened is not None and mark not in SINGLE:
        found.append(Span(opened, _attributed_end(text, opened, end)))
    return found


_SAID_AFTER = re.compile(r",(?= (?:[\w.’'\-]+ ){1,5}(?:said|says|added|told)\b| (?:said|says|added) [A-Z\w])")


def _attributed_end(text: str, start: int, end: int) -> int:
    """Where a quotation that nobody closed ends: at its paragraph's end, or before ", X said" in it."""
    match = _SAID_AFTER.search(text, start, min(end, start + SINGLE_SPAN))
    return match.end() if match else end


def _may_open(text: str, at: int, after: int, start: int, end: int) -> bool:
    """Whether a mark stands where a quotation can begin: after a space, before a word."""
    before = text[at - 1] if at > start else " "
    following = text[after] if after < end else " "
    return (before.isspace() or before in "([—–-:/") and not following.isspace()


def _may_close(text: str, at: int, after: int, start: int, end: int) -> bool:
    before = text[at - 1] if at > start else " "
    following = text[after] if after < end else " "
    return text[at] in "”“»«›" or (not before.isspace() and not following.isalnum())


def _has_partner(text: str, at: int, end: int) -> bool:
    """Whether the single mark at `at` has a partner near enough to be a quotation, not an apostrophe."""
    closer = CLOSERS[text[at]][0]
    here = at + 1
    stop = min(end, at + SINGLE_SPAN)
    while (here := text.find(closer, here, stop)) != -1:
        following = text[here + 1] if here + 1 < end else " "
        if not following.isalnum() and not text[here - 1].isspace():
            return True
        here += 1
    return False


def _ends_after_s(text: str, at: int, end: int) -> bool:
    """Tell the closing mark in `'... talks' she said` from the possessive in `the farmers' union`."""
    if not text.startswith(" ", at + 1):
        return True
    return _CLOSED_SINGLE.search(text, at + 1, min(end, at + SINGLE_SPAN)) is None


def _last_clause(text: str, start: int, end: int) -> int:
    """End of the last clause of `text[start:end]`, or its end without trailing space."""
    last = None
    for match in _STOP.finditer(text, max(start + 1, end - SINGLE_SPAN), end):
        last = match.end()
    if last is not None:
        return last
    while end > start + 1 and text[end - 1].isspace():
        end -= 1
    return end
