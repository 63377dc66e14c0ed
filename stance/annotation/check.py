"""Likely label errors: labels that a model trained on other articles finds improbable.

Source: Northcutt, Jiang and Chuang (2021), "Confident Learning: Estimating Uncertainty in Dataset Labels",
as cleanlab implements it. A finding is a place to read again, not an error.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stance.annotation.files import corpus_breaches
from stance.config import RunConfig
from stance.corpus import corpus_faults
from stance.errors import InputError, StanceError
from stance.models import MODELS
from stance.schema import LabelledStatement
from stance.tasks import TASKS, LabelTask

FOLDS = 5
STOPPING_SHARE = 0.1  # of the training articles, for model kinds that choose when to stop


@dataclass(frozen=True)
class LabelDoubt:
    """One label to read again."""

    statement: LabelledStatement
    task: str
    given: tuple[str, ...]  # in codebook order; one label for a single-label task
    suggested: tuple[str, ...]  # for conditions: with every doubted label added or taken away
    quality: float  # probability of the given label (of the worst one), in [0, 1], by a model that did not see it
    flagged: bool  # confident learning calls it an error, not merely unlikely

    def to_dict(self) -> dict[str, Any]:
        return {
            "statement_id": self.statement.statement_id,
            "task": self.task,
            "given": list(self.given),
            "suggested": list(self.suggested),
            "quality": round(self.quality, 4),
            "flagged": self.flagged,
            "text": self.statement.text,
        }


@dataclass(frozen=True)
class Checked:
    """What a corpus holds that ought to be read again."""

    breaches: list[InputError]  # of the codebook
    doubts: list[LabelDoubt]


def check_corpus(path: str | Path, settings: RunConfig, folds: int = FOLDS) -> Checked:
    """Breaches of a corpus, and doubtful labels of its rows without a breach (see `label_doubts`)."""
    breaches = corpus_breaches(path)
    statements = [s for _, s, problems in corpus_faults(path) if s is not None and not problems]
    return Checked(breaches, label_doubts(statements, settings, folds))


def label_doubts(statements: Sequence[LabelledStatement], settings: RunConfig, folds: int = FOLDS) -> list[LabelDoubt]:
    """Every label that a model trained on other articles would give otherwise, the most doubtful first.

    Qualities of two tasks do not compare, so the tasks take turns: each one's worst, each one's second.
    Raises `StanceError` for fewer articles than folds.
    """
    proba = held_out_proba(statements, settings, folds)
    turns = []
    for name, of_task in proba.items():
        find = _single_doubts if TASKS[name].kind == "single" else _multi_doubts
        doubts = find(TASKS[name], statements, of_task)
        turns.append(sorted(doubts, key=lambda d: (not d.flagged, d.quality, d.statement.statement_id)))
    return [doubt for turn in zip_longest(*turns) for doubt in turn if doubt is not None]


def held_out_proba(
    statements: Sequence[LabelledStatement], settings: RunConfig, folds: int = FOLDS
) -> dict[str, NDArray[np.float64]]:
    """Probabilities of every statement by a model trained without its article.

    `proba[task]` has shape (n_statements, n_labels), columns in the task's label order. A statement
    without `article_id` is an article of its own.
    Raises `StanceError` for fewer articles than folds.
    """
    if not settings.tasks:
        raise StanceError("tasks: none of the codebook's, whose labels alone are checked")
    names = [s.article_id or s.statement_id or str(i) for i, s in enumerate(statements)]
    articles = np.unique(names, return_inverse=True)[1]
    n_articles = int(articles.max(initial=-1)) + 1
    if not 2 <= folds <= n_articles:
        raise StanceError(f"{folds} folds of {n_articles} articles: there must be 2 folds, and an article for each")
    rng = np.random.default_rng(settings.training.seed)
    fold_of = (rng.permutation(n_articles) % folds)[articles]
    stopping = (rng.random(n_articles) < STOPPING_SHARE)[articles]
    tasks = {name: TASKS[name] for name in settings.tasks}
    proba = {name: np.zeros((len(statements), len(task.labels))) for name, task in tasks.items()}
    for fold in range(folds):
        held_out = np.flatnonzero(fold_of == fold).tolist()
        model = MODELS[settings.model.kind](**settings.model.params).fit(
            [s for s, f, stop in zip(statements, fold_of, stopping, strict=True) if f != fold and not stop],
            [s for s, f, stop in zip(statements, fold_of, stopping, strict=True) if f != fold and stop],
            inputs=settings.input,
            tasks=tasks,
            seed=settings.training.seed,
        )
        predicted = model.predict_proba([statements[i] for i in held_out])
        for name in tasks:
            proba[name][held_out] = predicted.proba[name]
    return proba


def _single_doubts(
    task: LabelTask, statements: Sequence[LabelledStatement], proba: NDArray[np.float64]
) -> list[LabelDoubt]:
    given = task.gold(statements)
    flagged = _confident_errors(given, proba)
    suggested = proba.argmax(axis=1)
    return [
        LabelDoubt(
            statements[i],
            task.name,
            (task.labels[given[i]],),
            (task.labels[suggested[i]],),
            float(proba[i, given[i]]),
            bool(flagged[i]),
        )
        for i in np.flatnonzero(suggested != given).tolist()
    ]


def _multi_doubts(
    task: LabelTask, statements: Sequence[LabelledStatement], proba: NDArray[np.float64]
) -> list[LabelDoubt]:
    """One doubt a statement: every label is a question of its own, the worst answer counts."""
    given = task.gold(statements)
    columns = range(len(task.labels))
    pairs = [np.column_stack([1 - proba[:, c], proba[:, c]]) for c in columns]
    flagged = np.column_stack([_confident_errors(given[:, c], pairs[c]) for c in columns])
    quality = np.where(given == 1, proba, 1 - proba)
    doubted = (proba >= 0.5) != given
    return [
        LabelDoubt(
            statements[i],
            task.name,
            tuple(task.labels[c] for c in columns if given[i, c]),
            tuple(task.labels[c] for c in columns if given[i, c] != doubted[i, c]),
            float(quality[i, doubted[i]].min()),
            bool((flagged[i] & doubted[i]).any()),
        )
        for i in np.flatnonzero(doubted.any(axis=1)).tolist()
    ]


def _confident_errors(given: NDArray[np.int64], proba: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which labels confident learning takes for errors; none where every statement has the same label."""
    from cleanlab.filter import find_label_issues

    present, labels = np.unique(given, return_inverse=True)  # cleanlab wants every class to occur
    if len(present) < 2:
        return np.zeros(len(given), dtype=bool)
    shares = proba[:, present].clip(1e-9)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that a rare label's errors may be missed
        found: NDArray[np.bool_] = find_label_issues(labels, shares / shares.sum(axis=1, keepdims=True), n_jobs=1)
    return found
