"""Who is open to talks, under which conditions, and do they favour them: answered from news text.

import stance

model = stance.load_model("models/baseline")
rows = model.predict(["We will sit down once the shelling stops."])
statements = stance.extract(article_text)
run = stance.train("configs/baseline.yaml", {"model.params.C": 4})
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from stance.errors import ConfigError, InputError, ModelError, StanceError, TrackingError
from stance.schema import Article, ConditionSpan, LabelledStatement, Span, Statement

if TYPE_CHECKING:
    from stance.evaluation import evaluate
    from stance.pipeline import StanceModel, extract, load_extractor, load_model
    from stance.training import train

_LATE = {  # what needs libraries that take seconds to load
    "StanceModel": "stance.pipeline",
    "extract": "stance.pipeline",
    "load_extractor": "stance.pipeline",
    "load_model": "stance.pipeline",
    "train": "stance.training",
    "evaluate": "stance.evaluation",
}

__all__ = [
    "Article",
    "ConditionSpan",
    "ConfigError",
    "InputError",
    "LabelledStatement",
    "ModelError",
    "Span",
    "StanceError",
    "StanceModel",
    "Statement",
    "TrackingError",
    "evaluate",
    "extract",
    "load_extractor",
    "load_model",
    "train",
]


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(f"module 'stance' has no attribute {name!r}")
    value = getattr(import_module(_LATE[name]), name)
    globals()[name] = value
    return value
