"""The types everything is built of: frozen, and shared by gold and predicted data alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

QUOTATIONS = ("direct", "indirect", "mixed")


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text, `[start, end)` in Python string indices."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ConditionSpan(Span):
    """A requirement stated in a statement; offsets count from the statement's start."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Article:
    """A news article. All offsets of its statements refer to `text`, exactly as held here."""

    text: str
    article_id: str = ""
    title: str = ""
    date: str = ""  # ISO 8601, as exact as known
    url: str = ""
    source: str = ""
    furniture: tuple[Span, ...] = ()  # share bars, cookie notes, ...: no statement comes from here


@dataclass(frozen=True, slots=True)
class Statement:
    """What one speaker is responsible for in an article (codebook, section 1).

    Only `text` is required, so that a bare sentence can be labelled. With an article,
    `text == article.text[start:end]` holds.
    """

    text: str
    statement_id: str = ""
    article_id: str = ""
    start: int | None = None
    end: int | None = None
    context: str = ""
    speaker: str = ""
    speaker_id: str = ""
    side: str = ""
    target: str = ""
    quotation: str = ""
    date: str = ""
    domain: str = ""  # family of disputes the article belongs to; splits keep domains apart


@dataclass(frozen=True, slots=True)
class LabelledStatement(Statement):
    """A statement with its labels, gold or predicted (codebook, sections 2 to 4)."""

    openness: str = ""
    conditions: tuple[ConditionSpan, ...] = ()
    stance: str = ""
    own: Mapping[str, str] = field(default_factory=dict)  # task -> label, for tasks that a config adds
    proba: Mapping[str, Mapping[str, float]] | None = None  # task -> label -> [0, 1]; predicted rows only
    model: str = ""  # what predicted the labels; empty for gold

    @property
    def condition_labels(self) -> tuple[str, ...]:
        """The conditions' labels in codebook order of appearance, each once."""
        return tuple(dict.fromkeys(span.label for span in self.conditions))


STATEMENT_FIELDS = tuple(f.name for f in fields(Statement))
ARTICLE_FIELDS = tuple(f.name for f in fields(Article) if f.name != "furniture")  # those that are text
