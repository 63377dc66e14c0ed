"""Score a saved model on labelled statements."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from stance.config import EvaluationConfig
from stance.corpus import load_corpus, split_corpus
from stance.errors import InputError
from stance.metrics import Scores, score
from stance.pipeline import StanceModel
from stance.schema import LabelledStatement

Part = Literal["all", "train", "dev", "test"]


@dataclass(frozen=True)
class Evaluation:
    """Scores of one model on one set of labelled statements."""

    data: str
    part: str
    model: str
    scores: Scores
    rows: list[LabelledStatement]  # as predicted
    seen: bool  # some of the statements were trained on

    def to_dict(self) -> dict[str, Any]:
        return {
            "data": self.data,
            "part": self.part,
            "model": self.model,
            "seen_in_training": self.seen,
            **self.scores.to_dict(),
        }


def evaluate(
    data: str | Path, model: StanceModel, part: Part = "all", settings: EvaluationConfig | None = None
) -> Evaluation:
    """Label the statements of a corpus, or of the part of it that the model's own split names, and score them.

    Raises `InputError` for data that breaks the codebook.
    """
    config = model.bundle.config
    corpus = load_corpus(data)
    if part == "test" and config.data.test is not None:
        raise InputError(
            data,
            problem=f"the model was tested on {config.data.test} and has learnt from this; name that without --part",
        )
    gold = corpus.statements if part == "all" else split_corpus(corpus, config.data).parts()[part]
    rows = model.bundle.label(gold)
    seen = corpus.digest == model.bundle.data_digest and part in ("all", "train")
    scores = score(gold, rows, settings or config.evaluation, config.tasks)
    return Evaluation(str(data), part, model.name, scores, rows, seen)
