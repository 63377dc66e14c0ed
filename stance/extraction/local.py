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
from stance.extraction.lexicon import words as words_
from stance.extraction.naming import Places, slug
from stance.extraction.sides import derived_places, own_bodies, own_states, titled_names
from stance.extraction.targets import Parties
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
    demonyms: Mapping[str, str]  # words formed from a place of its own -> the place
    states: frozenset[str]  # places of its own that act as states
    bodies: Mapping[str, str]  # names of bodies, short ones too -> the fullest name or the acronym
    parties: Parties  # what talks can be named after


def read_locally(text: str, places: Places) -> Local:
    """Names of people and places as this article uses them; reads its first 200,000 characters."""
    opening = text[:ENOUGH]
    title = title_of(text)
    people = full_names(opening)
    demonyms = place_names(opening, places)
    states = own_states(opening, demonyms.values(), people.keys() | places.surnames)
    bodies = own_bodies(opening)
    formed = {word: place for word, place in derived_places(opening, states).items() if word not in demonyms}
    formed = {word: place for word, place in formed.items() if not places.side(word) and slug([word]) not in people}
    known = frozenset(word for word in set(_CAPITAL.findall(opening)) if slug([word]) in places.surnames)
    return Local(
        title=text[title.start : title.end] if title else "",
        names=actor_names(opening) | known,
        full_names=people,
        demonyms=demonyms | formed,
        states=states | frozenset(formed.values()),
        bodies=bodies,
        parties=Parties(
            party_names(states, demonyms | formed, bodies, opening, places),
            frozenset(name[-1] for name in people.values()) | titled_names(opening) | known,
            often_named(opening),
        ),
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


_GEOGRAPHIC = words_(
    "San Santa Saint St São Port Puerto Porto Fort North South East West Northern Southern Eastern Western New Great"
    " Lake Mount Upper Lower Central El Los Las Ras Cape Radio River Gulf Bay Isle Lago Villa Beit Umm Dar Al Quai"
)  # first words of places and media, never of people
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
        if words and words[0] in _GEOGRAPHIC:
            continue
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


def party_names(
    states: frozenset[str],
    demonyms: Mapping[str, str],
    bodies: Mapping[str, str],
    text: str,
    places: Places,
) -> dict[str, str]:
    """All words an article has for states and bodies, each with the name talks are called by."""
    found = {name: full for name, full in bodies.items() if " " in name and not _ORGANS & set(name.lower().split())}
    found |= {word: place for word, place in demonyms.items() if place in states} | {name: name for name in states}
    for word in dict.fromkeys(_CAPITAL.findall(text)):
        if places.side(word):
            found[word] = places.side(word)
    return found


_ORGANS = words_(
    "conference party board list assembly commission committee council organization organisation court chamber"
    " university institute agency bank company office association centre center club press"
)  # bodies that talks are seldom between


def often_named(text: str) -> frozenset[str]:
    """Words with a capital in at least two places, and never without one."""
    counts = Counter(_CAPITAL.findall(text))
    small = set(re.findall(r"[a-z]+", text))
    return frozenset(w for w, count in counts.items() if count > 1 and w.lower() not in small and not _is_common(w))


def place_names(text: str, places: Places) -> dict[str, str]:
    """Words formed from the article's own places -> the place.

    "Karsavian" goes to "Karsavia" where both occur, by their common beginning.
    """
    counts = Counter(_CAPITAL.findall(text))
    plain = [word for word in counts if not _is_common(word)]
    by_stem: dict[str, list[str]] = defaultdict(list)
    for place in plain:
        by_stem[place[:4]].append(place)
    demonyms: dict[str, str] = {}
    for word in counts:
        if not word.endswith(_DEMONYM_ENDS) or places.side(word) or _is_common(word):
            continue
        best = ""
        for place in by_stem[word[:4]][:50]:
            common = _common_prefix(place, word)
            fits = common >= len(place) - 2 and len(word) - common <= 4 and len(place) < len(word) + 2
            if fits and not place.startswith(word) and common > _common_prefix(best, word):
                best = place
        if best:
            demonyms[word] = demonyms.get(best, best)
    return {word: demonyms.get(place, place) for word, place in demonyms.items()}  # "Karsavians" too


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
