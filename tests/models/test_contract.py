"""What every model kind promises: the same tests run over each, whatever it is."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import numpy as np
import pytest
from sklearn.base import clone

from stance.config import DataConfig, InputConfig, load_config
from stance.corpus import load_corpus, split_corpus
from stance.errors import ModelError
from stance.models import MODELS
from stance.models.bundle import MODEL_FILE, load_bundle, replaced_folder, save_bundle
from stance.schema import Statement
from stance.tasks import TASKS
from stance.training import fit_bundle

QUICK = {"tfidf_linear": {"min_count": 1}, "majority": {}, "transformer": {"epochs": 1}}


@pytest.fixture(params=[kind for kind in MODELS if kind != "transformer"] + ["transformer"])
def kind(request):
    if request.param == "transformer":
        pytest.importorskip("torch", reason="the transformer extra is not installed")
    return request.param


@pytest.fixture
def trained(kind, make_corpus, tmp_path, monkeypatch, request):
    """A bundle of every kind, trained on four tiny domains, its split and its config."""
    overrides = {"model.kind": kind, "data.corpus": str(make_corpus()), "tracking.enabled": False}
    params = dict(QUICK[kind])
    if kind == "transformer":
        params["encoder"] = str(request.getfixturevalue("tiny_encoder"))
    settings = load_config({}, {**overrides, **{f"model.params.{k}": v for k, v in params.items()}}, kinds=MODELS)
    corpus = load_corpus(settings.data.corpus)
    split = split_corpus(corpus, DataConfig(corpus=settings.data.corpus))
    return fit_bundle(settings, corpus, split), split, corpus


def test_shapes_and_ranges(trained):
    bundle, split, _ = trained
    predicted = bundle.classifier.predict_proba(split.test)
    assert len(predicted) == len(split.test)
    for name, task in TASKS.items():
        proba = predicted.proba[name]
        assert proba.shape == (len(split.test), len(task.labels)), (
            "columns follow the codebook, whatever was trained on"
        )
        assert ((proba >= 0) & (proba <= 1)).all()
        if task.kind == "single":
            assert proba.sum(axis=1) == pytest.approx(1)
    starts, ends = predicted.spans[..., 0], predicted.spans[..., 1]
    lengths = np.array([[len(s.text)] for s in split.test])
    assert ((starts >= 0) & (starts < ends) & (ends <= lengths)).all()


def test_labels_keep_the_codebooks_rules(trained):
    bundle, split, _ = trained
    for statement, row in zip(split.test, bundle.label(split.test), strict=True):
        assert row.text == statement.text
        assert row.model == bundle.name
        assert all(row.text[c.start : c.end] == c.text for c in row.conditions)
        if row.openness == "conditional":
            assert row.conditions, "conditional needs a condition"


def test_batch_equals_single_and_order_does_not_matter(trained):
    bundle, split, _ = trained
    rows = bundle.label(split.test)
    alone = [bundle.label([s])[0] for s in split.test]
    backwards = bundle.label(split.test[::-1])[::-1]
    for together, single, back in zip(rows, alone, backwards, strict=True):
        assert _labels(together) == _labels(single) == _labels(back)
        for task, shares in together.proba.items():
            assert shares == pytest.approx(single.proba[task], abs=1e-4)


def test_an_empty_batch_gives_nothing(trained):
    bundle, _, _ = trained
    assert bundle.label([]) == []
    predicted = bundle.classifier.predict_proba([])
    assert {name: p.shape for name, p in predicted.proba.items()} == {n: (0, len(t.labels)) for n, t in TASKS.items()}


def test_odd_texts_are_labelled(trained):
    bundle, _, _ = trained
    odd = ["", " ", "x", "\x00", "🕊️" * 50, "‮abc", "word " * 3000, "ÄÖÜ\n\n\t", "=cmd()", "<b>no</b>"]
    rows = bundle.label([Statement(text) for text in odd])
    assert [row.text for row in rows] == odd


def test_save_and_load_change_nothing(trained, tmp_path):
    bundle, split, _ = trained
    with replaced_folder(tmp_path / "model") as folder:
        save_bundle(folder, bundle)
    loaded = load_bundle(tmp_path / "model")
    assert loaded.name == bundle.name
    assert loaded.config == bundle.config
    assert [_labels(r) for r in loaded.label(split.test)] == [_labels(r) for r in bundle.label(split.test)]


def test_one_seed_one_model(trained, kind):
    bundle, split, corpus = trained
    again = fit_bundle(bundle.config, corpus, split)
    assert [_labels(r) for r in again.label(split.test)] == [_labels(r) for r in bundle.label(split.test)]


def test_init_only_stores_and_clone_forgets(trained):
    bundle, split, _ = trained
    fresh = clone(bundle.classifier)
    assert fresh.get_params() == bundle.classifier.get_params()
    assert not [name for name in vars(fresh) if name.endswith("_")]


def test_one_task_alone(trained, kind):
    bundle, split, corpus = trained
    settings = bundle.config.model_copy(update={"tasks": ("stance",)})
    rows = fit_bundle(settings, corpus, split).label(split.test)
    assert {row.stance for row in rows} <= set(TASKS["stance"].labels)
    assert {row.openness for row in rows} == {""}
    assert not any(row.conditions for row in rows)


def test_a_spoilt_folder_is_refused_with_a_sentence(trained, tmp_path):
    bundle, _, _ = trained
    with replaced_folder(tmp_path / "model") as folder:
        save_bundle(folder, bundle)
    whole = {path.name: path.read_bytes() for path in (tmp_path / "model").iterdir()}
    for name in whole:
        (tmp_path / "model" / name).unlink()
        with pytest.raises(ModelError, match=name):
            load_bundle(tmp_path / "model")
        (tmp_path / "model" / name).write_bytes(b"\x80\x04foreign")
        with pytest.raises(ModelError, match=name):
            load_bundle(tmp_path / "model")
        (tmp_path / "model" / name).write_bytes(whole[name])
    load_bundle(tmp_path / "model")


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("format_version", 99, "newer than this stance"),
        ("format_version", "1", "whole number"),
        ("kind", "majority2", "differs"),
        ("labels", {"openness": ["yes", "no"]}, "differs from codebook"),
        ("temperatures", {"openness": -1}, r"temperatures\.openness"),
        ("thresholds", {"venue": "high"}, r"thresholds\.venue"),
        ("data_digest", None, "data_digest"),
    ],
)
def test_a_spoilt_model_json_is_refused(make_corpus, tmp_path, field, value, said):
    settings = load_config({}, {"model.kind": "majority", "data.corpus": str(make_corpus())}, kinds=MODELS)
    corpus = load_corpus(settings.data.corpus)
    with replaced_folder(tmp_path / "model") as folder:
        save_bundle(folder, fit_bundle(settings, corpus, split_corpus(corpus, settings.data)))
    about = json.loads((tmp_path / "model" / MODEL_FILE).read_text())
    (tmp_path / "model" / MODEL_FILE).write_text(json.dumps(about | {field: value}))
    with pytest.raises(ModelError, match=said):
        load_bundle(tmp_path / "model")


def test_a_pickle_inside_is_never_run(make_corpus, tmp_path):
    """A skops file that holds a type beyond ours is named and refused before anything of it is built."""
    import skops.io

    settings = load_config({}, {"data.corpus": str(make_corpus()), "model.params.min_count": 1}, kinds=MODELS)
    corpus = load_corpus(settings.data.corpus)
    with replaced_folder(tmp_path / "model") as folder:
        save_bundle(folder, fit_bundle(settings, corpus, split_corpus(corpus, settings.data)))
    place = tmp_path / "model" / "tfidf_linear.skops"
    about = json.loads((tmp_path / "model" / MODEL_FILE).read_text())
    skops.io.dump({"parts": InputConfig, "heads": {}, "spans": {}}, place)
    with pytest.raises(ModelError, match="is not the file that was saved"):
        load_bundle(tmp_path / "model")
    about["files"][place.name] = hashlib.sha256(place.read_bytes()).hexdigest()  # a stranger can write that too
    (tmp_path / "model" / MODEL_FILE).write_text(json.dumps(about))
    with pytest.raises(ModelError, match=r"foreign types.*InputConfig"):
        load_bundle(tmp_path / "model")


def test_a_folder_that_is_no_model_is_never_overwritten(tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work")
    with pytest.raises(ModelError, match="not overwritten"), replaced_folder(tmp_path / "thesis"):
        pass
    assert (tmp_path / "thesis" / "chapter.txt").read_text() == "years of work"


def test_a_failing_save_leaves_the_old_model(tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / MODEL_FILE).write_text("{}")

    def fail():
        with replaced_folder(tmp_path / "model") as folder:
            (folder / "half").write_text("written")
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        fail()
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    assert (tmp_path / "model" / MODEL_FILE).read_text() == "{}"


def _labels(row):
    return replace(row, proba=None)
