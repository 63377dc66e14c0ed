"""Which noun phrases can be speakers, and what of them is printed as one."""

from __future__ import annotations

from collections.abc import Sequence

from stance.extraction.lexicon import (
    ADVERBS,
    AUXILIARIES,
    BODY_NOUNS,
    DETERMINERS,
    MEDIA_NOUNS,
    PERSON_NOUNS,
    PREPOSITIONS,
    PRONOUNS,
    RELATIVES,
    SPEECHLESS_NOUNS,
    SUBORDINATORS,
    TIME_NOUNS,
    TITLES,
    VERBS,
    words,
)
from stance.extraction.phrases import Subject, Token, is_possessive


def speaker_phrase(tokens: Sequence[Token], subject: Subject) -> tuple[int, int]:
    """The printed speaker: the phrase, with its apposition where the name is in the apposition."""
    if not subject.apposition_last:
        return subject.first, subject.last
    opening = tokens[subject.apposition_first]
    if ends_in_name(tokens, subject.first, subject.last) or not (
        opening.is_capital or opening.low in DETERMINERS or opening.low in TITLES
    ):
        return subject.first, subject.last
    return subject.first, subject.apposition_last


def has_name(tokens: Sequence[Token], first: int, last: int) -> bool:
    """Whether any word of a phrase is a name or title."""
    return any(token.is_capital and token.low not in DETERMINERS for token in tokens[first:last])


def ends_in_name(tokens: Sequence[Token], first: int, last: int) -> bool:
    """Whether the head of a phrase is a personal name, so that no name is missing from it."""
    token = tokens[head_of(tokens, first, last)]
    return token.is_capital and not any(
        part in PERSON_NOUNS or part in TITLES or part in BODY_NOUNS for part in (token.low, token.low.split("-")[-1])
    )


def can_speak(tokens: Sequence[Token], first: int, last: int) -> bool:
    """Whether the head of a phrase is not one of the things nobody stands behind (polls, maps, prices)."""
    head = head_of(tokens, first, last)
    return tokens[head].low not in SPEECHLESS_NOUNS


def can_be_said_to_speak(tokens: Sequence[Token], first: int, last: int) -> bool:
    """Whether a phrase that is no actor may still be what "says": a paper, a name, a plural of people."""
    head = tokens[head_of(tokens, first, last)]
    return head.is_capital or head.low in MEDIA_NOUNS or head.low in _TEXTS or not head.low.endswith(_ABSTRACT)


_TEXTS = words(
    "statement letter commentary editorial leader bulletin declaration communique communiqué note"
    " message recording document proposal counter-proposal resolution appeal leaflet memo memorandum"
)


_ABSTRACT = (
    "tion",
    "sion",
    "ment",
    "ness",
    "ity",
    "ism",
    "ence",
    "ance",
    "push",
    "move",
    "attack",
    "law",
    "rise",
    "fall",
    "crisis",
    "war",
)


def is_actor(tokens: Sequence[Token], first: int, last: int, names: frozenset[str]) -> bool:
    """Whether the phrase names a person, a body, a state or a pronoun for one of them."""
    if tokens[first].low in PRONOUNS:
        return tokens[first].low in ("he", "she", "they", "we", "i", "it")
    head = head_of(tokens, first, last)
    low = tokens[head].low.rstrip("'").split("-")[-1]
    if low in PERSON_NOUNS or low in BODY_NOUNS:
        return True
    if tokens[head].is_capital:
        return low not in TIME_NOUNS and (head > first or tokens[head].text in names)
    return False


def head_of(tokens: Sequence[Token], first: int, last: int) -> int:
    """Index of the head noun: the last word before the first preposition, comma or relative."""
    head = first
    for here in range(first, last):
        token = tokens[here]
        if here > first and (token.low in PREPOSITIONS or token.low in RELATIVES or token.low in ",("):
            if token.low == "of" and tokens[head].low in (
                "one",
                "two",
                "some",
                "several",
                "many",
                "most",
                "both",
                "dozens",
            ):
                continue
            break
        if token.is_word and not is_possessive(token):
            head = here
    if not tokens[head].is_capital and tokens[head].low not in PERSON_NOUNS and tokens[head].low not in BODY_NOUNS:
        nouns = [i for i in range(first, head) if _is_speaking_noun(tokens[i])]
        return nouns[-1] if nouns else head  # "a senior official familiar with the matter"
    return head


def _is_speaking_noun(token: Token) -> bool:
    return not token.is_capital and (token.low in PERSON_NOUNS or token.low in BODY_NOUNS)


def phrase_from(tokens: Sequence[Token], at: int) -> tuple[int, int]:
    """The noun phrase that begins at `at`, its end unknown: "said | the UN envoy, A. Sissoko | on Friday"."""
    here = at
    while here < len(tokens):
        token = tokens[here]
        low = token.low
        if low in "'’" and here > at:
            here += 1
            continue
        if not token.is_word or (low in RELATIVES and here > at):
            break
        if (
            here > at
            and not token.is_capital
            and (
                low in AUXILIARIES
                or (low in VERBS and VERBS[low][2] in ("ed",))
                or low in ADVERBS
                or low.endswith("ly")
                or (low in SUBORDINATORS and low not in ("as", "since") and low not in PREPOSITIONS)
            )
        ):
            break
        ends = low in PREPOSITIONS and low not in ("of", "for") and here > at
        if ends and not _keeps_preposition(tokens, at, here):
            break
        if low in TIME_NOUNS and here > at and token.is_capital:
            break
        if tokens[at].low in PRONOUNS:
            here += 1
            break
        here += 1
    last = here
    if here + 1 < len(tokens) and tokens[here].low == "," and not ends_in_name(tokens, at, here):
        opening = tokens[here + 1]
        if (
            opening.is_capital
            and opening.low not in PREPOSITIONS
            and opening.low not in PRONOUNS
            and opening.low not in TIME_NOUNS
        ) or (opening.low in ("the", "a") and _names_soon(tokens, here + 1)):
            _, last = phrase_from(tokens, here + 1)
    return at, last


def _names_soon(tokens: Sequence[Token], at: int) -> bool:
    for token in tokens[at : at + 6]:
        if not token.is_word:
            return False
        if token.is_capital and token.low not in TITLES:
            return True
    return False


def _keeps_preposition(tokens: Sequence[Token], first: int, at: int) -> bool:
    """ "a diplomat in Geneva" keeps its place, "said Ilya Dorn in Geneva" does not."""
    if tokens[first].low in PRONOUNS:
        return False
    described = tokens[first].low in DETERMINERS or any(
        token.low in PERSON_NOUNS or token.low in BODY_NOUNS for token in tokens[first:at] if not token.is_capital
    )
    following = tokens[at + 1].low if at + 1 < len(tokens) else "."
    return (
        described
        and tokens[at].low in ("in", "at", "from", "with", "to", "on")
        and following not in TIME_NOUNS
        and following
        not in (
            "an",
            "a",
            "comments",
            "remarks",
            "response",
            "reply",
        )
    )
