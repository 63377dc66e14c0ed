"""Which talks a statement is about."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

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
    SUBORDINATORS,
    TIME_NOUNS,
    TITLES,
    VERBS,
    words,
)

DEFAULT = "talks"
LONGEST_TITLE = 500  # characters
OPENING = 4000  # characters of an article that say what it is about
IN_TITLE = 4  # mentions in the text that one in the title is worth
OFTEN = 2  # mentions from which a state or body is a party
SECOND_PARTY = 0.25  # of the first party's mentions: what is named less often is no party to the talks

_KIND = (
    r"(?:talks|negotiations|summit|meeting|dialogue|conference|consultations|round table|roundtable|"
    r"peace process|discussions)"
)
_WORD = r"[a-z]+(?:-[a-z]+)*"
_NAME = r"[A-Z][\w’'\-]+(?: [A-Z][\w’'\-]+)?"
_PARTY = rf"(?:(?:the|a) )?(?:(?:[A-Z][\w’'\-]+|of|minister|president) ){{0,4}}{_NAME}"
_TALKS = rf"(?:{_WORD} ){{0,3}}{_KIND}"
_PAIR = re.compile(rf"\b({_NAME})[-–]({_NAME}) ({_TALKS})\b")
_BETWEEN = re.compile(rf"\b({_TALKS}) (?:{_WORD} ){{0,3}}?between ({_PARTY}) and ({_PARTY})")
_MEDIUM = re.compile(r"(?:Press|Post|News|Media|Times)\b")
_LISTED = re.compile(rf"({_NAME})(?:, | and )({_NAME}) [a-z]")  # "Karsavia, Tolmeni trade terms"
_ANY = re.compile(rf"\b{_TALKS}\b")
_APOSTROPHE_S = re.compile(r"(?<=\w)[’']s\b")
_PRINTED = re.compile(r"(?<![\w’'])[A-Z][\w\-]*\w(?: (?:of (?:the )?)?[A-Z][\w\-]*\w){0,4}")
_PLACE_BEFORE = re.compile(r"\b(?:in|at|near|outside|inside|via|from) (?:the )?\Z")

# What talks are about or how they are held: words that name talks wherever they stand before the kind.
_SUBJECTS = words(
    "peace ceasefire truce armistice nuclear hostage hostages prisoner prisoners exchange border boundary maritime"
    " trade tariff budget wage pay coalition disarmament arms missile missiles warhead warheads transit gas oil grain"
    " water dam fisheries fishing reunification unification autonomy status political national constitutional"
    " reconciliation transition humanitarian evacuation access aid sanctions security normalisation normalization"
    " accession membership exit withdrawal release ransom strike labour labor energy debt currency delimitation"
    " demarcation corridor hotline test-ban military grazing repatriation readmission climate contract salary"
    " pension independence referendum power-sharing inter-ethnic"
)
_MANNERS = words(
    "direct indirect bilateral trilateral multilateral ministerial working-level leaders technical secret inclusive"
    " regional international five-nation four-party six-party two-party proximity"
)
_NEVER = (
    DETERMINERS
    | PREPOSITIONS
    | PRONOUNS
    | RELATIVES
    | AUXILIARIES
    | ADVERBS
    | CONNECTIVES
    | SUBORDINATORS
    | PERSON_NOUNS
    | (BODY_NOUNS - words("coalition union peace"))
    | TIME_NOUNS
    | (frozenset(VERBS) - _SUBJECTS - _MANNERS)
    | words(
        "new next fresh further possible proposed planned ready open own whole full coming future separate long past"
        " current upcoming than hold holds holding start starts restart resume resumes begin begins attend leave leaves"
        " join quit skip stall skips sceptical serious real meaningful successful high-level face-to-face one-on-one"
        " in-person daily weekly annual news such follow-up previous final first second third fourth fifth sixth"
        " whoever whatever resumed failed stalled out off up down over back away key"
    )
)  # words before "talks" that never say which talks

# Meetings at which nobody settles a dispute.
_NO_TALKS = re.compile(
    r"\b(?:press|news|daily|cabinet|annual|party|staff|public|board|town) (?:conference|meeting)s?\b", re.I
)


@dataclass(frozen=True)
class Parties:
    """Who an article's talks can be between."""

    names: Mapping[str, str] = field(default_factory=dict)  # words for states and bodies ("Karsavian") -> their name
    people: frozenset[str] = frozenset()  # surnames as printed
    mentioned: frozenset[str] = frozenset()  # other names of more than one mention: parties only where a title has them

    def name(self, word: str) -> str:
        """The name behind a word; empty where it is no party's."""
        return self.names.get(word) or (word if word in self.people else "")


NO_PARTIES = Parties()


def article_target(title: str, body: str, parties: Parties = NO_PARTIES) -> str:
    """The talks an article is about, from its title and opening; "talks" where none are named.

    Talks that are named with their parties go first; else the kind named most, between the two people of the
    title or the two states or bodies named most.
    """
    title, opening = title[:LONGEST_TITLE], body[:OPENING]
    title, opening = (_NO_TALKS.sub(",", _APOSTROPHE_S.sub("", text)) for text in (title, opening))
    kind = _kind_of(title, opening)
    named = named_target(title, parties) or named_target(opening, parties)
    if named:
        pair, _, named_kind = named.rpartition(" ")
        return f"{pair} {kind}" if named_kind == DEFAULT and kind.endswith(f" {DEFAULT}") else named
    pair_ = _parties_of(title, opening, parties)
    if len(pair_) == 1 and kind in _BARE:
        kind = DEFAULT
    return f"{'-'.join(pair_)} {kind}" if pair_ else kind


def _parties_of(title: str, opening: str, parties: Parties) -> list[str]:
    """The two that the title names, else the two states or bodies named most, one, or none."""
    in_title = list(dict.fromkeys(_named_in(title, parties, parties.mentioned)))
    people = [name for name in in_title if name in parties.people]
    others = [name for name in in_title if name not in parties.people]
    if len(in_title) >= 2:
        return others if len(others) == 2 else people if len(people) == 2 else in_title[:2]
    listed = _LISTED.match(title)
    if listed is not None and any(parties.name(name) or name in in_title for name in listed.groups()):
        return [parties.name(name) or name for name in listed.groups()]
    counts: Counter[str] = Counter()
    for text, weight in ((title, IN_TITLE), (opening, 1)):
        for name in _named_in(text, parties):
            if name not in parties.people and name not in _MEDIATORS:
                counts[name] += weight
    ranked = [name for name, count in counts.most_common(2) if count >= OFTEN]
    if len(ranked) == 2 and (ranked[0].endswith(ranked[1]) or ranked[1].endswith(ranked[0])):
        ranked.pop()
    return [name for name in ranked if counts[name] >= SECOND_PARTY * counts[ranked[0]]]


_BARE = ("meeting", "conference", "discussions")  # say nothing next to one party
_MEDIATORS = frozenset({"United Nations", "OSCE", "UN"})


def _named_in(text: str, parties: Parties, more: Collection[str] = ()) -> list[str]:
    """Parties as they are named in `text`, in order; "in Karsavia" names a place."""
    found = []
    for match in _PRINTED.finditer(text):
        pieces = match.group().split(" ")
        at = 0
        while at < len(pieces):
            words_ = next(
                (
                    w
                    for n in range(len(pieces) - at, 0, -1)
                    if parties.name(w := " ".join(pieces[at : at + n])) or w in more
                ),
                "",
            )
            if words_ and not (at == 0 and _PLACE_BEFORE.search(text[max(0, match.start() - 14) : match.start()])):
                found.append(parties.name(words_) or words_)
            at += words_.count(" ") + 1
    return found


def _kind_of(title: str, opening: str) -> str:
    """The kind of talks named most; what says more than "talks" counts double, the title thrice."""
    counts: Counter[str] = Counter()
    said: Counter[str] = Counter(re.findall(rf"({_WORD}) {_KIND}\b", f"{title.lower()} . {opening}"))
    for text, weight, before in ((title[:1].lower() + title[1:], 3, None), (opening, 1, said)):
        for match in _ANY.finditer(text):
            kind = _without_filler(match.group(), before)
            counts[kind] += weight * (2 if " " in kind else 1)
    return counts.most_common(1)[0][0] if counts else DEFAULT


def _without_filler(phrase: str, said: Mapping[str, int] | None = None) -> str:
    """A phrase without words that do not name: "to hold new budget talks" -> "budget talks".

    `said` counts words before kinds of talks: a word that names no known subject has to stand there twice.
    """
    kind = re.search(rf"{_KIND}$", phrase)
    pieces = phrase[: kind.start()].split() if kind else phrase.split()[:-1]
    kept: list[str] = []
    for at in range(len(pieces) - 1, -1, -1):
        word = pieces[at]
        again = said is None or said.get(word, 0) >= 2 or bool(kept)
        if word in _NEVER or not (word in _SUBJECTS or word in _MANNERS or again):
            break
        kept.insert(0, word)
    return " ".join([*kept, kind.group() if kind else DEFAULT])


def named_target(text: str, parties: Parties = NO_PARTIES) -> str:
    """Talks named with their parties in `text` ("A-B ceasefire talks"); empty if there are none.

    "A-B" after another name ("Ines Kolar-Weiss") is a hyphenated surname, unless A or B is a known party.
    """
    match = _PAIR.search(text)
    if (
        match is not None
        and not _MEDIUM.search(match.group())
        and (_stands_alone(text, match.start()) or parties.name(match.group(1)) or parties.name(match.group(2)))
    ):
        first, second = (parties.names.get(name, name) for name in match.group(1, 2))
        return f"{first}-{second} {_without_filler(match.group(3))}"
    match = _BETWEEN.search(_APOSTROPHE_S.sub(",", text))
    if match is None:
        return ""
    first, second = (_short(party, parties) for party in match.group(2, 3))
    same = not first or not second or first.endswith(second) or second.endswith(first)
    return "" if same else f"{first}-{second} {_without_filler(match.group(1))}"


def _stands_alone(text: str, at: int) -> bool:
    before = text[max(0, at - 30) : at].split()
    return not before or not before[-1][:1].isupper() or before[-1].lower() in DETERMINERS


def _short(party: str, parties: Parties) -> str:
    """A party without titles, a person by surname: "President Vladimir Putin" -> "Putin"."""
    words = [word for word in party.split() if word.lower() not in DETERMINERS]
    titles = [at for at, word in enumerate(words) if word.lower() in TITLES and word.lower() not in BODY_NOUNS]
    if titles:
        words = words[titles[-1] + 1 :][-1:]
    name = re.sub(r"[’']s$", "", " ".join(words))
    return parties.name(name) or (parties.name(words[-1]) if words else "") or name


def statement_target(text: str, of_article: str, parties: Parties = NO_PARTIES) -> str:
    """The talks one statement is about: those it names with their parties, else the article's."""
    return named_target(text, parties) or of_article
