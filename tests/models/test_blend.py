"""Two models mixed: what a weight means, how it is chosen, and that a spoilt file is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

from stance.errors import ModelError
from stance.models.base import Predicted
from stance.models.blend import BLEND, Blend, fit_blend
from stance.schema import LabelledStatement
from stance.tasks import CONDITIONS, STANCE, TASKS

SOME = {"stance": STANCE}
PLAIN = dict.fromkeys(TASKS, 1.0)


def _stances(rows):
    proba = np.array(rows, dtype=np.float64)
    return Predicted({"stance": proba}, np.zeros((len(rows), len(CONDITIONS.labels), 2), dtype=np.int64))


def _gold(labels):
    return [LabelledStatement(f"text {i}", f"a:{i}", "a", openness="unstated", stance=s) for i, s in enumerate(labels)]


def test_a_weight_of_zero_or_one_is_one_model_alone():
    first, second = _stances([[0.7, 0.2, 0.1]]), _stances([[0.1, 0.1, 0.8]])
    for weight, alone in ((0.0, first), (1.0, second)):
        mixed = Blend(weight, PLAIN, PLAIN).mixed(first, second, SOME)
        assert np.allclose(mixed.proba["stance"], alone.proba["stance"])
        assert mixed.spans is first.spans
    half = Blend(0.5, PLAIN, PLAIN).mixed(first, second, SOME).proba["stance"][0]
    expected = np.sqrt([0.07, 0.02, 0.08])
    assert np.allclose(half, expected / expected.sum())


def test_conditions_are_mixed_label_by_label_in_log_odds():
    shape = (1, len(CONDITIONS.labels))
    first, second = (
        Predicted({"conditions": np.full(shape, p)}, np.zeros((*shape, 2), dtype=np.int64)) for p in (0.9, 0.5)
    )
    mixed = Blend(0.5, PLAIN, PLAIN).mixed(first, second, {"conditions": CONDITIONS})
    assert np.allclose(mixed.proba["conditions"], 0.75)  # odds 9 and 1: their root is 3


def test_the_weight_goes_to_who_is_right():
    labels = [STANCE.labels[i % 3] for i in range(60)]
    right = _stances([[0.6 if STANCE.labels[j] == label else 0.2 for j in range(3)] for label in labels])
    rng = np.random.default_rng(0)
    wrong = _stances(rng.dirichlet([1, 1, 1], size=60))
    gold = _gold(labels)
    assert fit_blend(right, wrong, gold, SOME).weight < 0.5
    mended = fit_blend(wrong, right, gold, SOME).mixed(wrong, right, SOME).proba["stance"].argmax(axis=1)
    assert np.array_equal(mended, STANCE.gold(gold))


def test_what_is_saved_is_read_and_what_is_spoilt_refused(tmp_path):
    blend = Blend(0.3, {"stance": 1.5}, {"stance": 0.7})
    blend.save(tmp_path)
    assert Blend.load(tmp_path, SOME) == blend
    whole = json.loads((tmp_path / BLEND).read_text())
    for spoilt in ({"weight": 2}, {"weight": "x"}, {"first": {}}, {"second": {"stance": -1}}, {"first": [1]}):
        (tmp_path / BLEND).write_text(json.dumps(whole | spoilt))
        with pytest.raises(ModelError, match=BLEND):
            Blend.load(tmp_path, SOME)
