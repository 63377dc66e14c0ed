"""Two models' probabilities as one: a weighted mean of their calibrated log-odds, the weight chosen on dev.

A logarithmic opinion pool (Genest and Zidek, 1986). What a network misses in the wording of an unusual register a
linear model over words and cues often has, and the other way round.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, softmax
from sklearn.metrics import f1_score

from stance.errors import ModelError
from stance.models.base import Predicted
from stance.models.decision import fit_decision, fit_temperature, heated
from stance.schema import LabelledStatement
from stance.tasks import LabelTask, Tasks

BLEND = "blend.json"
WEIGHTS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)  # of the second model
SMALLEST = 1e-6  # probabilities are kept this far from 0 and 1 before logarithms


@dataclass(frozen=True)
class Blend:
    """How two models are mixed: the second's weight, in [0, 1], and per task each one's temperature, > 0."""

    weight: float
    first: dict[str, float]
    second: dict[str, float]

    def mixed(self, first: Predicted, second: Predicted, tasks: Tasks) -> Predicted:
        """Both as one; spans are the first's."""
        proba = {
            name: _mean(
                task,
                heated(task, first.proba[name], self.first[name]),
                heated(task, second.proba[name], self.second[name]),
                self.weight,
            )
            for name, task in tasks.items()
        }
        return Predicted(proba, first.spans)

    def save(self, folder: Path) -> None:
        (folder / BLEND).write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path, tasks: Tasks) -> Blend:
        """Read what `save` wrote. Raises `ModelError` for anything else."""
        try:
            found = json.loads((folder / BLEND).read_text(encoding="utf-8"))
            temperatures = [{name: float(found[which][name]) for name in tasks} for which in ("first", "second")]
            blend = cls(float(found["weight"]), *temperatures)
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise ModelError(f"{folder / BLEND}: not how two models are mixed ({str(error)[:120]})") from None
        if not 0 <= blend.weight <= 1 or any(not 0 < t < np.inf for some in temperatures for t in some.values()):
            raise ModelError(f"{folder / BLEND}: weight must be in [0, 1], every temperature above 0")
        return blend


def fit_blend(first: Predicted, second: Predicted, gold: Sequence[LabelledStatement], tasks: Tasks) -> Blend:
    """The temperatures that make gold likeliest, and the weight of the best mean macro-F1 after the decision."""
    temperatures = [
        {name: fit_temperature(task, predicted.proba[name], task.gold(gold)) for name, task in tasks.items()}
        for predicted in (first, second)
    ]
    blends = [Blend(weight, *temperatures) for weight in WEIGHTS]
    return max(blends, key=lambda blend: _macro_f1(blend.mixed(first, second, tasks), gold, tasks))


def _mean(
    task: LabelTask, first: NDArray[np.float64], second: NDArray[np.float64], weight: float
) -> NDArray[np.float64]:
    a, b = (proba.clip(SMALLEST, 1 - SMALLEST) for proba in (first, second))
    if task.kind == "multi":
        multi: NDArray[np.float64] = expit((1 - weight) * logit(a) + weight * logit(b))
        return multi
    single: NDArray[np.float64] = softmax((1 - weight) * np.log(a) + weight * np.log(b), axis=1)
    return single


def _macro_f1(predicted: Predicted, gold: Sequence[LabelledStatement], tasks: Tasks) -> float:
    """Mean over tasks, after the decision fitted on the same statements."""
    labelled = fit_decision(predicted, gold, tasks).label(gold, predicted)
    return float(np.mean([macro_f1(task, gold, labelled) for task in tasks.values()]))


def macro_f1(task: LabelTask, gold: Sequence[LabelledStatement], predicted: Sequence[LabelledStatement]) -> float:
    """Mean F1 of the labels that gold has, in [0, 1]; 0 where it has none."""
    y_true, y_pred = task.gold(gold), task.gold(predicted)
    met = np.unique(y_true) if y_true.ndim == 1 else np.flatnonzero(y_true.any(axis=0))
    if not len(met):
        return 0.0
    return float(f1_score(y_true, y_pred, labels=met, average="macro", zero_division=0.0))
