"""Gold statements -> what the tagger learns: their stretches, where each speaker is printed, and silver cues.

The corpus marks statements and speakers, no cues; the verb that the rules find beside a speaker stands in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from stance.extraction.attribution import Attribution, attribution_of
from stance.extraction.lexicon import VERBS
from stance.extraction.local import actor_names
from stance.extraction.phrases import Token
from stance.extraction.reading import outside, tokens_within
from stance.extraction.sentences import paragraphs
from stance.extraction.tagger import MarkedText, Marks
from stance.schema import Article, Span, Statement


def marked_text(article: Article, statements: Iterable[Statement]) -> MarkedText:
    """An article with the marks of its gold statements; a stretch that two statements share is marked once."""
    text = article.text
    names = actor_names(text)
    contents: dict[Span, str] = {}
    speakers: set[Span] = set()
    cues: set[Span] = set()
    for statement in statements:
        if statement.start is None or statement.end is None:
            continue
        span = Span(statement.start, statement.end)
        tokens = tokens_within(text, span)
        attribution = attribution_of(tokens, names)
        contents.setdefault(span, statement.quotation)
        place = _printed(text, span, statement.speaker, _stretch(tokens, attribution))
        if place is not None:
            speakers.add(place)
        if attribution is not None:
            cue = cue_of(tokens, attribution)
            if cue is not None:
                cues.add(cue)
    marks = Marks(_ordered(speakers), _ordered(cues), _ordered(contents), ())
    kinds = tuple(contents[span] for span in marks.contents)
    return MarkedText(text, replace(marks, kinds=kinds), tuple(outside(paragraphs(text), article.furniture)))


def cue_of(tokens: Sequence[Token], attribution: Attribution) -> Span | None:
    """The verb, or "according to", by which an attribution attributes; None for a bare colon and the like."""
    first, last = attribution.speaker
    found = [
        at
        for at in range(*attribution.clause)
        if not first <= at < last and (tokens[at].low in VERBS or tokens[at].low == "according")
    ]
    if not found:
        return None
    at = min(found, key=lambda place: min(abs(place - last), abs(first - 1 - place)))
    end = at + 1 if tokens[at].low == "according" else at
    return Span(tokens[at].start, tokens[min(end, len(tokens) - 1)].end)


def _stretch(tokens: Sequence[Token], attribution: Attribution | None) -> Span | None:
    if attribution is None:
        return None
    first, last = attribution.speaker
    return Span(tokens[first].start, tokens[last - 1].end)


def _printed(text: str, statement: Span, speaker: str, attributed: Span | None) -> Span | None:
    """Where the speaker is printed: in the statement, beside its verb if there twice, else nearest before it."""
    if not speaker:
        return None
    whole = re.compile(rf"(?<!\w){re.escape(speaker)}(?!\w)")
    inside = [Span(*match.span()) for match in whole.finditer(text, statement.start, statement.end)]
    if inside:
        return attributed if attributed in inside else inside[0]
    before = [Span(*match.span()) for match in whole.finditer(text, 0, statement.start)]
    return before[-1] if before else None


def _ordered(spans: Iterable[Span]) -> tuple[Span, ...]:
    return tuple(sorted(spans, key=lambda span: (span.start, span.end)))
