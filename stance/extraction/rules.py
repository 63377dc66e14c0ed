"""The rules extractor: an article in, its statements out."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from stance.extraction.dates import statement_date
from stance.extraction.local import Local, read_locally
from stance.extraction.naming import read_places, read_table
from stance.extraction.phrases import QUOTE
from stance.extraction.quotation import quotation_kind
from stance.extraction.quotes import CLOSING
from stance.extraction.sentences import Sentence, paragraphs, quoted_sentences
from stance.extraction.speakers import Entity, Roster
from stance.extraction.targets import article_target, statement_target
from stance.extraction.units import Unit, labels_in, units
from stance.schema import Article, Span, Statement


class RulesExtractor:
    """Finds statements by cues of speech and of position; needs no model and no network.

    `speakers` is a CSV file of known speakers (`speaker_id,name,aliases,side`) on top of the packaged
    ones; raises `InputError` where it cannot be read.
    """

    def __init__(self, *, speakers: str | Path | None = None) -> None:
        self.speakers = speakers
        self._table = read_table(speakers)
        self._places = read_places()

    def extract(self, article: Article) -> list[Statement]:
        """The article's statements in reading order; a text in nobody's words gives none."""
        text = article.text
        local = read_locally(text, self._places)
        lines = [quoted_sentences(text, line) for line in outside(paragraphs(text), article.furniture)]
        spans = [sentence.span for line in lines for sentence in line]
        ends = [span.end for span in spans]
        labels = labels_in(text, spans)
        roster = Roster(self._table, self._places, local, text)
        target = article_target(article.title or local.title, text, local.parties)
        found: list[Statement] = []
        for unit, printed, entity in _with_speakers(lines, text, local, labels, roster):
            start, end = unit.span.start, unit.span.end
            if text[end - 1] == ":":  # "Officials argue that:" says nothing yet; the list below it does
                continue
            before = bisect_right(ends, start) - 1
            found.append(
                Statement(
                    text=text[start:end],
                    statement_id=f"{article.article_id}:{len(found):03d}",
                    article_id=article.article_id,
                    start=start,
                    end=end,
                    context=text[spans[before].start : spans[before].end] if before >= 0 else "",
                    speaker=printed,
                    speaker_id=entity.speaker_id,
                    side=entity.side,
                    target=statement_target(text[start:end], target, local.parties),
                    quotation="direct" if unit.label else quotation_kind(unit.tokens, unit.attribution),
                    date=statement_date(unit.attributing_words(), article.date),
                )
            )
        return found


def _with_speakers(
    lines: Iterable[Sequence[Sentence]], text: str, local: Local, labels: frozenset[str], roster: Roster
) -> Iterator[tuple[Unit, str, Entity]]:
    """Units with their speakers as printed and resolved; a quotation alone goes on with the last speaker."""
    last: tuple[str, Entity] | None = None
    waiting: list[Unit] = []  # quotations not closed yet: theirs is the speaker of the one that goes on
    for line in lines:
        for unit in units(text, line, local.names, labels):
            place = unit.speaker_place()
            if place is None:
                waiting.append(unit)
                if last is not None and text[unit.span.end - 1] in CLOSING:
                    yield from _spoken(waiting, last, text)
                continue
            entity = roster.resolve(unit.tokens, *place)
            if entity is None or unit.mention:
                continue
            speaker = text[unit.tokens[place[0]].start : unit.tokens[place[1] - 1].end], entity
            yield from _spoken(waiting, speaker if unit.tokens[0].low == QUOTE else last, text)
            last = speaker
            yield from _spoken([unit], last, text)
    yield from _spoken(waiting, last, text)


def _spoken(waiting: list[Unit], speaker: tuple[str, Entity] | None, text: str) -> Iterator[tuple[Unit, str, Entity]]:
    """Empties `waiting`: its units with their speaker, long quotations sentence by sentence."""
    for unit in waiting:
        if speaker is not None:
            yield from ((piece, *speaker) for piece in unit.pieces(text))
    waiting.clear()


def outside(lines: Iterable[Span], furniture: Sequence[Span]) -> Iterator[Span]:
    """The lines that touch no furniture; both in reading order."""
    stops = sorted(furniture, key=lambda span: span.start)
    at = 0
    for line in lines:
        while at < len(stops) and stops[at].end <= line.start:
            at += 1
        if at == len(stops) or stops[at].start >= line.end:
            yield line
