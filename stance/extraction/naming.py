"""Known names: the packaged tables of speakers and states, and spellings that are alike."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path

from rapidfuzz import fuzz

from stance.errors import InputError
from stance.extraction.lexicon import BODY_NOUNS

COLUMNS = ("speaker_id", "name", "aliases", "side")
ALIKE = 88  # rapidfuzz ratio from which two spellings of a full name are one (transliterations: 88 to 97)


def slug(words: Iterable[str]) -> str:
    """`("Petra", "Lindqvist")` -> `petra_lindqvist`: ASCII where the letters have a base letter."""
    return _slug(" ".join(words))


@lru_cache(maxsize=4096)
def _slug(text: str) -> str:
    text = unicodedata.normalize("NFKD", text).casefold()
    text = "".join(char for char in text if not unicodedata.combining(char))
    text = text.translate(_LETTERS).replace("’s", "").replace("'s", "")
    return re.sub(r"[^\w]+|_+", "_", text).strip("_")


_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i", "ð": "d", "þ": "th"})


@dataclass(frozen=True)
class KnownSpeaker:
    """A row of the speakers table."""

    speaker_id: str
    name: str
    aliases: tuple[str, ...]
    side: str


class SpeakerTable:
    """Known speakers by any of their spellings."""

    def __init__(self, rows: Iterable[KnownSpeaker]) -> None:
        self._by_name: dict[str, KnownSpeaker] = {}
        self._full: dict[str, list[tuple[str, KnownSpeaker]]] = {}  # by initials
        for row in rows:
            for name in (row.name, *row.aliases):
                key = slug([name])
                self._by_name[key] = row
                if "_" in key:
                    initials = key[0] + key.rpartition("_")[2][0]
                    self._full.setdefault(initials, []).append((key, row))

    def exact(self, words: Sequence[str]) -> KnownSpeaker | None:
        return self._by_name.get(slug(words))

    def alike(self, words: Sequence[str]) -> KnownSpeaker | None:
        """The speaker whose full name is spelt nearly like this; first and last name must both be alike."""
        key = slug(words)
        if "_" not in key or len(key) > 60:
            return None
        first, last = key.split("_")[0], key.split("_")[-1]
        for known, row in self._full.get(first[0] + last[0], ()):
            head, tail = known.split("_")[0], known.split("_")[-1]
            if fuzz.ratio(key, known) >= ALIKE and fuzz.ratio(first, head) >= 70 and fuzz.ratio(last, tail) >= 75:
                return row
        return None


def read_table(path: str | Path | None = None) -> SpeakerTable:
    """The packaged speakers, and those of a caller's file on top.

    The file is CSV with the columns `speaker_id,name,aliases,side`, aliases joined by `|`.
    Raises `InputError` naming file, line and field where it cannot be read.
    """
    rows = _packaged()
    if path is not None:
        try:
            text = Path(path).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(path, problem=f"cannot be read ({error})") from error
        rows.extend(_rows(path, text))
    return SpeakerTable(rows)


def _packaged() -> list[KnownSpeaker]:
    text = resources.files("stance.extraction").joinpath("speakers.csv").read_text(encoding="utf-8")
    return list(_rows("speakers.csv", text))


def _rows(path: str | Path, text: str) -> Iterable[KnownSpeaker]:
    reader = csv.DictReader(text.splitlines())
    missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
    if missing:
        raise InputError(path, 1, missing[0], "column is missing", COLUMNS)
    for row in reader:
        if not (row["speaker_id"] or "").strip() or not (row["name"] or "").strip():
            raise InputError(path, reader.line_num, "speaker_id" if row["name"] else "name", "is empty")
        aliases = tuple(alias.strip() for alias in (row["aliases"] or "").split("|") if alias.strip())
        yield KnownSpeaker(row["speaker_id"].strip(), row["name"].strip(), aliases, (row["side"] or "").strip())


class Places:
    """Countries, capitals and demonyms -> side; and the surnames of known people, which are no places."""

    def __init__(self, rows: Iterable[Sequence[str]], surnames: Iterable[str] = ()) -> None:
        self.surnames = frozenset(surnames)  # as slugs
        self._sides: dict[str, str] = {}
        for side, *names in rows:
            for name in (side, *"|".join(names).split("|")):
                if name:
                    self._sides[name.casefold()] = side

    def side(self, name: str) -> str:
        return self._sides.get(name.casefold(), "")


_BODIES = BODY_NOUNS | {"nations", "rada"}


def read_places() -> Places:
    """The packaged table of states: `side,names,demonyms,capitals`."""
    text = resources.files("stance.extraction").joinpath("places.csv").read_text(encoding="utf-8")
    people = [row for row in _packaged() if "_" in row.speaker_id and row.name.split()[-1].lower() not in _BODIES]
    surnames = (slug([name.split()[-1]]) for row in people for name in (row.name, *row.aliases))
    return Places(list(csv.reader(text.splitlines()))[1:], surnames)
