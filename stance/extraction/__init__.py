"""Article -> Statements: who says what, where. A new extractor is a file here and a line in `EXTRACTORS`."""

from stance.registry import Registry

EXTRACTORS = Registry("extractor", {"rules": "stance.extraction.rules:RulesExtractor"})

DEFAULT_EXTRACTOR = "rules"

__all__ = ["DEFAULT_EXTRACTOR", "EXTRACTORS"]
