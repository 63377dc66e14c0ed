"""Score a saved model on labelled statements."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from stance.config import DataConfig, EvaluationConfig
from stance.corpus import load_articles, load_corpus, load_data, split_corpus, split_data
from stance.errors import InputError
from stance.extraction import Extractor
from stance.extraction.scoring import scores as extraction_scores
from stance.metrics import Scores, score
from stance.pipeline import StanceModel
from stance.schema import LabelledStatement, Statement

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
    overruled: int  # statements whose labels would differ if every task decided alone

    def to_dict(self) -> dict[str, Any]:
        return {
            "data": self.data,
            "part": self.part,
            "model": self.model,
            "seen_in_training": self.seen,
            "overruled_by_the_codebook": self.overruled,
            **self.scores.to_dict(),
        }


@dataclass(frozen=True)
class ExtractionEvaluation:
    """Scores of one extractor on the articles of one set of gold statements."""

    data: str
    part: str
    extractor: str
    articles: int
    scores: dict[str, float]
    found: list[Statement]
    seen: bool  # some of the articles were trained on

    def to_dict(self) -> dict[str, Any]:
        return {
            "data": self.data,
            "part": self.part,
            "extractor": self.extractor,
            "articles": self.articles,
            "seen_in_training": self.seen,
            "scores": self.scores,
        }


def evaluate_extractor(data: str | Path, extractor: Extractor, part: Part = "all") -> ExtractionEvaluation:
    """Find the statements in the articles of a corpus, headlines included, and compare them with the gold ones.

    `part` is one by the split the extractor was trained with, or for rules the one beside the corpus.
    Raises `InputError` for data that breaks the codebook or lacks an article.
    """
    corpus = load_corpus(data)
    settings = extractor.data or DataConfig(corpus=corpus.path)
    gold = corpus.statements if part == "all" else split_corpus(corpus, settings).parts()[part]
    articles = load_articles(replace(corpus, statements=gold))
    found = [statement for article in articles.values() for statement in extractor.extract(article)]
    scores = extraction_scores(gold, found, {article_id: article.text for article_id, article in articles.items()})
    seen = corpus.digest == extractor.data_digest and part in ("all", "train")
    return ExtractionEvaluation(str(data), part, extractor.name, len(articles), scores, found, seen)


def evaluate(
    data: str | Path, model: StanceModel, part: Part = "all", settings: EvaluationConfig | None = None
) -> Evaluation:
    """Label the statements of a corpus, or of the part of it that the model's own split names, and score them.

    Raises `InputError` for data that breaks the codebook.
    """
    config = model.bundle.config
    corpus = load_data(data, config)
    if part == "test" and config.data.test is not None:
        raise InputError(
            data,
            problem=f"the model was tested on {config.data.test} and has learnt from this; name that without --part",
        )
    gold = corpus.statements if part == "all" else split_data(corpus, config).parts()[part]
    predicted = model.bundle.classifier.predict_proba(gold)
    rows = model.bundle.decision.label(gold, predicted, model.name)
    overruled = int(model.bundle.decision.overruled(predicted).sum())
    seen = corpus.digest == model.bundle.data_digest and part in ("all", "train")
    scores = score(gold, rows, settings or config.evaluation, config.label_tasks)
    return Evaluation(str(data), part, model.name, scores, rows, seen, overruled)
