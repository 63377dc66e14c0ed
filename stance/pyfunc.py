"""What MLflow loads a saved model by (`loader_module`): no pickle, no code in the artefact."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stance.extraction import Extractor
from stance.models import TAGGERS
from stance.models.bundle import MODEL_FILE, read_about
from stance.pipeline import StanceModel, load_extractor, load_model
from stance.schema import ARTICLE_FIELDS, STATEMENT_FIELDS, Article, Statement
from stance.sources.furniture import mark_furniture

if TYPE_CHECKING:
    import pandas


class PyfuncModel:
    """Takes a data frame with `text` and optionally any other statement field; gives the flat columns."""

    def __init__(self, model: StanceModel) -> None:
        self.model = model

    def predict(self, frame: pandas.DataFrame, params: dict[str, Any] | None = None) -> pandas.DataFrame:
        """One row out for each row in, in the same order."""
        return self.model.predict_frame([Statement(**row) for row in _rows(frame, STATEMENT_FIELDS)])


class PyfuncExtractor:
    """Takes a data frame of articles with `text` and optionally any other article field; gives their statements."""

    def __init__(self, extractor: Extractor) -> None:
        self.extractor = extractor

    def predict(self, frame: pandas.DataFrame, params: dict[str, Any] | None = None) -> pandas.DataFrame:
        """One row out for each statement, article by article."""
        import pandas

        articles = [Article(**row, furniture=mark_furniture(row["text"])) for row in _rows(frame, ARTICLE_FIELDS)]
        found = [statement for article in articles for statement in self.extractor.extract(article)]
        return pandas.DataFrame(
            [{name: getattr(statement, name) for name in STATEMENT_FIELDS} for statement in found],
            columns=list(STATEMENT_FIELDS),
        )


def _rows(frame: pandas.DataFrame, fields: Sequence[str]) -> list[dict[str, Any]]:
    """The known fields of every row, without what is missing."""
    known = [name for name in fields if name in frame.columns]
    columns = {name: frame[name].astype(object).where(frame[name].notna(), None).tolist() for name in known}
    return [{name: values[i] for name, values in columns.items() if values[i] is not None} for i in range(len(frame))]


def _load_pyfunc(path: str) -> PyfuncModel | PyfuncExtractor:
    if read_about(Path(path) / MODEL_FILE)["kind"] in TAGGERS:
        return PyfuncExtractor(load_extractor(path))
    return PyfuncModel(load_model(path))
