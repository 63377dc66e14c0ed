"""The candidate clauses of a statement as a linear model reads them: what is inside, before and after each.

Marks belong to a word, to where a clause begins, to where it ends, or to its shape, so that the many clauses
of one statement, which overlap, share them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

from stance.features.cues import candidate_spans
from stance.features.marks import ACTORS, Marked, MarkedCue
from stance.features.text import ModelInput

STEM = 5  # letters that words of one family share
NEARBY = 8  # cues looked at before and after a clause
STANCES = frozenset(["say", "demand", "urge", "blame", "refuse", "deny"])  # how a clause is introduced


class Clauses(NamedTuple):
    """Candidate clauses of one statement; marks are words between spaces."""

    spans: list[tuple[int, int]]  # `[start, end)` in the statement's characters, in reading order
    words: list[tuple[int, int]]  # of each span: `[first, last)` in `inside`
    begins: list[int]  # of each span: its place in `openings`
    ends: list[int]  # of each span: its place in `closings`
    shapes: list[str]  # of each span
    inside: list[str]  # marks of every word of the statement
    openings: list[str]  # marks of every place where a span begins
    closings: list[str]  # marks of every place where a span ends


def clauses_of(text: str, reading: ModelInput, statement: Marked) -> Clauses:
    """Candidate clauses of a statement's `text`, described by its reading and by the reading's cues."""
    spans = candidate_spans(text)
    cue_at = [cue.start for cue in statement.cues]
    names = [_name(cue) for cue in statement.cues]
    openings: dict[int, tuple[int, int, str]] = {}  # character: place, first word, marks
    closings: dict[int, tuple[int, int, str]] = {}
    found = Clauses(spans, [], [], [], [], _inside(statement, names), [], [])
    for start, end in spans:
        if start not in openings:
            word = bisect_left(statement.starts, reading.from_statement(start, start + 1)[0])
            marks = _opening(statement, names, word, bisect_left(cue_at, word))
            openings[start] = len(openings), word, marks
        if end not in closings:
            stop = reading.from_statement(max(0, end - 1), end)[1]
            word = bisect_left(statement.starts, stop)
            marks = _closing(statement, names, word, bisect_left(cue_at, word)) + f" at={reading.text[stop : stop + 1]}"
            closings[end] = len(closings), word, marks
        begins, first, _ = openings[start]
        ends, last, _ = closings[end]
        last = max(first, last)
        found.words.append((first, last))
        found.begins.append(begins)
        found.ends.append(ends)
        found.shapes.append(
            f"words={min(14, last - first) // 2} share={4 * (end - start) // max(1, len(text))}"
            f" from={4 * start // max(1, len(text))}"
        )
    found.openings.extend(marks for _, _, marks in openings.values())
    found.closings.extend(marks for _, _, marks in closings.values())
    return found


def _name(cue: MarkedCue) -> str:
    """What a cue is called in a sequence; empty for a topic."""
    return cue.prefix + cue.acts[0] if cue.acts else ""


def _inside(statement: Marked, names: Sequence[str]) -> list[str]:
    """Every word with its stem; the first word of a cue has the cue's marks too."""
    marks = [f"{word} stem={word[:STEM]}" if len(word) > STEM else word for word in statement.words]
    for cue, name, following in zip(statement.cues, names, [*names, ""][1:], strict=True):
        classes = " ".join(f"is={label}" for label in (*cue.acts, *cue.topics))
        marks[cue.start] += f" {classes} in={name} then={name}_{following}" if name else f" {classes}"
    return marks


def _opening(statement: Marked, names: Sequence[str], word: int, cue: int) -> str:
    """What stands where a clause may begin: its first words and cues, and what leads up to it."""
    words, before = statement.words, [name for name in names[max(0, cue - NEARBY) : cue] if name]
    inside = [name for name in names[cue : cue + 4] if name]
    actor, said = "none", ""
    for earlier in statement.cues[max(0, cue - NEARBY) : cue]:
        for act in earlier.acts:
            if act in ACTORS:
                actor = act
            elif act in STANCES:
                said = act
    first = "_".join(inside[:1])
    return " ".join(
        (
            f"first={'_'.join(words[word : word + 1])} two={'_'.join(words[word : word + 2])}",
            f"three={'_'.join(words[word : word + 3])}",
            f"after={'_'.join(words[max(0, word - 1) : word])} after_two={'_'.join(words[max(0, word - 2) : word])}",
            f"cue={first} cues={'_'.join(inside[:2])} led={'_'.join(before[-1:])} led_two={'_'.join(before[-2:])}",
            f"actor={actor} acts={actor}_{first} said={said}",
            *(f"earlier={name}" for name in dict.fromkeys(before)),
        )
    )


def _closing(statement: Marked, names: Sequence[str], word: int, cue: int) -> str:
    """What stands where a clause may end: its last word, and what follows."""
    words, later = statement.words, [name for name in names[cue : cue + NEARBY] if name]
    return " ".join(
        (
            f"last={'_'.join(words[max(0, word - 1) : word])} next={'_'.join(words[word : word + 1])}",
            f"next_two={'_'.join(words[word : word + 2])} next_cue={'_'.join(later[:1])}",
            *(f"later={name}" for name in dict.fromkeys(later)),
        )
    )
