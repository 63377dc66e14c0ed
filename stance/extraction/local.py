"""What an article says about its own names: people, states, and which demonym belongs to which state."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from stance.extraction.lexicon import (
    ADVERBS,
    BODY_NOUNS,
    CONNECTIVES,
    DETERMINERS,
    MONTHS,
    PERSON_NOUNS,
    PREPOSITIONS,
    PRONOUNS,
    SUBORDINATORS,
    TIME_NOUNS,
    TITLES,
    VERBS,
    WEEKDAYS,
)
from stance.extraction.naming import Places, slug
from stance.schema import Span

ENOUGH = 200_000  # characters read for an article's own names; news articles are shorter

_OPENING = re.compile(r"(?:^|[.!?:”\"] )([A-Z][a-zà-ž\-]{2,})(?= [a-z])", re.MULTILINE)
_FUNCTION_WORDS = DETERMINERS | PREPOSITIONS | PRONOUNS | SUBORDINATORS | CONNECTIVES | ADVERBS | TIME_NOUNS
_MID_CAPITAL = re.compile(r"(?<=[a-z,;:] )[A-Z][\w’'\-]*\w")
_CAPITAL = re.compile(r"\b[A-Z][a-zà-žA-Z\-]{2,}")
_DEMONYM_ENDS = (
    "n",
    "ns",
    "ese",
    "ish",
    "i",
    "is",
    "ic",
    "er",
    "ers",
    "ard",
    "ite",
    "ites",
    "ch",
    "an",
    "ans",
)


@dataclass(frozen=True)
class Local:
    """What an article says about its own names."""

    title: str  # its first line, where an empty line follows
    names: frozenset[str]  # words with a capital inside a sentence
    full_names: Mapping[str, tuple[str, ...]]  # surname, as a slug -> the one full name given for it
    sides: Mapping[str, str]  # states, and words formed from them -> the state
    parties: frozenset[str]  # states and surnames: what talks can be named after


def read_locally(text: str, places: Places) -> Local:
    """Names of people and places as this article uses them; reads its first 200,000 characters."""
    opening = text[:ENOUGH]
    title = title_of(text)
    people = full_names(opening)
    sides = place_sides(opening, places, people)
    return Local(
        title=text[title.start : title.end] if title else "",
        names=actor_names(opening),
        full_names=people,
        sides=sides,
        parties=frozenset(sides.values()) | {name[-1] for name in people.values()},
    )


def title_of(text: str) -> Span | None:
    """The first line, where an empty line follows it."""
    match = re.match(r"\s*([^\n]+)\n[ \t\r]*\n", text[:2000])
    return Span(match.start(1), match.end(1)) if match else None


def actor_names(text: str) -> frozenset[str]:
    """Words written with a capital inside a sentence, and openings that are no common words here."""
    inside = {re.sub(r"[’']s$", "", word) for word in _MID_CAPITAL.findall(text)}
    small = set(re.findall(r"[a-z]+", text))
    opening = {word for word in _OPENING.findall(text) if word[-1] != "s" and word.lower() not in small}
    return frozenset(inside | {word for word in opening if word.lower() not in _FUNCTION_WORDS})


_FULL_NAME = re.compile(r"(?<![\w’'])[A-Z][\w’'\-]+(?:(?: (?:al|el|de|van|von|bin|ben|ag))? [A-Z][\w’'\-]+){1,6}")
_TITLES = TITLES | PERSON_NOUNS


def full_names(text: str) -> dict[str, tuple[str, ...]]:
    """Surname (as a slug) -> the full name, where the article has one full name for it.

    Also those of people who are only mentioned: "With us is Lucía Ferrant." explains "Ferrant".
    """
    found: dict[str, tuple[str, ...]] = {}
    twice: set[str] = set()
    for run in dict.fromkeys(_FULL_NAME.findall(text)):
        words = run.split()
        if any(word.lower() in VERBS and word.lower() not in TITLES for word in words):
            continue  # a headline: "Zelensky Claims Russia ..."
        titles = [at for at, word in enumerate(words) if {word.lower(), word.lower().removesuffix("s")} & _TITLES]
        words = words[titles[-1] + 1 :] if titles else words
        while words and (words[0].lower() in PREPOSITIONS or words[0].lower() in DETERMINERS):
            words.pop(0)
        last = words[-1].lower() if words else ""
        if len(words) < 2 or len(words) > 4 or last in BODY_NOUNS or last in PERSON_NOUNS or "’s" in run or "'s" in run:
            continue
        name, surname = tuple(words), slug([words[-1]])
        if surname in found and slug(found[surname][:1]) != slug(name[:1]):
            twice.add(surname)
        found[surname] = name
        if "-" in words[-1] and words[-1].split("-")[-1].islower():
            found.setdefault(slug([words[0]]), name)  # family name first: "Nam Gi-tae"
    return {surname: name for surname, name in found.items() if surname not in twice}


def place_sides(text: str, places: Places, people: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Names of the article's own states, and words formed from them, -> the state.

    "Karsavian" goes to "Karsavia" where both occur, by their common beginning.
    """
    counts = Counter(_CAPITAL.findall(text))
    plain = [word for word in counts if not _is_common(word)]
    by_stem: dict[str, list[str]] = defaultdict(list)
    for place in plain:
        by_stem[place[:4]].append(place)
    sides: dict[str, str] = {}
    for word in counts:
        if not word.endswith(_DEMONYM_ENDS) or places.side(word) or _is_common(word):
            continue
        best = ""
        for place in by_stem[word[:4]][:50]:
            common = _common_prefix(place, word)
            fits = place != word and common >= len(place) - 2 and len(word) - common <= 4 and len(place) < len(word) + 2
            if fits and common > _common_prefix(best, word):
                best = place
        if best:
            sides[word] = sides.get(best, best)
    named = {part for name in people.values() for part in name}
    often = {word for word in plain if counts[word] > 1 and word not in named and word.lower() not in text}
    for place in set(sides.values()) | often | {word for word in _PLACE.findall(text) if not _is_common(word)}:
        sides.setdefault(place, place)
    return sides


_PLACE = re.compile(
    r"\b(?:in|between|and|of|with|from|for|to|against) ([A-Z][\w\-]{2,}(?: [A-Z][\w\-]+)?)"
    r"(?=[,.;’']| (?:and|said|says|is|was|has|had|will|would|on|in|to|over|that|if)\b)"
)


def _is_common(word: str) -> bool:
    word = word.split()[0]
    return (
        word.lower() in TITLES
        or word.lower() in WEEKDAYS
        or word.lower() in MONTHS
        or word.lower() in BODY_NOUNS
        or word.lower() in PERSON_NOUNS
    )


def _common_prefix(one: str, other: str) -> int:
    length = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        length += 1
    return length
