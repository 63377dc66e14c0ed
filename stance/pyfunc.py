"""What MLflow loads a saved model by (`loader_module`): no pickle, no code in the artefact."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stance.pipeline import StanceModel, load_model
from stance.schema import STATEMENT_FIELDS, Statement

if TYPE_CHECKING:
    import pandas


class PyfuncModel:
    """Takes a data frame with `text` and optionally any other statement field; gives the flat columns."""

    def __init__(self, model: StanceModel) -> None:
        self.model = model

    def predict(self, frame: pandas.DataFrame, params: dict[str, Any] | None = None) -> pandas.DataFrame:
        """One row out for each row in, in the same order."""
        known = [name for name in STATEMENT_FIELDS if name in frame.columns]
        columns = {name: frame[name].astype(object).where(frame[name].notna(), None).tolist() for name in known}
        statements = [
            Statement(**{name: values[i] for name, values in columns.items() if values[i] is not None})
            for i in range(len(frame))
        ]
        return self.model.predict_frame(statements)


def _load_pyfunc(path: str) -> PyfuncModel:
    return PyfuncModel(load_model(path))
