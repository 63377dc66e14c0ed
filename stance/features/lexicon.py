"""The cue lexicon: words and phrases that say what a speaker wants, refuses or requires, each with its class.

The entries are data, `lexicon.csv` beside this file: `entry,class`, an entry being one to six words in lower
case, a word ending in `*` standing for every word that begins so, SPEAKER, SIDE, OTHER and NAME for the marks
of `text.py`. An entry may have several classes. A class `topic_LABEL` gathers what a condition LABEL is about;
the others say who acts, what they do and how it is put (readiness, refusal, requirement markers, blame, ...).
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

LEXICON = "lexicon.csv"
REMEMBERED = 50_000  # words whose entries are kept at hand
NOT = "n't"  # the entry that every word ending so belongs to


class Cue(NamedTuple):
    """An entry found at the words `[start, end)`, with its classes."""

    start: int
    end: int
    classes: tuple[str, ...]


class Lexicon:
    """Entries and their classes, ready to be looked up; never changes."""

    def __init__(self, entries: Iterable[Sequence[str]]) -> None:
        self.entries = tuple((entry, name) for entry, name in entries)
        self._tree: dict[str, Any] = {}  # word -> tree of what may follow; "" -> classes of the entry that ends here
        for entry, name in self.entries:
            node = self._tree
            for word in entry.split():
                node = node.setdefault(word, {})
            node[""] = (*node.get("", ()), name)
        stems = {word for entry, _ in self.entries for word in entry.split() if word.endswith("*")}
        self._stems = frozenset(stems)
        self._lengths = sorted({len(stem) - 1 for stem in stems})
        self._forms = lru_cache(REMEMBERED)(self._forms_of)
        self._beginning = lru_cache(REMEMBERED)(self._beginning_of)

    def find(self, words: Sequence[str]) -> list[Cue]:
        """The entries in a text, in reading order, the longest at each place; none overlap."""
        found: list[Cue] = []
        at = 0
        while at < len(words):
            nodes = self._beginning(words[at])
            at += 1
            longest: Cue | None = None
            reach = at
            while nodes:
                here = dict.fromkeys(name for node in nodes for name in node.get("", ()))
                if here:
                    longest = Cue(at - 1, reach, tuple(here))
                if reach == len(words):
                    break
                nodes = [node[form] for node in nodes for form in self._forms(words[reach]) if form in node]
                reach += 1
            if longest:
                found.append(longest)
                at = longest.end
        return found

    def _beginning_of(self, word: str) -> list[dict[str, Any]]:
        """What may follow a word that opens an entry."""
        return [self._tree[form] for form in self._forms(word) if form in self._tree]

    def _forms_of(self, word: str) -> tuple[str, ...]:
        """How a word may be written in an entry: itself, and its stems."""
        stems = [stem for n in self._lengths if n <= len(word) and (stem := word[:n] + "*") in self._stems]
        return (word, *stems, *([NOT] if word.endswith(NOT) else []))


@cache
def shipped_lexicon() -> Lexicon:
    """The lexicon of `lexicon.csv`."""
    lines = files(__package__).joinpath(LEXICON).read_text(encoding="utf-8").splitlines()
    return Lexicon((row["entry"], row["class"]) for row in csv.DictReader(lines))
