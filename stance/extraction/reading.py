"""One article as every extractor reads it: its paragraphs, sentences, names and the speakers met so far."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from stance.extraction.dates import printed_date, statement_date
from stance.extraction.local import read_locally
from stance.extraction.naming import Places, SpeakerTable, read_places, read_table
from stance.extraction.phrases import Token, tokenize
from stance.extraction.quotes import quotations
from stance.extraction.sentences import paragraphs, quoted_sentences
from stance.extraction.speakers import Entity, Roster
from stance.extraction.targets import article_target, statement_target
from stance.extraction.units import Unit, labels_in
from stance.schema import Article, Span, Statement


@dataclass(frozen=True)
class Known:
    """Speakers and states known before any article is read."""

    speakers: SpeakerTable
    places: Places

    @classmethod
    def read(cls, speakers: str | Path | None = None) -> Known:
        """The packaged ones, and a caller's CSV file of speakers (`speaker_id,name,aliases,side`) on top.

        Raises `InputError` where the file cannot be read.
        """
        return cls(read_table(speakers), read_places())


class Reading:
    """An article while its statements are found, in reading order; furniture is passed over."""

    def __init__(self, article: Article, known: Known) -> None:
        self.article = article
        self.text = text = article.text
        self.paragraphs = list(outside(paragraphs(text), article.furniture))
        self.lines = [quoted_sentences(text, line) for line in self.paragraphs]
        self.sentences = [sentence.span for line in self.lines for sentence in line]
        self.local = read_locally(text, known.places)
        self.labels = labels_in(text, self.sentences)
        self.roster = Roster(known.speakers, known.places, self.local, text)
        self._ends = [span.end for span in self.sentences]
        self._date = article.date or printed_date(text)
        self._target = article_target(article.title or self.local.title, text, self.local.parties)

    def statement(self, number: int, unit: Unit, printed: str, entity: Entity, quotation: str) -> Statement:
        """A unit with its speaker as printed and resolved, as the article's statement `number`."""
        start, end = unit.span.start, unit.span.end
        before = bisect_right(self._ends, start) - 1
        return Statement(
            text=self.text[start:end],
            statement_id=f"{self.article.article_id}:{number:03d}",
            article_id=self.article.article_id,
            start=start,
            end=end,
            context=self.text[self.sentences[before].start : self.sentences[before].end] if before >= 0 else "",
            speaker=printed,
            speaker_id=entity.speaker_id,
            side=entity.side,
            target=statement_target(self.text[start:end], self._target, self.local.parties),
            quotation=quotation,
            date=statement_date(unit.attributing_words(), self._date),
        )


def tokens_within(text: str, span: Span) -> list[Token]:
    """Tokens of a stretch of one paragraph; each quotation in it is one."""
    return tokenize(text, span, quotations(text, span.start, span.end))


def outside(lines: Iterable[Span], furniture: Sequence[Span]) -> Iterator[Span]:
    """The lines that touch no furniture; both in reading order."""
    stops = sorted(furniture, key=lambda span: span.start)
    at = 0
    for line in lines:
        while at < len(stops) and stops[at].end <= line.start:
            at += 1
        if at == len(stops) or stops[at].start >= line.end:
            yield line
