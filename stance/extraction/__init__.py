"""Article -> Statements: who says what, where. A new extractor is a file here and a line in `EXTRACTORS`."""

from stance.registry import Registry

EXTRACTORS = Registry("extractor", {"rules": "stance.extraction.rules:RulesExtractor"})

__all__ = ["EXTRACTORS"]
