"""A statement as a sequence of cues: what is done, in which order, and whether it is negated.

Words tell one dispute from another; cues are what disputes have in common, so that a model that reads both
carries further. All marks are text, so that a linear model's weights can be read by name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from stance.features.lexicon import Lexicon
from stance.features.text import NAME, OTHER, SIDE, SPEAKER

NEGATED_WORDS = 5  # a negation reaches this many words, or to the end of its clause
SKIPPED = 4  # cues at most this far apart are paired
TOPIC = "topic_"  # begins the classes that say what a condition is about
ACTORS = frozenset(["own", "third", "other_side", "both"])  # classes that say who acts
NEVER_NEGATED = ACTORS | {"negation"}
APART = ACTORS | {"policy"}  # classes that are no part of a sequence

_TOKEN = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*|\d+|[^\w\s]")
_MARKS = frozenset([SPEAKER, SIDE, OTHER, NAME])
_CLAUSE_ENDS = frozenset([*'.;:!?"', "but", "and", "that", "who", "which", "while", "although"])


class MarkedCue(NamedTuple):
    """A cue at the words `[start, end)`."""

    start: int
    end: int
    acts: tuple[str, ...]  # classes that say who acts and what they do
    topics: tuple[str, ...]  # classes that say what a condition is about
    prefix: str  # "not_" in a negation's reach, else empty


class Marked(NamedTuple):
    """A statement's words in lower case (marks for names as they are), where each begins, and its cues."""

    words: list[str]
    starts: list[int]
    cues: list[MarkedCue]


def marked(text: str, lexicon: Lexicon) -> Marked:
    """Find the cues of a text as `model_input` renders it; linear in its length."""
    tokens = [(match[0], match.start()) for match in _TOKEN.finditer(text)]
    words = [word if word in _MARKS else word.lower() for word, _ in tokens]
    cues: list[MarkedCue] = []
    negation, seen = -NEGATED_WORDS - 1, 0
    for start, end, classes in lexicon.find(words):
        if not _CLAUSE_ENDS.isdisjoint(words[seen:start]):
            negation = -NEGATED_WORDS - 1
        seen = end
        topics = tuple(name for name in classes if name.startswith(TOPIC))
        acts = tuple(name for name in classes if name not in topics) if topics else classes
        cues.append(MarkedCue(start, end, acts, topics, "not_" if start - negation <= NEGATED_WORDS else ""))
        if "negation" in acts:
            negation = start
    return Marked(words, [start for _, start in tokens], cues)


def statement_marks(statement: Marked) -> str:
    """Cues alone, negated, and in sequence: marks between spaces.

    Actors stand alone: telling who does what made no model better, though for clauses it does.
    """
    found: list[str] = []
    for cue in statement.cues:
        found += cue.acts
        found += cue.topics
        if cue.prefix:
            found += [f"not_{name}" for name in (*cue.acts, *cue.topics) if name not in NEVER_NEGATED]
    sequence = [
        "<",
        *(cue.prefix + cue.acts[0] for cue in statement.cues if cue.acts and cue.acts[0] not in APART),
        ">",
    ]
    for at, cue_name in enumerate(sequence):
        following = sequence[at + 1 : at + 1 + SKIPPED]
        if following:
            found.append(f"{cue_name}_{following[0]}")
        if len(following) > 1:
            found.append(f"{cue_name}_{following[0]}_{following[1]}")
        found += [f"{cue_name}..{later}" for later in following[1:]]
    return " ".join([*found, *_frame(statement.words)])


def topic_marks(statement: Marked) -> str:
    """The classes of all cues, and nothing of their order: marks between spaces."""
    return " ".join(["none", *(name for cue in statement.cues for name in (*cue.acts, *cue.topics))])


def _frame(words: Sequence[str]) -> list[str]:
    """How a statement begins and ends, how long it is, how much of it is quoted."""
    return [
        f"first={'_'.join(words[:1])}",
        f"two={'_'.join(words[:2])}",
        f"last={'_'.join(words[-2:])}",
        f"length={min(8, len(words) // 5)}",
        f"quoted={min(2, words.count(chr(34)) // 2)}",
    ]
