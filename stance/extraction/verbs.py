"""What the verb after a subject says about it: that it speaks, takes a position, or neither."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from stance.extraction.lexicon import (
    ADVERBS,
    AUXILIARIES,
    BE,
    MODALS,
    NEEDS_AFTER,
    NEGATIONS,
    POSITION_ADJECTIVES,
    POSITION_PHRASES,
    VERBS,
    words,
)
from stance.extraction.phrases import Token

Strength = Literal["say", "position", "weak"]


_CATENATIVES = words("continues continue continued went goes began begins")


class VerbGroup(NamedTuple):
    """What a verb group says about its subject."""

    lemma: str
    strength: Strength | None
    at: int
    negated: bool


def verb_group(tokens: Sequence[Token], at: int) -> VerbGroup:
    """Auxiliaries, adverbs and the verb from token `at` on; strength None where it attributes nothing."""
    here = at
    aux: list[str] = []
    negated = False
    while here < len(tokens) and here < at + 9:
        low = tokens[here].low
        if low in AUXILIARIES:
            aux.append(low)
            negated |= low in NEGATIONS
        elif low in ADVERBS or low.endswith("ly"):
            negated |= low in ("not", "never")
        elif low == "," and here + 1 < len(tokens):
            close = next((i for i in range(here + 1, min(here + 12, len(tokens))) if tokens[i].low == ","), None)
            if close is None:
                break
            here = close
        else:
            break
        here += 1
    if here >= len(tokens):
        return VerbGroup("", None, here, negated)
    if tokens[here].low in _CATENATIVES and here + 2 < len(tokens) and tokens[here + 1].low in ("to", "on"):
        here += 3 if tokens[here + 1].low == "on" and tokens[here + 2].low == "to" else 2
        if here >= len(tokens):
            return VerbGroup("", None, here - 1, negated)
    low = tokens[here].low
    following = tokens[here + 1].low if here + 1 < len(tokens) else "."
    entry = VERBS.get(low)
    modal = any(word in MODALS for word in aux)
    if aux and aux[-1] in BE and not _progressive(low, entry):
        if low == "quoted" and following == "as":
            return VerbGroup("quote", "say", here, negated)
        if (
            low in POSITION_ADJECTIVES
            or _phrase(tokens, here)
            or (low in ("in", "of", "at", "for") and _phrase(tokens, here))
        ):
            return VerbGroup("be", "position", here, negated)
        return VerbGroup(
            "be",
            "position" if modal and not {"may", "might", "can", "could"} & set(aux) else "weak",
            here,
            negated,
        )
    if entry is not None:
        lemma, verb_class, _ = entry
        if lemma in NEEDS_AFTER and not has_after(tokens, here, lemma):
            return VerbGroup(lemma, "weak", here, negated)
        if verb_class == "say":
            if negated and lemma in _SILENT:
                return VerbGroup(lemma, None, here, True)
            if modal and lemma not in ("insist", "deny", "confirm"):
                return VerbGroup(lemma, "position", here, negated)
            return VerbGroup(lemma, "say", here, negated)
        return VerbGroup(lemma, "position", here, negated)
    if low == "let" and following in ("it", "be", "slip"):
        return VerbGroup("let", "say", here, negated)
    if low in ("spoke", "speaks", "spoken"):
        return VerbGroup("speak", "say" if following in ("of", "out", "against") else "weak", here, negated)
    if low in _PLANS and here and tokens[here - 1].low in ("no", "every", "little", "any"):
        return VerbGroup("have", "position", here, negated)
    if modal and not {"may", "might"} & set(aux):
        return VerbGroup(low, "position", here, negated)
    if negated and {"does", "do", "doesn't", "don't"} & set(aux):
        return VerbGroup(low, "position", here, negated)
    return VerbGroup(low, "weak", here, negated)


_SILENT = words("say comment specify reply answer disclose reveal elaborate state indicate mention announce explain")


def _progressive(low: str, entry: tuple[str, str, str] | None) -> bool:
    return entry is not None and entry[2] == "ing"


def _phrase(tokens: Sequence[Token], at: int) -> bool:
    words = " ".join(token.low for token in tokens[at : at + 3])
    return words.startswith(POSITION_PHRASES)


def has_after(tokens: Sequence[Token], at: int, lemma: str) -> bool:
    after = " ".join(token.low for token in tokens[at + 1 : at + 4])
    return after.startswith(NEEDS_AFTER[lemma]) if NEEDS_AFTER[lemma] else len(after) < 2


def speech_later(tokens: Sequence[Token], at: int) -> int | None:
    """A second verb of speech with the same subject: ", saying ...", "and declared ..."; its index."""
    for here in range(at, len(tokens) - 1):
        low = tokens[here].low
        if low not in (",", "and", "but", "–", "—"):
            continue
        verb = here + 1
        while verb < len(tokens) - 1 and (
            tokens[verb].low in ADVERBS or tokens[verb].low.endswith("ly") or tokens[verb].low in ("and", "but")
        ):
            verb += 1
        entry = VERBS.get(tokens[verb].low)
        if entry is None or tokens[verb].is_capital:
            continue
        lemma, verb_class, form = entry
        if lemma in NEEDS_AFTER and not has_after(tokens, verb, lemma):
            continue
        if form == "ing" and low in (",", "–", "—", "and") and (verb_class == "say" or lemma in _JUDGING):
            return verb
        if form == "base" and low == "and" and lemma in ("say", "add", "insist", "warn"):
            return verb
        if form in ("s", "ed") and verb_class == "say" and low in ("and", "but", ","):
            return verb
    return None


_PLANS = words(
    "intention intentions plans plan objection objections quarrel interest reason wish need illusions"
    " preconditions conditions doubt doubts desire opinion dealings"
)


_JUDGING = words("call describe accuse blame refuse reject criticise criticize praise dismiss demand cite question")


def clause_end(tokens: Sequence[Token], group: VerbGroup) -> int:
    """Index after the verb and the words that belong to it."""
    here = group.at + 1
    if group.lemma == "quote":
        while here < len(tokens) and tokens[here].low in ("as", "saying", "telling"):
            here += 1
    if group.lemma in ("tell", "inform", "assure", "remind", "notify"):
        while (
            here < len(tokens)
            and tokens[here].is_word
            and tokens[here].low not in ("that", "it", "its", "he", "she", "they", "there")
        ):
            here += 1
            if here - group.at > 9:
                break
    elif group.lemma in ("point", "make", "let"):
        here += 1
        while here < len(tokens) and tokens[here].low in ("it", "be", "known", "clear", "plain", "out"):
            here += 1
    if here < len(tokens) and tokens[here].low == "that":
        here += 1
    return here
