"""Article -> Statements: who says what, where. A new extractor is a file here and a line in `EXTRACTORS`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from stance.registry import Registry

if TYPE_CHECKING:
    from stance.config import DataConfig
    from stance.schema import Article, Statement

EXTRACTORS = Registry("extractor", {"rules": "stance.extraction.rules:RulesExtractor"})  # those that need no model

DEFAULT_EXTRACTOR = "rules"

__all__ = ["DEFAULT_EXTRACTOR", "EXTRACTORS", "Extractor"]


class Extractor(Protocol):
    """What finds an article's statements; `data` and `data_digest` tell what it was trained on, if on anything."""

    name: str
    data: DataConfig | None
    data_digest: str

    def extract(self, article: Article) -> list[Statement]:
        """The article's statements in reading order; `text == article.text[start:end]` for each."""
        ...
