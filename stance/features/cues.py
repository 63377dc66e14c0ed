"""Where a requirement may stand in a statement: clauses, and what follows a condition's marker."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

MAX_CHARACTERS = 4000  # of a statement; the longest of the corpus has 400, beyond is no statement but a page
SAME_REQUIREMENT = 0.75  # Dice; 0.4 and 0.6 gave 0.01 more on dev, but swallow short requirements
MAX_WORDS = 20  # 98 % of the training domains' gold spans have at most 17

# Words a requirement begins with (codebook, section 3: "the span with its marker").
_MARKER = re.compile(
    r"""\b(?:
    only | solely | exclusively | not\ (?:before|until|while|without|under|unless|as\ long) | no\ (?:earlier|sooner)
    | nowhere\ but | never\ without | if | unless | until | till | once | after | before | when
    | as\ soon\ as | (?:as|so)\ long\ as | (?:from\ )?the\ (?:day|moment|hour) | provided | providing
    | on\ (?:the\ )?(?:condition|understanding|basis|terms) | subject\ to | contingent | conditional | dependent
    | depends | pending | in\ (?:exchange|return) | without | with | absent | except
    | must | should | shall | has\ to | have\ to | had\ to | would\ have\ to | needs? | needed | cannot | can\ not
    | could\ not | could\ only | will\ not | would\ not | may\ not | is\ not | are\ not | require[sd]? | requiring
    | demand(?:s|ed|ing)? | insist(?:s|ed|ing)? | want(?:s|ed)? | expect(?:s|ed)? | let
    | that | in | on | at | by | under | upon | within | to\ discuss | confined\ to | limited\ to | about
    )\b""",
    re.X | re.I,
)
_CLAUSE_START = re.compile(r"(?:^|[,;:.!?–—(\"“‘«„]|\b(?:and|but|or)\b)\s*[\"“‘«„]?\s*(?=\w)")
_CLAUSE_END = re.compile(r"\s*(?:\(|[,;:.!?–—)\"”’»](?!\w)|\s(?=(?:and|but|or|said|says)\b)|$)")
_CLOSING = " \t\n,;:.!?…–—)]\"'”’»"
_WORDS = re.compile(r"\S+")


def candidate_spans(text: str) -> list[tuple[int, int]]:
    """Stretches `[start, end)` of a statement that may state a requirement, in reading order.

    Each runs from a marker or the start of a clause to one of the next three ends of a clause.
    """
    text = text[:MAX_CHARACTERS]
    starts = sorted({m.start() for m in _MARKER.finditer(text)} | {m.end() for m in _CLAUSE_START.finditer(text)})
    ends = sorted({_before_closing(text, m.start()) for m in _CLAUSE_END.finditer(text)})
    words_at = [m.start() for m in _WORDS.finditer(text)]
    spans = []
    for start in starts:
        after, earlier = bisect_right(ends, start), bisect_right(words_at, start)
        for end in ends[after : after + 3]:
            words = bisect_left(words_at, end) - earlier + 1  # the first may begin before `start`, with a quote
            if 2 <= words <= MAX_WORDS:
                spans.append((start, end))
    return spans or [(0, len(text))]


def snapped(spans: Sequence[tuple[int, int]], text: str) -> list[tuple[int, int]]:
    """Each stretch moved to the candidate clause it shares most with, if that is nearly all.

    A tagger cuts words short that a clause would hold; on dev the F1 of exact spans rose from 0.29 to 0.34.
    """
    candidates = candidate_spans(text)
    moved = []
    for span in spans:
        nearest = max(candidates, key=lambda candidate: dice(candidate, span))
        moved.append(nearest if dice(nearest, span) >= SAME_REQUIREMENT else span)
    return moved


def dice(one: tuple[int, int], other: tuple[int, int]) -> float:
    """How much two stretches share, in [0, 1]: twice the common characters over those of both."""
    common = max(0, min(one[1], other[1]) - max(one[0], other[0]))
    return 2 * common / max(1, one[1] - one[0] + other[1] - other[0])


def _before_closing(text: str, end: int) -> int:
    """`end` moved back over spaces, stops and closing quotes."""
    while end and text[end - 1] in _CLOSING:
        end -= 1
    return end
