"""From probabilities to labels: the codebook's rules across tasks hold, and doubt can be left open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.models.base import Predicted
from stance.models.decision import Decision
from stance.schema import LabelledStatement, Statement
from stance.tasks import CONDITIONS, OPENNESS, STANCE, TASKS
from stance.tasks.rules import violations

PLAIN = Decision(dict.fromkeys(TASKS, 1.0), dict.fromkeys(CONDITIONS.labels, 0.5))
STATEMENT = Statement("We will come to Geneva once the guns are silent.")


def decided(
    openness: Mapping[str, float], conditions: Mapping[str, float] | None = None, abstain_below: float = 0.0
) -> LabelledStatement:
    return PLAIN.label([STATEMENT], predicted(openness, conditions or {}), abstain_below=abstain_below)[0]


def predicted(openness: Mapping[str, float], conditions: Mapping[str, float]) -> Predicted:
    proba = {
        OPENNESS.name: np.array([[openness.get(label, 0.0) for label in OPENNESS.labels]]),
        CONDITIONS.name: np.array([[conditions.get(label, 0.01) for label in CONDITIONS.labels]]),
        STANCE.name: np.array([[0.7, 0.1, 0.2]]),
    }
    spans = np.tile(np.array([0, len(STATEMENT.text)]), (1, len(CONDITIONS.labels), 1))
    return Predicted(proba, spans)


def test_conditional_gets_its_likeliest_condition() -> None:
    row = decided({"conditional": 0.9, "open": 0.1}, {"ceasefire": 0.4, "venue": 0.2})
    assert (row.openness, row.condition_labels) == ("conditional", ("ceasefire",))


def test_a_sure_condition_turns_a_wavering_open_into_conditional() -> None:
    assert decided({"open": 0.52, "conditional": 0.48}, {"ceasefire": 0.95}).openness == "conditional"


def test_a_sure_open_drops_a_wavering_condition() -> None:
    row = decided({"open": 0.97, "conditional": 0.03}, {"ceasefire": 0.52})
    assert (row.openness, row.conditions) == ("open", ())


def test_a_wavering_conditional_without_any_condition_is_what_comes_next() -> None:
    assert decided({"conditional": 0.4, "unstated": 0.38, "open": 0.22}).openness == "unstated"


def test_a_refusal_keeps_its_conditions() -> None:
    row = decided({"closed": 0.9, "conditional": 0.1}, {"territory": 0.9})
    assert (row.openness, row.condition_labels) == ("closed", ("territory",))


shares = st.floats(0, 1, allow_nan=False)


@given(
    st.lists(shares, min_size=4, max_size=4).filter(lambda values: sum(values) > 0),
    st.lists(shares, min_size=len(CONDITIONS.labels), max_size=len(CONDITIONS.labels)),
)
def test_the_codebook_holds_whatever_the_probabilities(openness: list[float], conditions: list[float]) -> None:
    total = sum(openness)
    given_ = predicted(
        dict(zip(OPENNESS.labels, (value / total for value in openness), strict=True)),
        dict(zip(CONDITIONS.labels, conditions, strict=True)),
    )
    row = PLAIN.label([STATEMENT], given_)[0]
    assert not violations(openness=row.openness, conditions=row.condition_labels, stance=row.stance)
    assert not (row.openness == "open" and row.conditions)
    alone = OPENNESS.labels[int(given_.proba[OPENNESS.name][0].argmax())]
    chosen = {label for label, p in zip(CONDITIONS.labels, conditions, strict=True) if p >= 0.5}
    same = row.openness == alone and set(row.condition_labels) == chosen
    assert PLAIN.overruled(given_).tolist() == [not same]


@pytest.mark.parametrize(("least", "kept"), [(0.0, "open"), (0.59, "open"), (0.61, "")])
def test_abstains_below_the_confidence_asked_for(least: float, kept: str) -> None:
    row = decided({"open": 0.6, "unstated": 0.4}, abstain_below=least)
    assert row.openness == kept
    assert row.stance == "favor"  # 0.7
    assert row.proba is not None and row.proba["openness"]["open"] == pytest.approx(0.6)


def test_label_sets_are_those_of_mapie() -> None:
    """Split conformal sets equal those of a library that is nothing but that."""
    mapie = pytest.importorskip("mapie.classification")
    from sklearn.base import BaseEstimator, ClassifierMixin

    rng = np.random.default_rng(7)
    calibration, new = rng.dirichlet([1.2] * 4, size=300), rng.dirichlet([1.2] * 4, size=200)
    gold = np.array([rng.choice(4, p=row) for row in calibration])

    class Given(ClassifierMixin, BaseEstimator):
        """Predicts the probabilities it is given."""

        classes_ = np.arange(4)
        n_features_in_ = 4

        def fit(self, x: np.ndarray, y: np.ndarray) -> Given:
            return self

        def __sklearn_is_fitted__(self) -> bool:
            return True

        def predict_proba(self, x: np.ndarray) -> np.ndarray:
            return np.asarray(x)

        def predict(self, x: np.ndarray) -> np.ndarray:
            return np.asarray(x).argmax(axis=1)

    decision = replace(PLAIN, doubts={"openness": np.sort(1 - calibration[np.arange(300), gold]).tolist()})
    rows = [
        LabelledStatement("x", proba={"openness": dict(zip(OPENNESS.labels, row.tolist(), strict=True))}) for row in new
    ]
    for coverage in (0.5, 0.8, 0.9, 0.95):
        theirs = mapie.SplitConformalClassifier(Given(), confidence_level=coverage, prefit=True)
        _, sets = theirs.conformalize(calibration, gold).predict_set(new)
        wanted = [
            {label for label, inside in zip(OPENNESS.labels, row, strict=True) if inside} for row in sets[:, :, 0]
        ]
        assert [set(found) for found in decision.label_sets(rows, "openness", coverage)] == wanted


def test_label_sets_cover_what_they_promise() -> None:
    rng = np.random.default_rng(3)
    proba = rng.dirichlet([0.8] * 4, size=4000)
    gold = np.array([rng.choice(4, p=row) for row in proba])
    doubts = np.sort(1 - proba[np.arange(2000), gold[:2000]]).tolist()
    rows = [
        LabelledStatement("x", proba={"openness": dict(zip(OPENNESS.labels, row.tolist(), strict=True))})
        for row in proba[2000:]
    ]
    sets = replace(PLAIN, doubts={"openness": doubts}).label_sets(rows, "openness", 0.9)
    held = np.mean([OPENNESS.labels[label] in found for label, found in zip(gold[2000:], sets, strict=True)])
    assert held == pytest.approx(0.9, abs=0.02)


def test_label_sets_need_probabilities_and_a_share() -> None:
    decision = replace(PLAIN, doubts={"openness": [0.1, 0.2]})
    for task, coverage, rows in (
        ("stance", 0.9, []),
        ("openness", 1.0, []),
        ("openness", 0.9, [LabelledStatement("x")]),
    ):
        with pytest.raises(ValueError, match=r"no sets|no probabilities"):
            decision.label_sets(rows, task, coverage)
    wide = LabelledStatement("x", proba={"openness": dict.fromkeys(OPENNESS.labels, 0.25)})
    assert decision.label_sets([wide], "openness", 0.99) == [OPENNESS.labels]  # two statements promise nothing narrower
