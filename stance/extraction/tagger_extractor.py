"""The tagger extractor: marks become statements, their speakers resolved as the rules resolve them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from stance.config import DataConfig
from stance.extraction.attribution import Attribution, attribution_of
from stance.extraction.phrases import QUOTE, Token, is_possessive
from stance.extraction.reading import Known, Reading, tokens_within
from stance.extraction.sentences import trim
from stance.extraction.speakers import Entity
from stance.extraction.tagger import Marks, Tagger
from stance.extraction.units import Unit, units
from stance.schema import Article, Span, Statement

COVERED = 0.5  # share of a stretch inside marked contents from which it is a statement
LONGEST_FRONT = 20  # characters of a time stamp or the like; 8 and 40 gave no better edges on dev
REACH = 12  # characters an edge may lie from a sentence's edge and still mean it


class TaggerExtractor:
    """Finds statements by a trained tagger; speakers, sides, targets and dates are worked out as by the rules.

    `speakers` is a CSV file of known speakers (`speaker_id,name,aliases,side`) on top of the packaged
    ones; raises `InputError` where it cannot be read.
    """

    def __init__(
        self,
        tagger: Tagger,
        name: str,
        *,
        data: DataConfig | None = None,
        data_digest: str = "",
        speakers: str | Path | None = None,
    ) -> None:
        self.tagger = tagger
        self.name = name
        self.data, self.data_digest = data, data_digest  # what the tagger was trained on
        self._known = Known.read(speakers)

    def extract(self, article: Article) -> list[Statement]:
        """The article's statements in reading order; a text in nobody's words gives none."""
        reading = Reading(article, self._known)
        marks = self.tagger.mark(article.text, reading.paragraphs)
        found: list[Statement] = []
        for unit, quotation, printed, entity in _with_speakers(reading, marks):
            found.append(reading.statement(len(found), unit, printed, entity, quotation))
        return found


def _with_speakers(reading: Reading, marks: Marks) -> Iterator[tuple[Unit, str, str, Entity]]:
    """Units that the marks call statements, with kind of quotation, speaker as printed, and speaker.

    The speaker is the one marked in a unit, else the rules' one, else the last one before it.
    """
    text = reading.text
    contents = _Covered(marks.contents)
    last: tuple[str, Entity] | None = None
    ruled = [piece for unit in _rule_units(reading) for piece in _at_marked_edges(unit, contents, text)]
    for unit in sorted([*ruled, *_others(reading, marks)], key=lambda unit: unit.span.start):
        said = not unit.mention and contents.share(unit.span) >= COVERED
        if said:
            unit = _spoken_by_marked(unit, reading, marks)
        place = unit.speaker_place()
        entity = reading.roster.resolve(unit.tokens, *place) if place is not None else None
        if not said:  # a later "he" may mean its subject
            continue
        if place is not None and entity is not None:
            last = text[unit.tokens[place[0]].start : unit.tokens[place[1] - 1].end], entity
        if last is not None:
            yield unit, contents.kind(unit.span, marks.kinds), *last


def _rule_units(reading: Reading) -> list[Unit]:
    """The rules' units, long quotations sentence by sentence: their edges are surer than the marks' are."""
    return [
        piece
        for line in reading.lines
        for unit in units(reading.text, line, reading.local.names, reading.labels)
        for piece in unit.pieces(reading.text)
    ]


def _at_marked_edges(unit: Unit, contents: _Covered, text: str) -> Iterator[Unit]:
    """A unit cut where a content begins after a comma or semicolon, without time stamp or dateline before it."""
    if unit.mention:
        yield unit
        return
    start, end = unit.span.start, unit.span.end
    for number, content in enumerate(contents.touching(unit.span)):
        before = text[start : content.start].rstrip()
        if number == 0 and 0 < content.start - start <= LONGEST_FRONT:
            start = content.start
        elif content.start - start > REACH and before.endswith((",", ";")):
            yield _part(unit, start, start + len(before), text)
            start = content.start
    yield _part(unit, start, end, text)


def _part(unit: Unit, start: int, end: int, text: str) -> Unit:
    while end > start + 1 and text[end - 1] in ",;":
        end -= 1
    return replace(unit, span=Span(start, end))


def _others(reading: Reading, marks: Marks) -> Iterator[Unit]:
    """Marked contents where the rules find nothing, cut into sentences."""
    ruled = _Covered([unit.span for unit in _rule_units(reading) if not unit.mention])
    contents = _Covered(marks.contents)
    for sentence in reading.sentences:
        for content in contents.touching(sentence):
            start, end = max(content.start, sentence.start), min(content.end, sentence.end)
            start = sentence.start if start - sentence.start <= REACH else start
            end = sentence.end if sentence.end - end <= REACH else end
            span = trim(reading.text, start, end)
            if span is not None and ruled.share(span) < COVERED and span.end - span.start > REACH:
                tokens = tokens_within(reading.text, span)
                if any(token.is_word or token.low == QUOTE for token in tokens):
                    yield Unit(span, tokens)


class _Covered:
    """How much of a stretch lies inside given ones, which are in order and apart."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self.spans = spans
        self._starts = [span.start for span in spans]
        self._ends = [span.end for span in spans]

    def touching(self, span: Span) -> Sequence[Span]:
        return self.spans[bisect_right(self._ends, span.start) : bisect_left(self._starts, span.end)]

    def share(self, span: Span) -> float:
        """Share of the characters of a stretch, in [0, 1]."""
        return sum(_common(span, other) for other in self.touching(span)) / max(span.end - span.start, 1)

    def kind(self, span: Span, kinds: Sequence[str]) -> str:
        """The kind that most of a stretch has; `kinds` are those of the given ones."""
        near = range(bisect_right(self._ends, span.start), bisect_left(self._starts, span.end))
        shares = Counter[str]()
        for i in near:
            shares[kinds[i]] += _common(span, self.spans[i])
        return shares.most_common(1)[0][0]


def _common(one: Span, other: Span) -> int:
    return max(0, min(one.end, other.end) - max(one.start, other.start))


def _spoken_by_marked(unit: Unit, reading: Reading, marks: Marks) -> Unit:
    """A unit with the speaker that is marked in it, if one is."""
    tokens = tokens_within(reading.text, unit.span)
    speakers, cues = _within(marks.speakers, unit.span), _within(marks.cues, unit.span)
    attribution = _attribution(tokens, speakers, cues, reading.local.names) if tokens else None
    return replace(unit, tokens=tokens, attribution=attribution, label=None) if attribution is not None else unit


def _within(spans: Sequence[Span], whole: Span) -> Sequence[Span]:
    """The spans inside a stretch; they are in order and apart."""
    first = bisect_left(spans, whole.start, key=lambda span: span.start)
    last = bisect_right(spans, whole.end, key=lambda span: span.end)
    return spans[first:last]


def _attribution(
    tokens: Sequence[Token], speakers: Sequence[Span], cues: Sequence[Span], names: frozenset[str]
) -> Attribution | None:
    """Who speaks by the marks, the attributing words by the rules where both mean the same speaker."""
    places = _joined(tokens, [place for span in speakers if (place := _place(tokens, span)) is not None])
    by_rules = attribution_of(tokens, names)
    if by_rules is not None:
        for first, last in places:
            if by_rules.speaker[0] < last and first < by_rules.speaker[1]:
                return by_rules if is_possessive(tokens[last - 1]) else by_rules._replace(speaker=(first, last))
    if not places:
        return None
    said = [place for cue in cues if (place := _place(tokens, cue)) is not None]
    first, last = min(places, key=lambda own: min((max(own[0] - at[1], at[0] - own[1]) for at in said), default=0))
    return Attribution((first, last), (first, last), "say", "before")


def _joined(tokens: Sequence[Token], places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Places with an office and its holder as one: "the head of the Front, Lakis Petrou"."""
    joined: list[tuple[int, int]] = []
    for first, last in places:
        if joined and joined[-1][1] + 1 == first and tokens[first - 1].low == ",":
            joined[-1] = joined[-1][0], last
        else:
            joined.append((first, last))
    return joined


def _place(tokens: Sequence[Token], span: Span) -> tuple[int, int] | None:
    """The tokens that a stretch touches; None for a stretch inside a quotation."""
    inside = [i for i, token in enumerate(tokens) if token.start < span.end and token.end > span.start]
    if not inside or any(tokens[i].low == QUOTE for i in inside):
        return None
    return inside[0], inside[-1] + 1
