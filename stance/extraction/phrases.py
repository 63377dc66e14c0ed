"""Tokens of a sentence, and the noun phrase before its verb."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from stance.extraction.lexicon import (
    ABBREVIATIONS,
    ADVERBS,
    ALSO_PAST,
    AUXILIARIES,
    BODY_NOUNS,
    DETERMINERS,
    IRREGULAR_PAST,
    MONTHS,
    PARTICLES,
    PERSON_NOUNS,
    POSSESSIVE_PRONOUNS,
    PREPOSITIONS,
    PRONOUNS,
    RELATIVES,
    SUBORDINATORS,
    TIME_NOUNS,
    TITLES,
    VERBS,
    WEEKDAYS,
    words,
)
from stance.schema import Span

QUOTE = "\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}"  # stands for a whole quotation
LONGEST_SUBJECT = 45  # tokens

_TOKEN = re.compile(r"[^\W_](?:\w|[.'’\-‑–/&](?=\w))*|[^\w\s]|_")


class Token(NamedTuple):
    """A word, a mark or a whole quotation; offsets into the article's text."""

    text: str
    low: str
    start: int
    end: int

    @property
    def is_word(self) -> bool:
        return self.low[0].isalnum()

    @property
    def is_capital(self) -> bool:
        return self.text[0].isupper()


def tokenize(text: str, span: Span, quotes: Sequence[Span]) -> list[Token]:
    """Tokens of `text[span]`; each of `quotes` (in order, within the span) is one token `QUOTE`."""
    tokens: list[Token] = []
    at = span.start
    for quote in [*quotes, Span(span.end, span.end)]:
        for match in _TOKEN.finditer(text, at, max(at, quote.start)):
            word, end = match.group(), match.end()
            last = tokens[-1] if tokens and tokens[-1].end == match.start() else None
            if last is not None and word == "." and end < span.end and _is_shortened(last):
                continue
            if last is not None and word in ("'", "’") and last.low[-1] == "s":
                tokens[-1] = Token(last.text + word, last.low + "'", last.start, end)  # the farmers' union
                continue
            tokens.append(Token(word, word.lower().replace("’", "'"), match.start(), end))
        if quote.end > quote.start:
            tokens.append(Token(QUOTE, QUOTE, quote.start, quote.end))
            at = quote.end
    return tokens


def _is_shortened(token: Token) -> bool:
    """Whether the full stop after a word belongs to it: an abbreviation or an initial."""
    return token.low in ABBREVIATIONS or (len(token.text) == 1 and token.is_capital)


class Subject(NamedTuple):
    """A noun phrase standing before a verb, in token indices.

    `first` to `last` (exclusive) is the phrase; `name` and `apposition` are the stretch after its comma
    ("the envoy, Amadou Sissoko"), empty when there is none; `verb` is where the verb group begins.
    """

    first: int
    last: int
    apposition_first: int
    apposition_last: int
    verb: int


def is_possessive(token: Token) -> bool:
    return token.low.endswith(("'s", "s'")) and len(token.low) > 2


def begins_phrase(tokens: Sequence[Token], at: int) -> bool:
    """Whether a noun phrase that can be a speaker may begin here."""
    token = tokens[at]
    low = token.low
    if low in DETERMINERS or low in PRONOUNS or low in PERSON_NOUNS or low in TITLES:
        return True
    if low == "under" and token.is_capital and at + 1 < len(tokens) and tokens[at + 1].low == "secretary":
        return True
    if is_possessive(token):
        return True
    if token.is_capital:
        if low in AUXILIARIES or (low.endswith("ing") and low in VERBS):
            return False
        return low not in PREPOSITIONS and low not in SUBORDINATORS and low not in _NO_SUBJECT
    if low in PARTICLES and at + 1 < len(tokens) and tokens[at + 1].is_capital:
        return True
    if at + 1 < len(tokens) and token.is_word and low not in PREPOSITIONS and low not in VERBS:
        # "government sources", "retired general Baptiste Oyelaran", "economist Joost Verhagen"
        for later in tokens[at + 1 : at + 4]:
            if later.low in PERSON_NOUNS or later.low in BODY_NOUNS:
                return True
            if not later.is_word or later.low in AUXILIARIES or later.low in PREPOSITIONS:
                return False
    return False


_NO_SUBJECT = words(
    "but and yet so or nor there what how why if however meanwhile also then still now not only even"
    " just nothing today yesterday tomorrow tonight earlier later additionally no monday tuesday"
    " wednesday thursday friday saturday sunday read see follow"
)
_STOPS_PHRASE = words("but because if unless although though while whereas than")


def is_finite(tokens: Sequence[Token], at: int, seen_noun: bool, plural: bool) -> bool:
    """Whether the word at `at` begins the verb group of a subject that ends just before it."""
    token = tokens[at]
    low = token.low
    if not seen_noun:
        return False
    if low in AUXILIARIES:
        return not (low == "may" and token.is_capital) and low not in ("having", "being", "been", "am", "be")
    entry = VERBS.get(low)
    if entry is None:
        if token.is_capital:
            return False
        if low in IRREGULAR_PAST:
            return True
        if low.endswith("ed"):
            return len(low) > 4 and _is_past(tokens, at)
        return _is_present(tokens, at)
    if token.is_capital and at > 0 and tokens[at - 1].is_capital and not _headline(tokens):
        return False
    kind = entry[2]
    before = tokens[at - 1].low
    following = tokens[at + 1].low if at + 1 < len(tokens) else "."
    if kind == "ing":
        return False
    if kind == "base":
        if low in ALSO_PAST:
            return before not in DETERMINERS and before not in PREPOSITIONS
        if not plural or before in DETERMINERS or before in PREPOSITIONS or is_possessive(tokens[at - 1]):
            return False
        return following not in AUXILIARIES
    if kind == "s" and low in _NOUN_LIKE:
        if before in DETERMINERS or before in PREPOSITIONS or is_possessive(tokens[at - 1]):
            return False
        return following not in AUXILIARIES and following not in ("of", "and") and following not in VERBS
    if kind == "ed" and low not in ALSO_PAST:
        return _is_past(tokens, at)
    return True


_NOUN_LIKE = words(
    "calls demands offers plans hopes claims reports states requests questions views answers notes"
    " disputes finds fears comments objects regards wishes attributes names orders sets credits doubts"
    " backs waves prefers remarks threats thanks supports signals hints warnings places accords puts"
    " brands labels links stands complaints jokes posts replies promises vows pledges mocks lists"
    " praises tweets hails challenges rules reads holds likes values voices"
)


def _is_past(tokens: Sequence[Token], at: int) -> bool:
    """Tell "the ministry retired" from "the retired colonel"."""
    before = tokens[at - 1]
    if before.low in DETERMINERS or before.low in PREPOSITIONS or is_possessive(before):
        return False
    if before.low == "and" or before.low == "'":
        return False
    return not (at + 1 < len(tokens) and tokens[at + 1].low in ("'", "-"))


def _is_present(tokens: Sequence[Token], at: int) -> bool:
    """Whether an unlisted word is a verb like "congratulates": after a name, before its object."""
    low, before = tokens[at].low, tokens[at - 1]
    if not low.endswith("s") or low.endswith(("ss", "'s", "us")) or len(low) < 5 or at + 1 >= len(tokens):
        return False
    if not before.is_capital or is_possessive(before) or before.low in DETERMINERS:
        return False
    if before.low in TITLES and before.low not in BODY_NOUNS:
        return False
    if low in PERSON_NOUNS or low in BODY_NOUNS or low in TIME_NOUNS:
        return False
    following = tokens[at + 1]
    return following.low in DETERMINERS or following.low in PREPOSITIONS or following.is_capital


def _headline(tokens: Sequence[Token]) -> bool:
    words = [token for token in tokens if token.is_word and len(token.low) > 3]
    return len(words) > 2 and sum(token.is_capital for token in words) >= 0.7 * len(words)


def subject_at(tokens: Sequence[Token], at: int) -> Subject | None:
    """The noun phrase that begins at token `at` and stands before a verb; None where there is none."""
    if at >= len(tokens) or not begins_phrase(tokens, at):
        return None
    first = at
    if tokens[at].low in PRONOUNS:
        verb = _skip_adverbials(tokens, at + 1)
        if verb is not None and is_finite(tokens, verb, True, tokens[at].low in ("they", "we", "i", "you")):
            return Subject(first, at + 1, 0, 0, verb)
        if verb is not None and verb < len(tokens) and tokens[verb].low in VERBS:
            return Subject(first, at + 1, 0, 0, verb)
        return None
    seen_noun = plural = False
    weak: int | None = None  # an "-ed" word that may be a reduced relative clause
    here = at
    limit = min(len(tokens), at + LONGEST_SUBJECT)
    while here < limit:
        token = tokens[here]
        low = token.low
        if low == QUOTE:
            if tokens[here].end - tokens[here].start > 40 or (not seen_noun and here > at + 2):
                return None
            if here + 1 < len(tokens) and tokens[here + 1].low in DETERMINERS:
                return None
            seen_noun = True
            here += 1
            continue
        if low == "(":
            here = _after(tokens, here, ")")
            continue
        if low in ",–—":
            end, block, last = _apposition(tokens, here, limit, plural)
            if end is None:
                return _coordinated(tokens, first, here)
            return Subject(first, here, block, last, end)
        if not token.is_word:
            if low in "'’":
                here += 1
                continue
            break
        if is_finite(tokens, here, seen_noun, plural):
            known = low in VERBS or low in AUXILIARIES
            after = tokens[here + 1].low if here + 1 < len(tokens) else "."
            if known or after not in ("by", "in", "from", "at", "on", "with", "over", "to"):
                return Subject(first, _end_of_phrase(tokens, first, here), 0, 0, here)
            if weak is None:
                weak = here
            here += 1
            continue
        if low in RELATIVES and here > at:
            if low in ("that", "when", "where"):
                break
            verb = _verb_after_relative(tokens, here, limit)
            if verb is None:
                break
            return Subject(first, here, 0, 0, verb)
        if low in _STOPS_PHRASE and here > at:
            break
        if low not in DETERMINERS and low not in PREPOSITIONS and low not in ADVERBS and low != "and":
            seen_noun = True
            plural = _is_plural(tokens, first, here, plural)
        here += 1
    if weak is not None:
        return Subject(first, _end_of_phrase(tokens, first, weak), 0, 0, weak)
    return None


def _coordinated(tokens: Sequence[Token], first: int, comma: int) -> Subject | None:
    """`A, B and C` before a verb."""
    for here in range(comma + 1, min(comma + 16, len(tokens) - 1)):
        low = tokens[here].low
        if (
            low in AUXILIARIES
            or low in RELATIVES
            or low in ";:"
            or low == QUOTE
            or (low in VERBS and VERBS[low][2] == "ed")
        ):
            return None
        if low == "and" and begins_phrase(tokens, here + 1) and tokens[here + 1].low not in PRONOUNS:
            last = subject_at(tokens, here + 1)
            if last is None:
                return None
            return Subject(first, last.last, 0, 0, last.verb)
    return None


def _is_plural(tokens: Sequence[Token], first: int, here: int, before: bool) -> bool:
    """Number of the head so far: what stands after a preposition does not count."""
    for token in tokens[first + 1 : here]:
        if token.low in PREPOSITIONS:
            return before
    if any(token.low == "and" for token in tokens[first:here]) and tokens[here].is_capital:
        return True
    low = tokens[here].low
    if before and not tokens[here].is_capital and low not in PERSON_NOUNS and low not in BODY_NOUNS:
        return True  # "people close to the council"
    return (low.endswith("s") and not low.endswith(("ss", "'s", "us"))) or low in (
        "people",
        "men",
        "women",
        "both",
        "police",
        "many",
        "some",
    )


def _skip_adverbials(tokens: Sequence[Token], at: int) -> int | None:
    """First token of the verb after adverbs and one parenthesis between commas ("he, too, said")."""
    here = at
    while here < len(tokens):
        low = tokens[here].low
        if low == ",":
            close = next((i for i in range(here + 1, min(here + 14, len(tokens))) if tokens[i].low == ","), None)
            if close is None:
                return None
            here = close + 1
        elif low in ADVERBS or low.endswith("ly"):
            here += 1
        else:
            return here
    return None


def _after(tokens: Sequence[Token], at: int, mark: str) -> int:
    for i in range(at + 1, min(len(tokens), at + 30)):
        if tokens[i].low == mark:
            return i + 1
    return at + 1


def _apposition(tokens: Sequence[Token], comma: int, limit: int, plural: bool) -> tuple[int | None, int, int]:
    """Where the verb after a parenthesis between commas begins, and the parenthesis when it is a noun phrase.

    Returns (verb, first, last); verb is None if the comma does not open a parenthesis before a verb.
    """
    mark = tokens[comma].low
    first = comma + 1
    if first >= len(tokens):
        return None, 0, 0
    opening = tokens[first].low
    if opening in ("but", "and", "while", "whereas", "though", "although", "because", "so", "if", "or"):
        return None, 0, 0
    if opening in POSSESSIVE_PRONOUNS or opening in AUXILIARIES:
        return None, 0, 0
    tries = 0
    for here in range(first + 1, min(limit + 30, len(tokens))):
        low = tokens[here].low
        if low in ";:" or low == QUOTE:
            return None, 0, 0
        if low != mark:
            continue
        tries += 1
        verb = _verb_group(tokens, here + 1, plural)
        if verb is not None:
            block = (first, here) if _is_name_or_noun(tokens, first, here) else (0, 0)
            return verb, *block
        if tries == 5:
            break
    return None, 0, 0


def _verb_group(tokens: Sequence[Token], at: int, plural: bool) -> int | None:
    """`at` past adverbs, if a finite verb stands there."""
    here = at
    while here < len(tokens) and (tokens[here].low in ADVERBS or tokens[here].low.endswith("ly")):
        here += 1
    if here >= len(tokens) or not tokens[here].is_word:
        return None
    low = tokens[here].low
    if low in AUXILIARIES:
        return here
    entry = VERBS.get(low)
    if entry is not None:
        kind = entry[2]
        if kind == "ed" or low in ALSO_PAST or (kind == "s" and not _reads_as_noun(tokens, here)):
            return here
        if kind == "base" and plural:
            return here
        return None
    if tokens[here].is_capital:
        return None
    return here if low in IRREGULAR_PAST or (low.endswith("ed") and len(low) > 4) else None


def _reads_as_noun(tokens: Sequence[Token], at: int) -> bool:
    following = tokens[at + 1].low if at + 1 < len(tokens) else "."
    return following in AUXILIARIES or (following in VERBS and VERBS[following][2] != "ing")


def _is_name_or_noun(tokens: Sequence[Token], first: int, last: int) -> bool:
    """Whether a parenthesis is an apposition, not a relative or participle clause or an adverbial."""
    opening = tokens[first]
    if opening.low in RELATIVES or opening.low in PREPOSITIONS or opening.low in SUBORDINATORS:
        return False
    if opening.low.endswith("ing") and not opening.is_capital:
        return False
    return not (opening.low in ADVERBS or not opening.is_word)


def _verb_after_relative(tokens: Sequence[Token], at: int, limit: int) -> int | None:
    """The main verb after "who ..." without commas: the second finite verb."""
    seen = 0
    for here in range(at + 1, min(limit, len(tokens))):
        low = tokens[here].low
        if low in ",;:–—" or low == QUOTE:
            limit = here
            break
        previous = tokens[here - 1].low
        finite = (
            low in AUXILIARIES
            or (low in VERBS and VERBS[low][2] in ("s", "ed"))
            or (low.endswith("ed") and not tokens[here].is_capital)
        )
        if not finite or previous in ("to", "not", "and") or previous in AUXILIARIES:
            continue
        if seen and low in VERBS and VERBS[low][1] == "say":
            return here
        seen += 1
    # "who sat through the rounds told": an irregular verb was the first
    for here in range(at + 2, min(limit, len(tokens))):
        low = tokens[here].low
        speaks = low in VERBS and VERBS[low][1] == "say" and VERBS[low][2] in ("s", "ed")
        if speaks and tokens[here - 1].low not in AUXILIARIES and tokens[here - 1].low not in ("to", "not"):
            return here
    return None


def _end_of_phrase(tokens: Sequence[Token], first: int, verb: int) -> int:
    """Cut adverbs and times off the end of a subject ("Misral on Wednesday announced")."""
    last = verb
    while last > first + 1:
        low = tokens[last - 1].low
        if low in ADVERBS or (low.endswith("ly") and not tokens[last - 1].is_capital):
            last -= 1
        elif low in WEEKDAYS or low in MONTHS or (low in TIME_NOUNS and low != "year"):
            last -= 1
            while last > first + 1 and tokens[last - 1].low in (
                "on",
                "this",
                "last",
                "in",
                "of",
                "early",
                "late",
                "next",
            ):
                last -= 1
        elif low == "on" or low == "in":
            last -= 1
        else:
            break
    return last
