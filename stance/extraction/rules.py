"""The rules extractor: an article in, its statements out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from stance.config import DataConfig
from stance.extraction.phrases import QUOTE
from stance.extraction.quotation import quotation_kind
from stance.extraction.quotes import CLOSING
from stance.extraction.reading import Known, Reading
from stance.extraction.speakers import Entity
from stance.extraction.units import Unit, units
from stance.schema import Article, Statement


class RulesExtractor:
    """Finds statements by cues of speech and of position; needs no model and no network.

    `speakers` is a CSV file of known speakers (`speaker_id,name,aliases,side`) on top of the packaged
    ones; raises `InputError` where it cannot be read.
    """

    name = "rules"
    data: DataConfig | None = None  # trained on nothing
    data_digest = ""

    def __init__(self, *, speakers: str | Path | None = None) -> None:
        self.speakers = speakers
        self._known = Known.read(speakers)

    def extract(self, article: Article) -> list[Statement]:
        """The article's statements in reading order; a text in nobody's words gives none."""
        reading = Reading(article, self._known)
        found: list[Statement] = []
        for unit, printed, entity in _with_speakers(reading):
            if article.text[unit.span.end - 1] == ":":  # "Officials argue that:" says nothing yet; the list below does
                continue
            quotation = "direct" if unit.label else quotation_kind(unit.tokens, unit.attribution)
            found.append(reading.statement(len(found), unit, printed, entity, quotation))
        return found


def _with_speakers(reading: Reading) -> Iterator[tuple[Unit, str, Entity]]:
    """Units with their speakers as printed and resolved; a quotation alone goes on with the last speaker."""
    text = reading.text
    last: tuple[str, Entity] | None = None
    waiting: list[Unit] = []  # quotations not closed yet: theirs is the speaker of the one that goes on
    for line in reading.lines:
        for unit in units(text, line, reading.local.names, reading.labels):
            place = unit.speaker_place()
            if place is None:
                waiting.append(unit)
                if last is not None and text[unit.span.end - 1] in CLOSING:
                    yield from _spoken(waiting, last, text)
                continue
            entity = reading.roster.resolve(unit.tokens, *place)
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
