"""Scores of predicted labels against gold ones, each with its support and a bootstrap interval.

Macro-F1 is the mean of the F1 of the labels that occur in gold. Intervals resample whole articles,
since statements of one article are not independent (percentile bootstrap; Efron and Tibshirani, 1993,
chapter 13).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stance.config import EvaluationConfig
from stance.schema import ConditionSpan, LabelledStatement
from stance.tasks import CONDITIONS, TASKS, LabelTask, Tasks

RELIABILITY_BINS = 15


@dataclass(frozen=True)
class LabelScore:
    """Precision, recall and F1 of one label, in [0, 1]; support counts gold statements."""

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True)
class TaskScore:
    """One task on n statements. `low` and `high` bound macro-F1; both are None without resampling."""

    macro_f1: float
    micro_f1: float  # of all labels' counts together; for a single-label task the same as accuracy
    low: float | None
    high: float | None
    accuracy: float  # for conditions: share of statements whose set of labels is equal
    support: int  # statements; for conditions: gold labels
    labels: dict[str, LabelScore]
    ece: float | None = None  # expected calibration error, in [0, 1]; None for rows without probabilities


@dataclass(frozen=True)
class SpanScore:
    """Condition spans, label included: F1 of spans equal to the letter, and of shared characters."""

    exact_f1: float
    overlap_f1: float
    support: int  # gold spans


@dataclass(frozen=True)
class Scores:
    """All scores of one set of predictions."""

    statements: int
    articles: int
    tasks: dict[str, TaskScore] = field(default_factory=dict)
    spans: SpanScore | None = None

    @property
    def mean_macro_f1(self) -> float:
        """Mean over tasks; what early stopping and the champion go by."""
        return float(np.mean([task.macro_f1 for task in self.tasks.values()]))

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def score(
    gold: Sequence[LabelledStatement],
    predicted: Sequence[LabelledStatement],
    evaluation: EvaluationConfig,
    tasks: Tasks = TASKS,
) -> Scores:
    """Compare predictions with gold, statement by statement in the same order.

    Raises `ValueError` if the two differ in length or in a text.
    """
    if len(gold) != len(predicted) or any(g.text != p.text for g, p in zip(gold, predicted, strict=True)):
        raise ValueError("gold and predicted must hold the same statements in the same order")
    articles = np.unique([s.article_id or s.statement_id for s in gold], return_inverse=True)[1]
    return Scores(
        statements=len(gold),
        articles=int(articles.max(initial=-1)) + 1,
        tasks={name: _score_task(task, gold, predicted, articles, evaluation) for name, task in tasks.items()},
        spans=score_spans([g.conditions for g in gold], [p.conditions for p in predicted])
        if CONDITIONS.name in tasks
        else None,
    )


@dataclass(frozen=True)
class Reliability:
    """How often predictions of like confidence are right, in equal bins from 0 to 1; arrays of shape (n_bins,).

    Single-label tasks: the chosen label's probability. Conditions: every label's probability, all labels
    together. Empty bins hold nan.
    """

    confidence: NDArray[np.float64]  # mean probability in the bin
    right: NDArray[np.float64]  # share that holds in gold
    count: NDArray[np.int64]

    @property
    def ece(self) -> float:
        """Expected calibration error: mean gap of the two, by count (Naeini et al., 2015)."""
        met = self.count > 0
        gaps = np.abs(self.confidence[met] - self.right[met])
        return float(np.average(gaps, weights=self.count[met])) if met.any() else 0.0


def reliability(
    task: LabelTask,
    gold: Sequence[LabelledStatement],
    predicted: Sequence[LabelledStatement],
    n_bins: int = RELIABILITY_BINS,
) -> Reliability:
    """Compare the probabilities of predicted rows with gold, statement by statement."""
    proba = np.array([[row.proba[task.name][label] for label in task.labels] for row in predicted if row.proba])
    y_true = _one_hot(task, gold)
    if task.kind == "single":
        top = proba.argmax(axis=1)[:, None]
        proba, y_true = np.take_along_axis(proba, top, 1), np.take_along_axis(y_true, top, 1)
    bins = np.minimum((proba * n_bins).astype(np.int64), n_bins - 1).ravel()
    count = np.bincount(bins, minlength=n_bins)
    with np.errstate(invalid="ignore"):
        confidence, right = (
            np.bincount(bins, weights=values.ravel(), minlength=n_bins) / count for values in (proba, y_true)
        )
    return Reliability(confidence, right, count)


def score_spans(gold: Sequence[Sequence[ConditionSpan]], predicted: Sequence[Sequence[ConditionSpan]]) -> SpanScore:
    """Micro F1 over the spans of all statements; a span counts only under its own label."""
    totals = np.array([span_counts(*pair) for pair in zip(gold, predicted, strict=True)]).reshape(-1, 6).sum(axis=0)
    hits, n_gold, n_predicted, shared, gold_chars, predicted_chars = (int(total) for total in totals)
    return SpanScore(_dice(hits, n_gold, n_predicted), _dice(shared, gold_chars, predicted_chars), n_gold)


def span_counts(first: Sequence[ConditionSpan], second: Sequence[ConditionSpan]) -> tuple[int, int, int, int, int, int]:
    """What span F1 of one statement follows from: spans equal, in first, in second; then characters likewise.

    Labels count: the same stretch under another label is another span, and other characters.
    """
    exact = [{(c.label, c.start, c.end) for c in spans} for spans in (first, second)]
    letters = [{(c.label, i) for c in spans for i in range(c.start, c.end)} for spans in (first, second)]
    (a, b), (c, d) = exact, letters
    return len(a & b), len(a), len(b), len(c & d), len(c), len(d)


def confusion(
    task: LabelTask, gold: Sequence[LabelledStatement], predicted: Sequence[LabelledStatement]
) -> NDArray[np.int64]:
    """Confusion counts, gold in rows.

    Shape (n_labels, n_labels) for a single-label task. For conditions (n_labels + 1, n_labels + 1),
    last row and column "none": labels that both have on the diagonal, then every missed label against
    every surplus one of its statement, or against "none" where there is no surplus.
    """
    y_true, y_pred = task.gold(gold), task.gold(predicted)
    if task.kind == "single":
        matrix = np.zeros((len(task.labels),) * 2, dtype=np.int64)
        np.add.at(matrix, (y_true, y_pred), 1)
        return matrix
    none = len(task.labels)
    matrix = np.zeros((none + 1, none + 1), dtype=np.int64)
    for true, pred in zip(y_true, y_pred, strict=True):
        for label in np.flatnonzero(true & pred):
            matrix[label, label] += 1
        missed, surplus = np.flatnonzero(true & ~pred & 1), np.flatnonzero(pred & ~true & 1)
        for m in missed:
            for s in surplus if len(surplus) else [none]:
                matrix[m, s] += 1
        if not len(missed):
            for s in surplus:
                matrix[none, s] += 1
        if not true.any() and not pred.any():
            matrix[none, none] += 1
    return matrix


def _score_task(
    task: LabelTask,
    gold: Sequence[LabelledStatement],
    predicted: Sequence[LabelledStatement],
    articles: NDArray[np.int64],
    evaluation: EvaluationConfig,
) -> TaskScore:
    y_true, y_pred = (_one_hot(task, rows) for rows in (gold, predicted))
    n_articles = int(articles.max(initial=-1)) + 1
    # counts[article, label] of true positives, gold and predicted, so that a resample is a weighted sum
    counts = np.zeros((3, n_articles, len(task.labels)))
    for plane, hot in enumerate((y_true & y_pred, y_true, y_pred)):
        np.add.at(counts[plane], articles, hot)
    true_positive, n_gold, n_predicted = counts.sum(axis=1)
    f1 = _dice_array(true_positive, n_gold, n_predicted)
    low = high = None
    if evaluation.resamples and n_articles > 1:
        rng = np.random.default_rng(evaluation.seed)
        weights = rng.multinomial(n_articles, np.full(n_articles, 1 / n_articles), size=evaluation.resamples)
        sampled = np.einsum("ra,pal->prl", weights, counts)
        macros = _macro(_dice_array(*sampled), sampled[1])
        tail = (1 - evaluation.confidence) / 2
        low, high = (float(bound) for bound in np.quantile(macros, [tail, 1 - tail]))
    return TaskScore(
        macro_f1=float(_macro(f1, n_gold)),
        micro_f1=_dice(int(true_positive.sum()), int(n_gold.sum()), int(n_predicted.sum())),
        low=low,
        high=high,
        accuracy=float((y_true == y_pred).all(axis=1).mean()) if len(gold) else 0.0,
        support=int(n_gold.sum()),
        labels={
            label: LabelScore(
                precision=float(true_positive[i] / n_predicted[i]) if n_predicted[i] else 0.0,
                recall=float(true_positive[i] / n_gold[i]) if n_gold[i] else 0.0,
                f1=float(f1[i]),
                support=int(n_gold[i]),
            )
            for i, label in enumerate(task.labels)
        },
        ece=reliability(task, gold, predicted).ece if predicted and all(row.proba for row in predicted) else None,
    )


def _one_hot(task: LabelTask, rows: Sequence[LabelledStatement]) -> NDArray[np.int64]:
    labels = task.gold(rows)
    return np.eye(len(task.labels), dtype=np.int64)[labels] if task.kind == "single" else labels


def _macro(f1: NDArray[np.float64], n_gold: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean over the labels on the last axis that gold has."""
    present = n_gold > 0
    total: NDArray[np.float64] = np.where(present, f1, 0).sum(axis=-1) / np.maximum(present.sum(axis=-1), 1)
    return total


def _dice_array(shared: NDArray[np.float64], a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    return 2 * shared / np.maximum(a + b, 1)


def _dice(shared: int, a: int, b: int) -> float:
    """F1 of two sets by their sizes; 1 if both are empty."""
    return 2 * shared / (a + b) if a + b else 1.0
