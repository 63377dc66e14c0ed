"""From probabilities to labels: temperatures, thresholds, and the codebook's rule across tasks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import expit, logit

from stance.models.base import Predicted
from stance.schema import STATEMENT_FIELDS, ConditionSpan, LabelledStatement, Statement
from stance.tasks import CONDITIONS, OPENNESS, TASKS, LabelTask, Tasks

SMALLEST = 1e-7  # probabilities are kept this far from 0 and 1 before logarithms
POOLED_SHARE = 0.5  # weight of all labels' counts beside a label's own when its threshold is chosen
DOUBT_DECIMALS = 5
JOINT_WEIGHT = 0.25  # of conditions beside openness, since the two are not independent; 0.5 and 1 were worse on dev
THRESHOLDS = np.round(np.arange(0.05, 0.96, 0.01), 2)


@dataclass(frozen=True)
class Decision:
    """What turns one model's probabilities into labels; fitted on dev, saved in `model.json`."""

    temperatures: dict[str, float]  # per task, > 0; above 1 makes the model less sure
    thresholds: dict[str, float]  # per condition label, in (0, 1)
    doubts: dict[str, list[float]] = field(default_factory=dict)  # per single-label task, rising; see `label_sets`
    tasks: Tasks = field(default_factory=lambda: TASKS)

    def calibrate(self, predicted: Predicted) -> Predicted:
        """The same predictions with calibrated probabilities (temperature scaling; Guo et al., 2017)."""
        proba = {
            name: heated(self.tasks[name], values, self.temperatures[name]) for name, values in predicted.proba.items()
        }
        return Predicted(proba, predicted.spans)

    def label(
        self, statements: Sequence[Statement], predicted: Predicted, model: str = "", *, abstain_below: float = 0.0
    ) -> list[LabelledStatement]:
        """Labels, spans and calibrated probabilities of every statement, in the order given.

        Single-label tasks whose label is less probable than `abstain_below`, in [0, 1], are left empty;
        conditions stay, each with its own probability.
        """
        calibrated = self.calibrate(predicted)
        singles, chosen = self._decide(calibrated)
        named: list[dict[str, Any]] = [{} for _ in statements]
        for name, labels in singles.items():
            for i, label in enumerate(labels):
                sure = calibrated.proba[name][i, label] >= abstain_below
                place = named[i].setdefault("own", {}) if self.tasks[name].own else named[i]
                place[name] = self.tasks[name].labels[label] if sure else ""
        return [
            LabelledStatement(
                **{name: getattr(statement, name) for name in STATEMENT_FIELDS},
                **named[i],
                conditions=_spans(statement.text, chosen[i], calibrated.spans[i]),
                proba={
                    name: dict(zip(self.tasks[name].labels, values[i].tolist(), strict=True))
                    for name, values in calibrated.proba.items()
                },
                model=model,
            )
            for i, statement in enumerate(statements)
        ]

    def label_sets(self, rows: Sequence[LabelledStatement], task: str, coverage: float = 0.9) -> list[tuple[str, ...]]:
        """Per predicted row the labels of a single-label task that cannot be left out, likeliest first.

        Over statements like those of dev the right label is in at least `coverage`, in (0, 1), of the sets: split
        conformal prediction with the score 1 - p of the gold label, which `doubts` holds for dev (Sadinle, Lei and
        Wasserman, 2019). A set can be empty where no label is likely enough.
        Raises `ValueError` for a task without doubts, a coverage outside (0, 1) and rows without probabilities.
        """
        scores = self.doubts.get(task)
        if not scores or not 0 < coverage < 1:
            raise ValueError(f"no sets for task {task!r} and coverage {coverage} (tasks: {', '.join(self.doubts)})")
        rank = math.ceil((len(scores) + 1) * coverage)
        most = scores[rank - 1] if rank <= len(scores) else 1.0
        sets = []
        for row in rows:
            if row.proba is None:
                raise ValueError(f"statement {row.statement_id!r} has no probabilities")
            falling = sorted(row.proba[task].items(), key=lambda pair: -pair[1])
            sets.append(tuple(label for label, share in falling if 1 - share <= most))
        return sets

    def overruled(self, predicted: Predicted) -> NDArray[np.bool_]:
        """Statements whose labels are not what each task alone would say, shape (n_statements,)."""
        calibrated = self.calibrate(predicted)
        singles, chosen = self._decide(calibrated)
        changed = np.zeros(len(predicted), dtype=bool)
        for name, values in calibrated.proba.items():
            alone = self._margins(values) >= 0 if name == CONDITIONS.name else values.argmax(axis=1)
            decided = chosen if name == CONDITIONS.name else singles[name]
            changed |= (alone != decided).reshape(len(changed), -1).any(axis=1)
        return changed

    def _margins(self, proba: NDArray[np.float64]) -> NDArray[np.float64]:
        """Log-odds of every condition above its threshold's, shape (n_statements, n_condition_labels)."""
        thresholds = np.array([self.thresholds[label] for label in CONDITIONS.labels])
        margins: NDArray[np.float64] = logit(proba.clip(SMALLEST, 1 - SMALLEST)) - logit(thresholds)
        return margins

    def _decide(self, calibrated: Predicted) -> tuple[dict[str, NDArray[np.int64]], NDArray[np.bool_]]:
        """Label numbers per single-label task, and which conditions apply (n_statements, n_condition_labels).

        Openness and conditions are decided together: of all pairs that the codebook (section 2) allows,
        `conditional` with some condition, `open` with none, the others with any, the likeliest.
        """
        proba = calibrated.proba
        singles = {name: values.argmax(axis=1) for name, values in proba.items() if self.tasks[name].kind == "single"}
        if CONDITIONS.name not in proba:
            return singles, np.zeros((len(calibrated), len(CONDITIONS.labels)), dtype=bool)
        margins = self._margins(proba[CONDITIONS.name])
        chosen = margins >= 0
        if OPENNESS.name in proba:
            gain = np.maximum(margins, 0).sum(axis=1)
            likely = np.log(proba[OPENNESS.name].clip(SMALLEST)) + JOINT_WEIGHT * gain[:, None]
            open_, conditional = OPENNESS.labels.index("open"), OPENNESS.labels.index("conditional")
            likely[:, open_] -= JOINT_WEIGHT * gain
            likely[:, conditional] += JOINT_WEIGHT * np.minimum(margins.max(axis=1), 0)
            openness = singles[OPENNESS.name] = likely.argmax(axis=1)
            chosen[openness == open_] = False
            bare = np.flatnonzero((openness == conditional) & ~chosen.any(axis=1))
            chosen[bare, margins[bare].argmax(axis=1)] = True
        return singles, chosen

    def to_dict(self) -> dict[str, Any]:
        return {
            "temperatures": dict(self.temperatures),
            "thresholds": dict(self.thresholds),
            "doubts": {name: list(scores) for name, scores in self.doubts.items()},
        }


def fit_decision(predicted: Predicted, gold: Sequence[LabelledStatement], tasks: Tasks = TASKS) -> Decision:
    """Choose temperatures by likelihood and thresholds by F1 on held-out gold statements."""
    temperatures = {
        name: fit_temperature(tasks[name], values, tasks[name].gold(gold)) for name, values in predicted.proba.items()
    }
    decision = Decision(temperatures, dict.fromkeys(CONDITIONS.labels, 0.5), tasks=tasks)
    calibrated = decision.calibrate(predicted).proba
    rows = np.arange(len(gold))
    doubts = {
        name: np.sort(1 - values[rows, tasks[name].gold(gold)]).round(DOUBT_DECIMALS).tolist()
        for name, values in calibrated.items()
        if tasks[name].kind == "single"
    }
    decision = replace(decision, doubts=doubts)
    if CONDITIONS.name not in predicted.proba:
        return decision
    return replace(decision, thresholds=_fit_thresholds(calibrated[CONDITIONS.name], CONDITIONS.gold(gold)))


def fit_temperature(task: LabelTask, proba: NDArray[np.float64], y_true: NDArray[np.int64]) -> float:
    """The temperature under which gold is likeliest."""

    def loss(log_temperature: float) -> float:
        hot = heated(task, proba, float(np.exp(log_temperature))).clip(SMALLEST, 1 - SMALLEST)
        if task.kind == "single":
            return float(-np.log(hot[np.arange(len(hot)), y_true]).mean())
        return float(-(y_true * np.log(hot) + (1 - y_true) * np.log1p(-hot)).mean())

    return round(float(np.exp(minimize_scalar(loss, bounds=(-2.5, 2.5), method="bounded").x)), 4)


def heated(task: LabelTask, proba: NDArray[np.float64], temperature: float) -> NDArray[np.float64]:
    """Probabilities at a temperature; above 1 they are less sure."""
    safe = proba.clip(SMALLEST, 1 - SMALLEST)
    if task.kind == "multi":
        multi: NDArray[np.float64] = expit(logit(safe) / temperature)
        return multi
    powers = safe ** (1 / temperature)
    single: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return single


def _fit_thresholds(proba: NDArray[np.float64], y_true: NDArray[np.int64]) -> dict[str, float]:
    """Per label the threshold of the best F1, pulled towards the best common one.

    A label has a few dozen gold statements on dev; adding a share of all labels' counts to its own
    keeps its threshold from following their noise.
    """
    at = proba[None] >= THRESHOLDS[:, None, None]  # (n_thresholds, n_statements, n_labels)
    hits = (at & (y_true == 1)).sum(axis=1)
    called, gold = at.sum(axis=1), y_true.sum(axis=0)
    pull = POOLED_SHARE / len(CONDITIONS.labels)
    f1 = (
        2
        * (hits + pull * hits.sum(axis=1, keepdims=True))
        / (called + gold + pull * (called.sum(axis=1, keepdims=True) + gold.sum())).clip(1e-9)
    )
    best = THRESHOLDS[f1.argmax(axis=0)]
    return {label: float(best[i]) for i, label in enumerate(CONDITIONS.labels)}


def _spans(text: str, chosen: NDArray[np.bool_], spans: NDArray[np.int64]) -> tuple[ConditionSpan, ...]:
    found = []
    for i in np.flatnonzero(chosen):
        start, end = int(spans[i, 0]), int(spans[i, 1])
        found.append(ConditionSpan(start, end, CONDITIONS.labels[i], text[start:end]))
    return tuple(sorted(found, key=lambda span: (span.start, span.end)))
