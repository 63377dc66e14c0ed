"""Which talks a statement is about."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection

from stance.extraction.lexicon import (
    ADVERBS,
    AUXILIARIES,
    BODY_NOUNS,
    CONNECTIVES,
    DETERMINERS,
    PERSON_NOUNS,
    PREPOSITIONS,
    PRONOUNS,
    RELATIVES,
    TITLES,
    VERBS,
    words,
)

DEFAULT = "talks"
LONGEST_TITLE = 500  # characters
OPENING = 4000  # characters of an article that say what it is about

_KIND = (
    r"(?:talks|negotiations|summit|meeting|dialogue|conference|consultations|round table|roundtable|"
    r"peace process|discussions)"
)
_WORD = r"[a-z]+(?:-[a-z]+)*"
_NAME = r"[A-Z][\w’'\-]+(?: [A-Z][\w’'\-]+)?"
_PARTY = rf"(?:(?:the|a) )?(?:(?:[A-Z][\w’'\-]+|of|minister|president) ){{0,4}}{_NAME}"
_TALKS = rf"(?:{_WORD} ){{0,3}}{_KIND}"
_PAIR = re.compile(rf"\b({_NAME})[-–]({_NAME}) ({_TALKS})\b")
_APOSTROPHE_S = re.compile(r"(?<=\w)[’']s\b")
_BETWEEN = re.compile(rf"\b({_TALKS}) (?:{_WORD} ){{0,3}}?between ({_PARTY}) and ({_PARTY})")
_NAMED = re.compile(rf"\b((?:[A-Z][\w’\-]+ ){{1,2}}{_TALKS})\b")
_ANY = re.compile(rf"\b{_TALKS}\b")

_NOT_A_KIND = (
    DETERMINERS
    | PREPOSITIONS
    | PRONOUNS
    | RELATIVES
    | AUXILIARIES
    | ADVERBS
    | CONNECTIVES
    | PERSON_NOUNS
    | frozenset(VERBS)
    | words(
        "new next fresh further first second third fourth fifth sixth last final previous earlier"
        " possible proposed planned ready open own whole full such follow-up coming future separate"
        " long past current upcoming than sides leaders hold holds holding start starts resume resumes"
        " begin begins attend leave leaves join quit skip stall skips sceptical serious real"
        " meaningful successful high-level face-to-face one-on-one in-person"
    )
)  # words before "talks" that do not say which talks


def article_target(title: str, body: str, parties: Collection[str] = ()) -> str:
    """The talks an article is about, from its title and opening; "talks" where none are named.

    `parties` are names of states and people in the article: the first two that the title names
    ("Karsavia, Tolmeni trade terms") go before the kind of talks the article names most.
    """
    title, opening = title[:LONGEST_TITLE], body[:OPENING]
    title, opening = (_APOSTROPHE_S.sub(",", text) for text in (title, opening))
    for text in (title, opening):
        named = named_target(text, parties)
        if named:
            return named
    kind = _kind_of(title, opening)
    found = sorted((title.find(party), party) for party in parties if party in title)
    pair = list(dict.fromkeys(party for _, party in found))
    if len(pair) >= 2 and not pair[1].startswith(pair[0]):
        return f"{pair[0]}-{pair[1]} {kind}"
    match = _NAMED.search(title)
    if match is not None and match.group(1).split()[0] in parties:
        return _without_filler(match.group(1))
    return f"{pair[0]} {kind}" if len(pair) == 1 and " " in kind else kind


def _kind_of(title: str, opening: str) -> str:
    """The kind of talks named most, counting what says more than "talks" double, and the title thrice."""
    counts: Counter[str] = Counter()
    for text, weight in ((title[:1].lower() + title[1:], 3), (opening, 1)):
        for match in _ANY.finditer(text):
            kind = _without_filler(match.group())
            counts[kind] += weight * (2 if " " in kind else 1)
    return counts.most_common(1)[0][0] if counts else DEFAULT


def _without_filler(phrase: str) -> str:
    """A phrase without words that do not name: "to hold new budget talks" -> "budget talks"."""
    words = phrase.split()
    start = 0
    for at, word in enumerate(words[:-1]):
        if word.lower() in _NOT_A_KIND:
            start = at + 1
    return " ".join(words[start:])


def named_target(text: str, parties: Collection[str]) -> str:
    """Talks named with their parties in `text` ("A-B ceasefire talks"); empty if there are none.

    "A-B" after another name ("Ines Kolar-Weiss") is a hyphenated surname, unless A or B is a known party.
    """
    match = _PAIR.search(text)
    if match is not None and (
        _stands_alone(text, match.start()) or match.group(1) in parties or match.group(2) in parties
    ):
        kind = _without_filler(match.group(3))
        return f"{match.group(1)}-{match.group(2)} {kind}"
    match = _BETWEEN.search(_APOSTROPHE_S.sub(",", text))
    if match is None:
        return ""
    first, second = _short(match.group(2)), _short(match.group(3))
    return f"{first}-{second} {_without_filler(match.group(1))}" if first and second and first != second else ""


def _stands_alone(text: str, at: int) -> bool:
    before = text[max(0, at - 30) : at].split()
    return not before or not before[-1][:1].isupper() or before[-1].lower() in DETERMINERS


def _short(party: str) -> str:
    """A party without titles, a person by surname: "President Vladimir Putin" -> "Putin"."""
    words = [word for word in party.split() if word.lower() not in DETERMINERS]
    titles = [at for at, word in enumerate(words) if word.lower() in TITLES and word.lower() not in BODY_NOUNS]
    if titles:
        words = words[titles[-1] + 1 :][-1:]
    return re.sub(r"[’']s$", "", " ".join(words))


def statement_target(text: str, of_article: str, parties: Collection[str] = ()) -> str:
    """The talks one statement is about: those it names with their parties, else the article's."""
    return named_target(text, parties) or of_article
