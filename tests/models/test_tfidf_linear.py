"""The baseline finds the clause that states a requirement, and carries its lexicon with it."""

from __future__ import annotations

import numpy as np
import pytest

from stance.config import DataConfig, InputConfig
from stance.corpus import load_corpus, split_corpus
from stance.features.lexicon import Lexicon
from stance.models.tfidf_linear import TfidfLinear
from stance.schema import ConditionSpan, LabelledStatement
from stance.tasks import CONDITIONS, TASKS


@pytest.fixture
def split(make_corpus):
    path = make_corpus()
    return split_corpus(load_corpus(path), DataConfig(corpus=path))


def fitted(statements, tasks=TASKS):
    return TfidfLinear(min_count=1).fit(statements, (), inputs=InputConfig(), tasks=tasks, seed=1)


def test_the_span_is_the_clause_with_its_marker(split):
    statement = next(s for s in split.test if s.condition_labels == ("ceasefire",))
    predicted = fitted(split.train).predict_proba([statement])
    label = CONDITIONS.labels.index("ceasefire")
    start, end = predicted.spans[0, label]
    assert statement.text[start:end] == "once the guns stop"
    assert predicted.proba["conditions"][0].argmax() == label


def test_a_statement_without_requirement_has_no_likely_condition(split):
    open_ = next(s for s in split.test if s.openness == "open")
    conditional = next(s for s in split.test if s.openness == "conditional")
    proba = fitted(split.train).predict_proba([open_, conditional]).proba["conditions"].max(axis=1)
    assert proba[0] < 0.2 < proba[1]


def test_a_saved_model_keeps_its_lexicon(split, tmp_path, monkeypatch):
    model = fitted(split.train)
    before = model.predict_proba(split.test)
    model.save(tmp_path)
    monkeypatch.setattr("stance.models.tfidf_linear.shipped_lexicon", lambda: Lexicon([("guns", "ready")]))
    after = TfidfLinear.load(tmp_path, {"min_count": 1}, inputs=InputConfig(), tasks=TASKS).predict_proba(split.test)
    for task, proba in before.proba.items():
        assert after.proba[task] == pytest.approx(proba)
    assert np.array_equal(before.spans, after.spans)


def test_without_conditions_in_train_none_is_likely():
    said = [("We are ready.", "open", "favor"), ("We refuse.", "closed", "against")] * 3
    train = [LabelledStatement(text, openness=openness, stance=stance) for text, openness, stance in said]
    predicted = fitted(train).predict_proba(train)
    assert predicted.proba["conditions"].max() < 0.1
    assert (predicted.spans[:, :, 1] == [[len(s.text)] for s in train]).all()


def test_every_condition_known_from_one_statement_alone():
    text = "We will come once the guns stop."
    span = ConditionSpan(13, 31, "ceasefire", text[13:31])
    train = [
        LabelledStatement(text, openness="conditional", conditions=(span,), stance="favor"),
        LabelledStatement("They left.", openness="unstated", stance="neutral"),
    ]
    predicted = fitted(train).predict_proba(train)
    assert predicted.proba["conditions"].shape == (2, len(CONDITIONS.labels))
    assert np.isfinite(predicted.proba["conditions"]).all()
