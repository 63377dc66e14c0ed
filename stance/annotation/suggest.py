"""What to annotate next: statements the model is unsure of, no two alike next to each other.

Uncertainty is the entropy of the model's probabilities (Settles, 2009, "Active Learning Literature
Survey", section 3.1); the choice is greedy, every pick lowering the worth of what resembles it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import entr
from sklearn.feature_extraction.text import TfidfVectorizer

from stance.annotation.files import read_annotations
from stance.pipeline import StanceModel
from stance.prediction import Outcome
from stance.report import write_statements
from stance.schema import Article, LabelledStatement, Statement
from stance.sources import read_inputs
from stance.tasks import kind_of


@dataclass(frozen=True)
class Suggestion:
    """One statement to annotate, with the model's labels."""

    statement: LabelledStatement
    uncertainty: float  # in [0, 1]
    alike: float  # in [0, 1]: cosine to the nearest statement that is labelled or was suggested before


def suggest(predicted: Sequence[LabelledStatement], count: int, labelled: Iterable[Statement] = ()) -> list[Suggestion]:
    """The `count` statements most worth a person's time, best first.

    Each pick has the highest uncertainty x (1 - cosine to the nearest statement that is in `labelled` or
    picked before), over TF-IDF of words; a statement equal to one of those comes last.
    `predicted` rows need probabilities; raises `ValueError` where one has none.
    """
    if not predicted:
        return []
    worth = np.array([uncertainty(row) for row in predicted])
    known = [statement.text for statement in labelled]
    vectorizer = TfidfVectorizer(sublinear_tf=True, token_pattern=r"(?u)\b\w+\b|\S")
    vectors = vectorizer.fit_transform([*(row.text for row in predicted), *known])
    rows, known_rows = vectors[: len(predicted)], vectors[len(predicted) :]
    alike = _nearest(rows, known_rows)
    left = np.ones(len(predicted), dtype=bool)
    picked = []
    for _ in range(min(count, len(predicted))):
        gain = np.where(left, worth * (1 - alike), -1.0)
        best = int(gain.argmax())
        picked.append(Suggestion(predicted[best], float(worth[best]), float(alike[best])))
        left[best] = False
        alike = np.maximum(alike, (rows @ rows[best].T).toarray()[:, 0]).clip(max=1)
    return picked


def suggest_files(
    inputs: Sequence[str | Path],
    model: StanceModel,
    output: str | Path,
    count: int,
    labelled: Iterable[str | Path] = (),
) -> Outcome:
    """Write the `count` statements of files, folders or `-` most worth annotating, with the model's labels.

    `labelled` are label files: what they hold, by id or by text, is not suggested again. An input that
    fails is kept in `Outcome.failures`; where all fail nothing is written and the first failure is raised.
    """
    done = [row.statement for path in labelled for row in read_annotations(path)]
    ids, texts = ({getattr(s, name) for s in done} - {""} for name in ("statement_id", "text"))
    outcome = Outcome()

    def counted() -> Iterator[Article | Statement]:
        for item in read_inputs(inputs, on_error=outcome.fail):
            outcome.articles += isinstance(item, Article)
            yield item

    rows = [row for row in model.stream(counted()) if row.statement_id not in ids and row.text not in texts]
    if outcome.failures and not rows:
        raise outcome.failures[0]
    chosen = [suggestion.statement for suggestion in suggest(rows, count, [s for s in done if s.text])]
    outcome.statements = write_statements(chosen, output)
    return outcome


def uncertainty(row: LabelledStatement) -> float:
    """Entropy of a statement's label probabilities, in [0, 1]: 1 where the model knows nothing.

    The mean over tasks, each divided by its largest possible value; for conditions the mean over labels.
    """
    if not row.proba:
        raise ValueError("the statement has no probabilities")
    return float(np.mean([_entropy(kind_of(name), np.array([*shares.values()])) for name, shares in row.proba.items()]))


def _entropy(kind: str, shares: NDArray[np.float64]) -> float:
    if kind == "multi":
        return float((entr(shares) + entr(1 - shares)).mean() / np.log(2))
    return float(entr(shares).sum() / np.log(len(shares)))


def _nearest(rows: NDArray[np.float64], known: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cosine of every row to its nearest known one, 0 where none is known; both sparse, of length 1."""
    nearest = np.zeros(rows.shape[0])
    for start in range(0, known.shape[0], 256):  # blocks, so that memory stays bounded
        block = (rows @ known[start : start + 256].T).max(axis=1).toarray()[:, 0]
        nearest = np.maximum(nearest, block)
    return nearest.clip(max=1)
