"""The Python API: articles, statements or bare sentences in, labelled statements out, in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from stance.errors import ModelError
from stance.extraction import DEFAULT_EXTRACTOR, EXTRACTORS
from stance.models.bundle import Bundle, load_bundle
from stance.schema import Article, LabelledStatement, Statement
from stance.sources.furniture import mark_furniture

if TYPE_CHECKING:
    import pandas

CHAMPION = "models:/stance@champion"
REMOTE_SCHEMES = ("models:/", "runs:/")
CHUNK = 512  # statements labelled at once; bounds memory, changes no label


class StanceModel:
    """A trained model that labels whatever it is given.

    `name` identifies kind, settings and data, and stands in every row as `model`.
    """

    def __init__(self, bundle: Bundle, extractor: str = DEFAULT_EXTRACTOR) -> None:
        self.bundle = bundle
        self._extractor = EXTRACTORS[extractor]()

    @property
    def name(self) -> str:
        return self.bundle.name

    def predict(
        self, inputs: str | Statement | Article | Iterable[str | Statement | Article]
    ) -> list[LabelledStatement]:
        """Label statements; articles are taken apart into theirs first.

        A `str` is one statement. Returns the rows in the order of the input; an article yields as many
        as it holds statements, a `str` or `Statement` exactly one.
        Raises `TypeError` for anything else.
        """
        return list(self.stream([inputs] if isinstance(inputs, (str, Statement, Article)) else inputs))

    def predict_frame(
        self, inputs: str | Statement | Article | Iterable[str | Statement | Article]
    ) -> pandas.DataFrame:
        """Like `predict`, as a data frame with the flat columns of the CSV output."""
        from stance.report.frame import to_frame

        return to_frame(self.predict(inputs))

    def stream(self, inputs: Iterable[str | Statement | Article]) -> Iterator[LabelledStatement]:
        """Like `predict`, row by row, in memory bounded by one article and `CHUNK` statements."""
        statements = self._statements(inputs)
        while chunk := list(islice(statements, CHUNK)):
            yield from self.bundle.label(chunk)

    def _statements(self, inputs: Iterable[str | Statement | Article]) -> Iterator[Statement]:
        for item in inputs:
            if isinstance(item, str):
                yield Statement(item)
            elif isinstance(item, Statement):
                yield item
            elif isinstance(item, Article):
                yield from self._extractor.extract(item)
            else:
                raise TypeError(f"expected str, Statement or Article, got {type(item).__name__}")


def load_model(source: str | Path = CHAMPION, extractor: str = DEFAULT_EXTRACTOR) -> StanceModel:
    """Load a model from a folder or an MLflow URI (`models:/stance@champion`, `runs:/ID/model`).

    Raises `ModelError` if there is none there, or none that can be read and trusted.
    """
    if str(source).startswith(REMOTE_SCHEMES):
        from stance.tracking import fetch_model

        try:
            source = fetch_model(str(source))
        except ModelError as error:
            if str(source) != CHAMPION:
                raise
            raise ModelError(f"{error}; run `stance train CONFIG` first, or name a model folder with --model") from None
    return StanceModel(load_bundle(source), extractor)


def extract(article: str | Article, extractor: str = DEFAULT_EXTRACTOR) -> list[Statement]:
    """The statements of an article, each with its speaker, in reading order.

    A bare string is an article's text; page furniture in it is passed over.
    `text == article.text[start:end]` holds for every statement.
    """
    if isinstance(article, str):
        article = Article(article, furniture=mark_furniture(article))
    found: Sequence[Statement] = EXTRACTORS[extractor]().extract(article)
    return list(found)
