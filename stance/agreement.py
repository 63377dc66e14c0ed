"""How far two annotators agree: Krippendorff's alpha per task and label, condition spans, what to settle.

Alpha is 1 for perfect agreement, 0 for what chance gives, below 0 for systematic disagreement.
Source: Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability".
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import asdict, dataclass
from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stance.config import EvaluationConfig
from stance.metrics import confusion, span_counts
from stance.schema import LabelledStatement
from stance.tasks import CONDITIONS, TASKS, LabelTask

Distance = Callable[[Any, Any], float]  # of two values, in [0, 1]; 0 for equal ones
Values = Sequence[Hashable]  # one annotator's value per statement; None where they gave none
SPANS = "spans"  # in the list of disagreements: same condition labels, other words


def nominal_distance(a: Hashable, b: Hashable) -> float:
    """0 for equal values, 1 for all others."""
    return float(a != b)


def masi_distance(a: frozenset[str], b: frozenset[str]) -> float:
    """Distance between two annotators' condition sets for one statement.

    Returns a number in [0, 1]: 0 for equal sets (two empty ones included), 1 for sets that share nothing.
    Source: Passonneau (2006), "Measuring Agreement on Set-valued Items", LREC.
    """
    if a == b:
        return 0.0
    shared, union = len(a & b), len(a | b)
    return 1 - shared / union * (2 / 3 if a <= b or b <= a else 1 / 3)


def krippendorff_alpha(*readings: Values, distance: Distance = nominal_distance) -> float:
    """Krippendorff's alpha of two or more annotators, at most 1.

    `readings[i][j]` is what annotator i made of statement j, None where nothing; a statement with fewer
    than two values is passed over. NaN where no statement has two values or all values are the same:
    without variation alpha is not defined.
    Raises `ValueError` where the readings differ in length.
    """
    return _Alpha(readings, distance, np.zeros(len(readings[0]), dtype=np.int64)).value


@dataclass(frozen=True)
class Alpha:
    """One alpha with its bootstrap interval; `alpha`, `low` and `high` are None where not defined."""

    alpha: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class LabelAgreement(Alpha):
    """Alpha of one label against all the rest, and how often each annotator chose it."""

    first: int
    second: int


@dataclass(frozen=True)
class TaskAgreement(Alpha):
    """One task: nominal alpha, or alpha with MASI distance on the sets for conditions.

    `mean_label_alpha` is the mean over the labels whose alpha is defined. `matrix` counts the first
    annotator's labels (rows) against the second's (columns), in the order of `matrix_labels`; for
    conditions as in `metrics.confusion`.
    """

    statements: int  # labelled by both
    equal: int  # with equal labels
    mean_label_alpha: float | None
    labels: dict[str, LabelAgreement]
    matrix_labels: tuple[str, ...]
    matrix: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class SpanAgreement:
    """Condition spans, label included: F1 of spans equal to the letter, and of shared characters."""

    exact_f1: float | None
    exact_low: float | None
    exact_high: float | None
    overlap_f1: float | None
    overlap_low: float | None
    overlap_high: float | None
    first: int  # spans
    second: int


@dataclass(frozen=True)
class Disagreement:
    """One thing to settle. Labels are in codebook order; spans read `label: words`."""

    statement_id: str
    task: str  # a label task, or "spans": the same condition labels with other words
    first: tuple[str, ...]
    second: tuple[str, ...]
    text: str  # empty where neither file holds it


@dataclass(frozen=True)
class Agreement:
    """Everything two annotators' labels of the same statements say about their agreement."""

    statements: int
    articles: int
    tasks: dict[str, TaskAgreement]
    spans: SpanAgreement
    disagreements: tuple[Disagreement, ...]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def compare(
    first: Sequence[LabelledStatement], second: Sequence[LabelledStatement], settings: EvaluationConfig
) -> Agreement:
    """Compare two annotators' labels of the same statements, in the same order.

    A single-label task left empty (`""`) is missing data. Intervals resample whole articles, which are
    named by `article_id` or the part of `statement_id` before its last colon.
    Raises `ValueError` if the two do not hold the same ids in the same order.
    """
    if [s.statement_id for s in first] != [s.statement_id for s in second]:
        raise ValueError("both must label the same statements in the same order")
    names = [a.article_id or b.article_id or _article_of(a.statement_id) for a, b in zip(first, second, strict=True)]
    articles = np.unique(names, return_inverse=True)[1].astype(np.int64)
    return Agreement(
        statements=len(first),
        articles=len(set(names)),
        tasks={name: _compare_task(task, first, second, articles, settings) for name, task in TASKS.items()},
        spans=_compare_spans(first, second, articles, settings),
        disagreements=tuple(_disagreements(first, second)),
    )


class _Alpha:
    """Sums per article from which alpha follows, for all statements or for a resample of articles."""

    def __init__(self, readings: Sequence[Values], distance: Distance, articles: NDArray[np.int64]) -> None:
        values = list(dict.fromkeys(v for reading in readings for v in reading if v is not None))
        index = {value: i for i, value in enumerate(values)}
        n_articles = int(articles.max(initial=-1)) + 1
        self.counts = np.zeros((n_articles, len(values)))  # pairable values
        self.observed = np.zeros(n_articles)  # disagreement, summed over ordered pairs
        for article, unit in zip(articles, zip(*readings, strict=True), strict=True):
            given = Counter(value for value in unit if value is not None)
            size = given.total()
            if size < 2:
                continue
            for value, times in given.items():
                self.counts[article, index[value]] += times
            apart = sum(distance(a, b) * given[a] * given[b] for a, b in permutations(given, 2))
            self.observed[article] += apart / (size - 1)
        self.distances = np.array([[distance(a, b) for b in values] for a in values]).reshape((len(values),) * 2)

    @property
    def value(self) -> float:
        return float(self.of(np.ones((1, len(self.observed))))[0])

    def of(self, weights: NDArray[Any]) -> NDArray[np.float64]:
        """Alpha of every resample; `weights`: (n_resamples, n_articles), how often each article was drawn."""
        counts = weights @ self.counts
        total = counts.sum(axis=1)
        expected = ((counts @ self.distances) * counts).sum(axis=1)
        # alpha = 1 - (observed / total) / (expected / (total (total - 1)))
        alpha = np.full(len(weights), np.nan)
        scaled = (weights @ self.observed) * (total - 1)
        np.divide(scaled, expected, out=alpha, where=expected > 0)
        return 1 - alpha


def _compare_task(
    task: LabelTask,
    first: Sequence[LabelledStatement],
    second: Sequence[LabelledStatement],
    articles: NDArray[np.int64],
    settings: EvaluationConfig,
) -> TaskAgreement:
    readings = [[_label_set(task, s) for s in rows] for rows in (first, second)]
    both = [a is not None and b is not None for a, b in zip(*readings, strict=True)]
    distance = masi_distance if task.kind == "multi" else nominal_distance
    overall = _with_interval(_Alpha(readings, distance, articles), settings)
    labels = {}
    for label in task.labels:
        yes_no = [[None if chosen is None else label in chosen for chosen in reading] for reading in readings]
        alpha = _with_interval(_Alpha(yes_no, nominal_distance, articles), settings)
        labels[label] = LabelAgreement(alpha.alpha, alpha.low, alpha.high, *(row.count(True) for row in yes_no))
    defined = [of_label.alpha for of_label in labels.values() if of_label.alpha is not None]
    pairs = [(a, b) for a, b, complete in zip(first, second, both, strict=True) if complete]
    matrix = confusion(task, [a for a, _ in pairs], [b for _, b in pairs])
    return TaskAgreement(
        overall.alpha,
        overall.low,
        overall.high,
        statements=sum(both),
        equal=sum(a == b for a, b, complete in zip(*readings, both, strict=True) if complete),
        mean_label_alpha=float(np.mean(defined)) if defined else None,
        labels=labels,
        matrix_labels=(*task.labels, *(["none"] if task.kind == "multi" else [])),
        matrix=tuple(tuple(row) for row in matrix.tolist()),
    )


def _compare_spans(
    first: Sequence[LabelledStatement],
    second: Sequence[LabelledStatement],
    articles: NDArray[np.int64],
    settings: EvaluationConfig,
) -> SpanAgreement:
    # counts[article]: exact: shared, first, second; overlap, in characters: shared, first, second
    counts = np.zeros((int(articles.max(initial=-1)) + 1, 6))
    for article, a, b in zip(articles, first, second, strict=True):
        counts[article] += span_counts(a.conditions, b.conditions)
    total = counts.sum(axis=0)
    weights = _resamples(len(counts), settings)
    sampled = weights @ counts
    bounds = [_bounds(_f1(sampled[:, place : place + 3]), settings) for place in (0, 3)]
    points = [_defined(_f1(total[None, place : place + 3])[0]) for place in (0, 3)]
    return SpanAgreement(points[0], *bounds[0], points[1], *bounds[1], first=int(total[1]), second=int(total[2]))


def _disagreements(first: Sequence[LabelledStatement], second: Sequence[LabelledStatement]) -> list[Disagreement]:
    found = []
    for a, b in zip(first, second, strict=True):
        text = a.text or b.text
        for name, task in TASKS.items():
            labels = [_label_set(task, s) for s in (a, b)]
            if labels[0] is None or labels[1] is None:
                continue
            if labels[0] != labels[1]:
                one, other = (
                    tuple(label for label in task.labels if label in chosen) for chosen in labels if chosen is not None
                )
                found.append(Disagreement(a.statement_id, name, one, other, text))
            elif task.kind == "multi" and set(a.conditions) != set(b.conditions):
                one, other = (tuple(f"{c.label}: {c.text}" for c in s.conditions) for s in (a, b))
                found.append(Disagreement(a.statement_id, SPANS, one, other, text))
    return found


def _label_set(task: LabelTask, statement: LabelledStatement) -> frozenset[str] | None:
    """What an annotator chose; None where they left the task out."""
    if task.name == CONDITIONS.name:
        return frozenset(statement.condition_labels)
    label = getattr(statement, task.name)
    return frozenset([label]) if label else None


def _with_interval(sums: _Alpha, settings: EvaluationConfig) -> Alpha:
    sampled = sums.of(_resamples(len(sums.observed), settings))
    return Alpha(_defined(sums.value), *_bounds(sampled, settings))


def _resamples(n_articles: int, settings: EvaluationConfig) -> NDArray[np.int64]:
    """How often each article is in each resample, shape (n_resamples, n_articles); none for one article."""
    if n_articles < 2:
        return np.zeros((0, n_articles), dtype=np.int64)
    rng = np.random.default_rng(settings.seed)
    return rng.multinomial(n_articles, np.full(n_articles, 1 / n_articles), size=settings.resamples)


def _bounds(sampled: NDArray[np.float64], settings: EvaluationConfig) -> tuple[float | None, float | None]:
    """Percentile interval over the resamples in which the figure is defined."""
    sampled = sampled[~np.isnan(sampled)]
    if not len(sampled):
        return None, None
    tail = (1 - settings.confidence) / 2
    low, high = np.quantile(sampled, [tail, 1 - tail])
    return float(low), float(high)


def _f1(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """F1 from columns shared, first, second; NaN where neither has any."""
    f1 = np.full(len(counts), np.nan)
    np.divide(2 * counts[:, 0], counts[:, 1] + counts[:, 2], out=f1, where=counts[:, 1] + counts[:, 2] > 0)
    return f1


def _defined(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _article_of(statement_id: str) -> str:
    return statement_id.rpartition(":")[0] or statement_id
