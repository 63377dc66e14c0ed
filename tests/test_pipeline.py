"""The Python API: what may go in, and that what comes out is the same however it is asked."""

from __future__ import annotations

import pytest

import stance
from stance.config import load_config
from stance.corpus import load_corpus, split_corpus
from stance.models import MODELS
from stance.pipeline import StanceModel
from stance.training import fit_bundle

ARTICLE = stance.Article(
    "Talks in doubt\n\n“We will sit down once the guns stop,” Foreign Minister Orla Venn said on Monday. "
    "The river is 900 kilometres long. “There is nobody to talk to,” the rebel leader, Tam Ruiz, replied.\n",
    article_id="a1",
    date="2031-04-02",
)


@pytest.fixture
def model(make_corpus):
    settings = load_config({}, {"data.corpus": str(make_corpus()), "model.params.min_count": 1}, kinds=MODELS)
    corpus = load_corpus(settings.data.corpus)
    return StanceModel(fit_bundle(settings, corpus, split_corpus(corpus, settings.data)))


def test_text_statement_and_article_may_be_mixed(model):
    rows = model.predict(["We refuse.", stance.Statement("We refuse.", speaker="Tam Ruiz"), ARTICLE])
    assert [row.text for row in rows[:2]] == ["We refuse.", "We refuse."]
    assert {row.article_id for row in rows[2:]} == {"a1"}
    assert len(rows) == 4, "two speakers, two statements; the river is nobody's statement"


def test_one_thing_alone_needs_no_list(model):
    assert model.predict("We refuse.") == model.predict(["We refuse."])
    assert model.predict(ARTICLE) == model.predict([ARTICLE])


def test_anything_else_is_refused(model):
    with pytest.raises(TypeError, match="expected str, Statement or Article, got int"):
        model.predict([3])


def test_frame_has_the_same_labels(model):
    rows, frame = model.predict(ARTICLE), model.predict_frame(ARTICLE)
    assert list(frame["openness"]) == [row.openness for row in rows]
    assert list(frame["conditions"]) == ["|".join(row.condition_labels) for row in rows]
    shares = frame[[c for c in frame if c.startswith("openness_proba_")]].sum(axis=1)
    assert shares.tolist() == pytest.approx([1] * len(rows), abs=1e-5)


def test_extract_takes_bare_text_and_passes_over_furniture():
    text = f"{ARTICLE.text}\nShare this article\nLeave a Comment\n"
    found = stance.extract(text)
    assert [s.speaker_id for s in found] == ["orla_venn", "tam_ruiz"]
    assert all(text[s.start : s.end] == s.text for s in found)


def test_the_three_uses_have_one_name_each():
    """`stance.extract` and `stance.train` stay functions even when the modules behind them are imported."""
    import stance.pipeline
    import stance.training

    assert all(callable(getattr(stance, name)) for name in ("extract", "train", "evaluate", "load_model"))
    with pytest.raises(AttributeError, match="no attribute 'predikt'"):
        stance.predikt  # noqa: B018
