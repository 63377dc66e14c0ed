"""Who is responsible for a sentence: cues of speech and of position, and the speaker each belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from stance.extraction.actors import (
    can_be_said_to_speak,
    can_speak,
    head_of,
    is_actor,
    phrase_from,
    speaker_phrase,
)
from stance.extraction.lexicon import (
    ADVERBS,
    AUXILIARIES,
    BODY_NOUNS,
    CONNECTIVES,
    DETERMINERS,
    INVERTIBLE,
    LEMMAS,
    MEDIA_NOUNS,
    PERSON_NOUNS,
    PERSON_PRONOUNS,
    PREPOSITIONS,
    PRONOUNS,
    SPEECHLESS_NOUNS,
    SUBORDINATORS,
    TIME_NOUNS,
    TITLES,
    VERBS,
    words,
)
from stance.extraction.phrases import QUOTE, Token, begins_phrase, subject_at
from stance.extraction.verbs import Strength, VerbGroup, clause_end, speech_later, verb_group


class Attribution(NamedTuple):
    """One speaker of one sentence, in token indices.

    `speaker` is the stretch as printed; `clause` the attributing words around it (speaker, verb and what
    belongs to them), the rest of the sentence being content.
    """

    speaker: tuple[int, int]
    clause: tuple[int, int]
    strength: Strength
    place: Literal["before", "after"]
    lemma: str = ""


def after_front(tokens: Sequence[Token]) -> int:
    """Index past what may stand before a sentence: dateline, time stamp, number, connective."""
    here = 0
    if tokens and tokens[0].low[0].isdigit():
        here = 1
        while here < len(tokens) and tokens[here].low in ".:-–—)":
            here += 1
            if (
                here < len(tokens)
                and tokens[here - 1].low in ".:"
                and tokens[here].low.isdigit()
                and tokens[here].start == tokens[here - 1].end
            ):
                here += 1
    while here < len(tokens) and not (tokens[here].is_word or tokens[here].low == QUOTE):
        here += 1
    while here < len(tokens) and tokens[here].low in CONNECTIVES and here + 1 < len(tokens):
        here += 1
        if tokens[here].low == ",":
            here += 1
    return min(here, max(len(tokens) - 1, 0))


def speaker_clauses(tokens: Sequence[Token], names: frozenset[str]) -> list[tuple[int, int, Attribution]]:
    """The stretches of a sentence that have a speaker each, as token indices: mostly one, the whole.

    "The army says A; the rebels say B" and "X said A, while Y said B" make two. An attribution's own
    indices count from the start of its stretch.
    """
    if tokens and tokens[-1].low == "?" and not any(token.low == QUOTE for token in tokens):
        return []
    for mark in range(2, len(tokens) - 3):
        low = tokens[mark].low
        if low == ";":
            first, last = mark + 1, mark + 1
        elif low == "," and tokens[mark + 1].low in _BETWEEN_SPEAKERS:
            first, last = mark + 2, mark
        else:
            continue
        after = _second_speaker(tokens[first:], names, low == ";" or tokens[mark + 1].low in ("while", "whereas"))
        if after is None and low == ";" and tokens[first].low == QUOTE:
            after = _after_content(tokens[first:], 0)
        before = attribution_of(tokens[:last], names) if after is not None else None
        if after is None or before is None or _same_speaker(tokens, before, first, after):
            continue
        rest = speaker_clauses(tokens[first:], names)
        return [(0, last, before), *((start + first, end + first, one) for start, end, one in rest)]
    whole = attribution_of(tokens, names)
    return [(0, len(tokens), whole)] if whole is not None else []


_BETWEEN_SPEAKERS = words("while whereas but and though although")


def _second_speaker(tokens: Sequence[Token], names: frozenset[str], loose: bool) -> Attribution | None:
    """The speaker of a clause with a subject and a verb of its own; `loose` takes verbs of position too."""
    found = _before(tokens, 0, names)
    if found is None or found.clause[0] > 0 or tokens[found.speaker[0]].low in PRONOUNS:
        return None
    return found if found.strength == "say" or loose else None


def _same_speaker(tokens: Sequence[Token], one: Attribution, at: int, other: Attribution) -> bool:
    ours = tokens[head_of(tokens, *one.speaker)].low
    return ours == tokens[at + head_of(tokens[at:], *other.speaker)].low


def attribution_of(tokens: Sequence[Token], names: frozenset[str]) -> Attribution | None:
    """The one who is responsible for a clause, from the surest cue to the weakest; None for the writer."""
    if not tokens:
        return None
    start = after_front(tokens)
    signed = _after_dash(tokens, start)
    if signed is not None:
        return signed
    before = _before(tokens, start, names)
    if tokens[start].low == "according":
        source = _according(tokens)
        if source is not None and not _is_medium(tokens, source):
            return source
    after = _after_content(tokens, start)
    if before is not None and after is not None:
        passed_on = after.lemma == "report" or _can_mean(tokens, after, before)
        if passed_on or (before.strength == "say" and _is_chain(tokens, before, after)):
            return before
    if after is not None:
        return after
    if before is not None and (before.strength == "say" or _according_to_paper(tokens)):
        return before
    source = _according(tokens)
    if source is not None and _is_medium(tokens, source):
        source = None
    named = _before_colon(tokens, start, names) or source or _quoted_by(tokens)
    return named or _for_speaker(tokens, start, names) or before or _after_mark(tokens, start, names)


def _after_dash(tokens: Sequence[Token], start: int) -> Attribution | None:
    """`Sarn is ready for talks – Dorn`: the speaker alone after the last dash, as in headlines."""
    end = len(tokens) - (tokens[-1].low == ".")
    dash = next(
        (i for i in range(end - 2, max(start + 3, end - LONGEST_SIGNATURE), -1) if tokens[i].low in "–—-"), None
    )
    if dash is None or not any(_is_predicate(token) for token in tokens[start:dash]):
        return None
    if end < len(tokens) and tokens[dash - 1].is_capital:
        return None  # "the line Osk – Helvane."
    named = tokens[dash + 1 : end]
    titled = any(token.low in PERSON_NOUNS or token.low in TITLES or token.low in BODY_NOUNS for token in named)
    if not named[-1].is_capital or not all(token.is_capital or token.low in TITLES for token in named):
        return None
    speaker = Attribution((dash + 1, end), (dash, len(tokens)), "say", "after", "dash")
    if _is_medium(tokens, speaker) or named[-1].low in TIME_NOUNS or (len(named) > 3 and not titled):
        return None
    return speaker


LONGEST_SIGNATURE = 8  # tokens


def _is_predicate(token: Token) -> bool:
    return token.low in AUXILIARIES or token.low in VERBS or token.low in ("no", "not", "ready", "open", QUOTE)


def _can_mean(tokens: Sequence[Token], later: Attribution, earlier: Attribution) -> bool:
    """Whether the pronoun that speaks later in a sentence can be the speaker named at its beginning."""
    pronoun = tokens[later.speaker[0]].low
    if pronoun not in PRONOUNS:
        return False
    head = tokens[head_of(tokens, *earlier.speaker)]
    if pronoun in PERSON_PRONOUNS:
        return head.low not in BODY_NOUNS and (not head.low.endswith("s") or head.is_capital)
    return True


def _after_mark(tokens: Sequence[Token], start: int, names: frozenset[str]) -> Attribution | None:
    """The speaker of the clause after a heading or a first clause: `On the north: X said ...`."""
    for mark in range(start, min(len(tokens) - 3, start + 40)):
        if tokens[mark].low not in (":", ";", "—", "–"):
            continue
        found = _before(tokens, after_front(tokens[mark + 1 :]) + mark + 1, names)
        if found is not None and (found.strength == "say" or mark - start < 6):
            return found
        if tokens[mark].low == ":":
            return None
    return None


def _is_medium(tokens: Sequence[Token], attribution: Attribution) -> bool:
    """Whether a speaker is a paper or a site, which passes on facts and stands behind none."""
    head = tokens[head_of(tokens, *attribution.speaker)]
    return (head.low in MEDIA_NOUNS and (head.is_capital or head.low != "radio")) or "." in head.low.rstrip(".")[2:]


def _is_chain(tokens: Sequence[Token], before: Attribution, after: Attribution) -> bool:
    """ "He told X that ..., the agency said": the speaker is he."""
    first, last = after.speaker
    head = tokens[head_of(tokens, first, last)].low
    if head in MEDIA_NOUNS:
        return True
    return after.clause[0] - before.clause[1] < 4 or tokens[before.clause[1] - 1].low == "that"


def _candidate_starts(tokens: Sequence[Token], start: int) -> list[int]:
    """Where a main clause can begin: the sentence's start, and after each comma and quotation."""
    starts = [start]
    for here in range(start, len(tokens) - 1):
        if tokens[here].low in (",", ";", QUOTE, "–", "—", ":", ")"):
            following = here + 1
            if tokens[following].low in (",", QUOTE):
                continue
            starts.append(following)
        if len(starts) > 12:
            break
    return starts


def _before(tokens: Sequence[Token], start: int, names: frozenset[str]) -> Attribution | None:
    """The speaker of the main clause that opens the sentence, after adverbials at most."""
    if tokens[start].low == QUOTE:
        return None
    candidates = [start]
    if opens_adverbial(tokens, start):
        commas = [i + 1 for i in range(start, min(len(tokens) - 1, start + 40)) if tokens[i].low == ","][:4]
        inner = None if tokens[start].low in _CLAUSE_OPENERS else _after_bare_adverbial(tokens, start)
        candidates = ([] if inner is None else [inner]) + commas
    for candidate in candidates:
        while candidate < len(tokens) - 1 and tokens[candidate].low in CONNECTIVES:
            candidate += 1
        subject = subject_at(tokens, candidate)
        if subject is None:
            continue
        group = verb_group(tokens, subject.verb)
        if tokens[subject.first].low in ("we", "i", "you"):
            return None
        if group.strength is None or not can_speak(tokens, subject.first, subject.last):
            return None
        speaker = speaker_phrase(tokens, subject)
        actor = is_actor(tokens, subject.first, subject.last, names)
        if group.strength == "say" and (actor or can_be_said_to_speak(tokens, subject.first, subject.last)):
            return Attribution(speaker, (subject.first, clause_end(tokens, group)), "say", "before", group.lemma)
        if not actor or (tokens[subject.first].low == "it" and group.lemma not in LEMMAS):
            return None
        later = speech_later(tokens, group.at + 1)
        if group.strength == "weak" and later is None:
            if not any(token.low == QUOTE for token in tokens[group.at :]):
                return None
            return Attribution(speaker, (subject.first, group.at + 1), "position", "before", group.lemma)
        return Attribution(speaker, (subject.first, group.at + 1), "position", "before", group.lemma)
    return None


_CLAUSE_OPENERS = words("while although though if because since whereas unless until as when whether where")


def opens_adverbial(tokens: Sequence[Token], at: int) -> bool:
    low = tokens[at].low
    return (
        low in PREPOSITIONS
        or low in SUBORDINATORS
        or low in TIME_NOUNS
        or (low.endswith("ly") and len(low) > 5)
        or (
            low
            in (
                "this",
                "last",
                "next",
                "two",
                "three",
                "four",
                "five",
                "six",
                "seven",
                "eight",
                "ten",
                "several",
                "a",
                "the",
                "back",
                "minutes",
                "hours",
                "days",
                "weeks",
                "not",
                "nor",
                "no",
                "only",
                "it",
                "what",
            )
            and _time_phrase(tokens, at)
        )
        or (low.endswith("ing") and low in VERBS)
    )


def _time_phrase(tokens: Sequence[Token], at: int) -> bool:
    return any(token.low in TIME_NOUNS or token.low[:2] in ("19", "20") for token in tokens[at : at + 4])


def _after_bare_adverbial(tokens: Sequence[Token], start: int) -> int | None:
    """Where the subject begins after an adverbial without a comma ("In April 2031 Melikov ...")."""
    for here in range(start + 1, min(len(tokens) - 1, start + 14)):
        token, before = tokens[here], tokens[here - 1]
        if token.low in (",", ";", ":", QUOTE):
            return None
        if not begins_phrase(tokens, here) or before.low in PREPOSITIONS or before.low in DETERMINERS:
            continue
        closed = before.low in TIME_NOUNS or before.low[0].isdigit() or before.low in ADVERBS
        if closed and token.low not in TIME_NOUNS and not token.low[0].isdigit():
            return here
        if token.low in DETERMINERS and before.is_word and before.low not in VERBS:
            return here
        if token.is_capital and not before.is_capital and before.is_word and here > start + 1:
            return here
        if (
            token.is_capital
            and before.is_capital
            and token.low in TITLES
            and before.low not in TITLES
            and here > start + 1
        ):
            return here
    return None


_AFTER_SAY = words(
    "on in at to by from during after before while as when for with through via over late early this last that"
)


def _after_content(tokens: Sequence[Token], start: int) -> Attribution | None:
    """The speaker named after or between what is said: `..., X said`, `"...", said X`."""
    for candidate in _candidate_starts(tokens, start)[1:]:
        here = candidate
        low = tokens[here].low
        previous = tokens[here - 1].low
        if previous == ":":
            continue
        if low in INVERTIBLE and here + 1 < len(tokens) and begins_phrase(tokens, here + 1):
            if tokens[here + 1].low in ("that", "this", "no", "all", "it") and previous != QUOTE:
                continue
            first, last = phrase_from(tokens, here + 1)
            if last > first and can_speak(tokens, first, last):
                return Attribution((first, last), (here, _tail(tokens, last)), "say", "after", VERBS[low][0])
        if low in ("and", "but", "while", "whereas", "though", "although", "because", "who", "which"):
            continue
        if low == "as" and here + 1 < len(tokens):
            here += 1
        subject = subject_at(tokens, here)
        if subject is None:
            continue
        group = verb_group(tokens, subject.verb)
        quoted = previous == QUOTE and group.strength == "position" and group.lemma in LEMMAS
        if (group.strength != "say" and not quoted) or not can_speak(tokens, subject.first, subject.last):
            continue
        end = clause_end(tokens, group)
        if not _closes_clause(tokens, group, end, previous):
            continue
        return Attribution(speaker_phrase(tokens, subject), (here, _tail(tokens, end)), "say", "after", group.lemma)
    return None


def _closes_clause(tokens: Sequence[Token], group: VerbGroup, end: int, previous: str) -> bool:
    """Whether nothing but adverbials and addressees stands between the verb and the next mark."""
    if end >= len(tokens):
        return True
    low = tokens[end].low
    if not tokens[end].is_word:
        return True
    if previous == QUOTE:
        return low != "that" or True
    if low == "that":
        return False
    return (
        low in _AFTER_SAY
        or low in TIME_NOUNS
        or low in ADVERBS
        or group.lemma in ("tell", "inform", "assure", "warn", "remind")
    )


def _tail(tokens: Sequence[Token], at: int) -> int:
    """Index of the next mark or quotation."""
    while at < len(tokens) and tokens[at].is_word:
        at += 1
    return at


def _before_colon(tokens: Sequence[Token], start: int, names: frozenset[str]) -> Attribution | None:
    """`X, on the stairs: "..."`: the speaker of a quotation that fills the rest of the sentence."""
    colon = next((i for i in range(start, min(len(tokens), start + 30)) if tokens[i].low in (":", QUOTE)), None)
    if colon is None or colon + 1 >= len(tokens) or tokens[colon].low != ":":
        return None
    if tokens[colon + 1].low != QUOTE and not _is_bare_label(tokens, start, colon):
        return None
    at = start + 1 if tokens[start].low == "from" else start
    if not begins_phrase(tokens, at):
        return None
    subject = subject_at(tokens, at)
    first, last = (
        (subject.first, subject.last) if subject is not None and subject.verb < colon else phrase_from(tokens, at)
    )
    if last <= first or last > colon or not is_actor(tokens, first, last, names | {tokens[first].text}):
        return None
    return Attribution((first, last), (start, colon + 1), "say", "before", "colon")


def _is_bare_label(tokens: Sequence[Token], start: int, colon: int) -> bool:
    """Whether only a person or body, and a place, stands before a colon: "The union on local radio:"."""
    label = tokens[start:colon]
    if len(label) > 9 or any(token.low in AUXILIARIES or token.low in VERBS for token in label):
        return False
    low = tokens[head_of(tokens, start, colon)].low
    if low in ("source", "sources", "editor", "editing", "reporter", "writer", "secretariat", "author"):
        return False
    return low in PERSON_NOUNS or low in BODY_NOUNS or any(token.low in PERSON_NOUNS for token in label)


def _according(tokens: Sequence[Token]) -> Attribution | None:
    """`According to X, ...` and `..., according to X`."""
    for here in range(len(tokens) - 2):
        low, after = tokens[here].low, tokens[here + 1].low
        if (low == "according" and after == "to") or (
            low == "words" and after == "of" and here >= 2 and tokens[here - 2].low == "in"
        ):
            if not begins_phrase(tokens, here + 2):
                continue
            first, last = phrase_from(tokens, here + 2)
            head = tokens[head_of(tokens, first, last)].low
            if (
                last <= first
                or head in SPEECHLESS_NOUNS
                or head in ("media", "reports", "researchers", "news", "report")
            ):
                return None
            if tokens[here].is_capital and here > 0:
                return None  # a heading: "Obstacles to Talks, According to Kyiv"
            return Attribution(
                (first, last),
                (max(0, here if low == "according" else here - 2), _tail(tokens, last)),
                "say",
                "after",
                "according",
            )
    return None


def _according_to_paper(tokens: Sequence[Token]) -> bool:
    """Whether a source named by "according to" is a paper or a medium that passes on what others said."""
    source = _according(tokens)
    head = tokens[head_of(tokens, *source.speaker)].low if source is not None else ""
    return head in MEDIA_NOUNS or head in (
        "readout",
        "statement",
        "portal",
        "letter",
        "document",
        "transcript",
        "minutes",
    )


def _quoted_by(tokens: Sequence[Token]) -> Attribution | None:
    """`The agency quoted X as saying ...`."""
    for here in range(1, len(tokens) - 2):
        if tokens[here].low in ("quoted", "quotes", "cited", "quoting", "citing") and begins_phrase(tokens, here + 1):
            for end in range(here + 2, min(len(tokens) - 1, here + 20)):
                if tokens[end].low == "as" and tokens[end + 1].low in ("saying", "telling", "having"):
                    return Attribution((here + 1, end), (0, end + 2), "say", "before", "quote")
    return None


def _for_speaker(tokens: Sequence[Token], start: int, names: frozenset[str]) -> Attribution | None:
    """`For X, the talks are ...`."""
    for here in range(start, min(len(tokens) - 3, start + 30)):
        if tokens[here].low != "for" or not (here == start or tokens[here - 1].low in ";,"):
            continue
        if not begins_phrase(tokens, here + 1) or tokens[here + 1].low in (
            "its",
            "their",
            "his",
            "her",
            "the",
            "all",
        ):
            following = tokens[here + 2].low if here + 2 < len(tokens) else ""
            if following in ("part", "first", "time", "now", "moment"):
                continue
        first, last = phrase_from(tokens, here + 1)
        if last <= first or not is_actor(tokens, first, last, names):
            continue
        head = tokens[head_of(tokens, first, last)]
        if head.low not in PERSON_NOUNS and not (head.is_capital and head_of(tokens, first, last) > first):
            continue
        return Attribution((first, last), (here, min(last + 1, len(tokens))), "position", "before", "for")
    return None
