"""A statement as a model reads it: names masked, target, speaker's role and context beside it.

Masking makes a model learn what was said, not who says such things. It uses nothing but the
statement's own fields, so that a statement is read alike alone, in an article and in a batch.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from stance.config import InputConfig
from stance.schema import Statement

SPEAKER, SIDE, OTHER, NAME = "SPEAKER", "SIDE", "OTHER", "NAME"

# Capitalised words that say what somebody is, or when, and so are no names.
ROLE_WORDS = frozenset(
    [
        "a",
        "academy",
        "acting",
        "adviser",
        "advisor",
        "administration",
        "affairs",
        "agency",
        "agent",
        "aide",
        "alliance",
        "ambassador",
        "an",
        "archbishop",
        "army",
        "assembly",
        "assistant",
        "association",
        "attorney",
        "authority",
        "bishop",
        "board",
        "bureau",
        "cabinet",
        "candidate",
        "captain",
        "cardinal",
        "central",
        "chair",
        "chairman",
        "chairwoman",
        "chancellor",
        "chief",
        "civil",
        "colonel",
        "commander",
        "commission",
        "commissioner",
        "committee",
        "communications",
        "congress",
        "conference",
        "congressman",
        "congresswoman",
        "constitutional",
        "consul",
        "coordination",
        "coordinator",
        "council",
        "councillor",
        "counsellor",
        "court",
        "defence",
        "defense",
        "delegate",
        "delegation",
        "department",
        "deputy",
        "development",
        "diplomat",
        "diplomatic",
        "director",
        "doctor",
        "dr",
        "economic",
        "economy",
        "education",
        "election",
        "embassy",
        "emperor",
        "energy",
        "envoy",
        "executive",
        "external",
        "federation",
        "field",
        "finance",
        "first",
        "force",
        "forces",
        "foreign",
        "former",
        "front",
        "general",
        "governor",
        "government",
        "group",
        "head",
        "health",
        "her",
        "high",
        "his",
        "house",
        "imam",
        "independent",
        "interior",
        "internal",
        "international",
        "judge",
        "justice",
        "king",
        "labour",
        "labor",
        "lady",
        "leader",
        "leadership",
        "lieutenant",
        "local",
        "lord",
        "major",
        "manager",
        "marshal",
        "mayor",
        "media",
        "mediator",
        "member",
        "military",
        "minister",
        "ministry",
        "mission",
        "monitor",
        "movement",
        "mr",
        "mrs",
        "ms",
        "national",
        "negotiator",
        "network",
        "new",
        "news",
        "observer",
        "of",
        "office",
        "officer",
        "official",
        "opposition",
        "organisation",
        "organization",
        "parliament",
        "parliamentary",
        "party",
        "patriarch",
        "peace",
        "people",
        "permanent",
        "plenipotentiary",
        "police",
        "policy",
        "political",
        "politburo",
        "pope",
        "press",
        "premier",
        "presidency",
        "president",
        "presidential",
        "priest",
        "prime",
        "prince",
        "princess",
        "professor",
        "prosecutor",
        "province",
        "public",
        "queen",
        "rector",
        "regional",
        "relations",
        "religious",
        "reporter",
        "representative",
        "republic",
        "resistance",
        "revolutionary",
        "saint",
        "secretariat",
        "secretary",
        "security",
        "senate",
        "senator",
        "senior",
        "sergeant",
        "service",
        "sheikh",
        "sir",
        "social",
        "society",
        "source",
        "speaker",
        "special",
        "spokesman",
        "spokesperson",
        "spokeswoman",
        "staff",
        "state",
        "statement",
        "supreme",
        "the",
        "trade",
        "treasury",
        "union",
        "united",
        "vice",
        "war",
        "workers",
        "world",
        "youth",
        "i",
        "we",
        "you",
        "they",
        "he",
        "she",
        "it",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "jan",
        "feb",
        "mar",
        "apr",
        "jun",
        "jul",
        "aug",
        "sept",
        "sep",
        "oct",
        "nov",
        "dec",
    ]
)

# Typography that means the same, one character for one so that offsets stay.
PLAIN = str.maketrans(
    {
        **dict.fromkeys("“”„‟«»″＂", '"'),
        **dict.fromkeys("‘’‚‛‹›′`´＇", "'"),
        **dict.fromkeys("–—―‒−‐‑", "-"),
        **dict.fromkeys("\u00a0\u2007\u2009\u200a\u202f\u3000\t\r\n\u2028\u2029", " "),
    }
)

_WORD = re.compile(r"[^\W\d_]+(?:[-'’.][^\W\d_]+)*")
_SENTENCE_START = re.compile(r"(?:^|[.!?:;…]|\n)[\s\"'“”‘’«»„()\[\]–—-]*$")
_POSSESSIVE = re.compile(r"['’]s?$")


@dataclass(frozen=True, slots=True)
class ModelInput:
    """What a model reads, and the way back from it to the statement's own characters."""

    text: str  # the statement
    company: str  # target, role and context, in this order; empty when all are switched off
    shifts: tuple[tuple[int, int, int, int], ...]  # masked: start, end in `text`; start, end in the statement

    def to_statement(self, start: int, end: int) -> tuple[int, int]:
        """Where the stretch `[start, end)` of `text` lies in the statement; whole names at its ends."""
        return self._move(start, end, (0, 1), (2, 3))

    def from_statement(self, start: int, end: int) -> tuple[int, int]:
        """Where the stretch `[start, end)` of the statement lies in `text`; whole marks at its ends."""
        return self._move(start, end, (2, 3), (0, 1))

    def _move(self, start: int, end: int, have: tuple[int, int], want: tuple[int, int]) -> tuple[int, int]:
        moved_start, moved_end = start, end
        for shift in self.shifts:
            a, b = shift[have[0]], shift[have[1]]
            if a <= start:
                moved_start = shift[want[0]] if start < b else start - b + shift[want[1]]
            if a < end:
                moved_end = shift[want[1]] if end <= b else end - b + shift[want[1]]
        return moved_start, moved_end


def model_input(statement: Statement, inputs: InputConfig) -> ModelInput:
    """Render one statement as `inputs` asks for, quotation marks, dashes and spaces made plain."""
    names = _Names.of(statement, everything=inputs.mask == "all") if inputs.mask != "none" else None
    plain = statement.text.translate(PLAIN)
    text, shifts = names.mask(plain) if names else (plain, ())
    beside = (
        statement.target.translate(PLAIN) if inputs.target else "",
        statement.speaker.translate(PLAIN) if inputs.role else "",
        statement.context.translate(PLAIN) if inputs.context else "",
    )
    company = " | ".join(names.mask(part)[0] if names else part for part in beside) if any(beside) else ""
    return ModelInput(text, company, shifts)


@dataclass(frozen=True)
class _Names:
    """The names of one statement, and what each becomes."""

    speaker: frozenset[str]
    side: frozenset[str]
    other: frozenset[str]
    everything: bool

    @classmethod
    def of(cls, statement: Statement, everything: bool) -> _Names:
        side = frozenset(_names_in([statement.side]))
        named = _names_in([statement.speaker])
        canonical = {_fold(part) for part in statement.speaker_id.split("_")}
        # "its foreign minister, Yusuf Harrani" + yusuf_harrani; without an id every name in `speaker` counts
        speaker = frozenset(n for n in named if n in canonical or n.split("-")[-1] in canonical) or named
        return cls(frozenset(n for n in speaker if not _same(n, side)), side, _names_in([statement.target]), everything)

    def mark(self, word: str, opens_sentence: bool) -> str | None:
        """The mark that stands for a capitalised word, or None for one that is no name."""
        name = _fold(_POSSESSIVE.sub("", word))
        if not name or name in ROLE_WORDS:
            return None
        if name in self.speaker:
            return SPEAKER
        if _same(name, self.side):
            return SIDE
        if _same(name, self.other):
            return OTHER
        return NAME if self.everything and not opens_sentence else None

    def mask(self, text: str) -> tuple[str, tuple[tuple[int, int, int, int], ...]]:
        """The text with marks for names, runs of one mark drawn together, and where they stand."""
        found: list[tuple[int, int, str]] = []
        for match in _WORD.finditer(text):
            start, end = match.span()
            if not text[start].isupper():
                continue
            opens = _SENTENCE_START.search(text, max(0, start - 12), start) is not None or start == 0
            mark = self.mark(match[0], opens)
            if mark is None:
                continue
            possessive = _POSSESSIVE.search(match[0])
            end -= len(possessive[0]) if possessive else 0
            if found and found[-1][2] == mark and text[found[-1][1] : start].isspace():
                start = found.pop()[0]
            found.append((start, end, mark))
        parts, shifts, last, length = [], [], 0, 0
        for start, end, mark in found:
            parts += [text[last:start], mark]
            length += start - last
            shifts.append((length, length + len(mark), start, end))
            length, last = length + len(mark), end
        return "".join([*parts, text[last:]]), tuple(shifts)


def _names_in(texts: Iterable[str]) -> frozenset[str]:
    """The capitalised words that name somebody, folded; parts of a double name too."""
    found = set()
    for text in texts:
        for match in _WORD.finditer(text.translate(PLAIN)):
            word = _POSSESSIVE.sub("", match[0])
            pieces = [word, *word.split("-")] if "-" in word else [word]
            found |= {_fold(piece) for piece in pieces if piece[:1].isupper()}
    return frozenset(found - ROLE_WORDS - {""})


def _same(name: str, names: frozenset[str]) -> bool:
    """Is it one of the names, or its adjective (Ukraine, Ukrainian; Karsavia, Karsavian)?"""
    if name in names:
        return True
    return any(
        len(known) >= 4 and len(name) >= 4 and name[: max(4, len(known) - 2)] == known[: max(4, len(known) - 2)]
        for known in names
    )


@lru_cache(maxsize=16_384)
def _fold(word: str) -> str:
    """Lower case without accents."""
    plain = unicodedata.normalize("NFKD", word)
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold()
