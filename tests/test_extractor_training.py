"""Training and choosing extractors: the folder, the run, the scores, and what is refused."""

from __future__ import annotations

import json

import pytest

import stance
from stance.errors import InputError, ModelError
from stance.extractor_training import ExtractorRun
from stance.training import train

pytest.importorskip("torch")


@pytest.fixture
def settings(make_corpus, tiny_encoder, tmp_path, monkeypatch):
    """Overrides for a training of seconds, everything inside the test's folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return {
        "data.corpus": str(make_corpus()),
        "model.kind": "tagger",
        "model.params.encoder": str(tiny_encoder),
        "model.params.epochs": 2,
        "output.folder": str(tmp_path / "extractor"),
        "tracking.enabled": False,
    }


@pytest.fixture
def folder(settings):
    return train({}, settings).folder


def test_the_folder_holds_card_scores_and_statements(settings):
    done = train({}, settings)
    assert isinstance(done, ExtractorRun)
    assert done.scores["test"]["gold"] == done.floor["test"]["gold"] == 12
    about = json.loads((done.folder / "model.json").read_text())
    assert about["kind"] == "tagger"
    card = (done.folder / "README.md").read_text(encoding="utf-8")
    assert "rules" in card and f"{done.floor['test']['token_f1']:.3f}" in card
    assert (done.folder / "evaluation" / "scores.json").is_file()
    assert not [path for path in done.folder.rglob("*") if path.suffix in (".pkl", ".pickle", ".py", ".bin", ".pt")]


def test_a_run_is_registered_apart_from_the_models_that_label(settings, make_corpus):
    done = train({}, {**settings, "tracking.enabled": True})
    assert done.tracking_error == ""
    assert done.logged.model_version == "1" and done.logged.is_champion
    article = "“We are ready,” said Orla Venn."
    expected = stance.extract(article, done.folder)
    for source in ("tagger", "models:/stance-extractor@champion", f"runs:/{done.logged.run_id}/model"):
        assert stance.extract(article, source) == expected
    with pytest.raises(ModelError, match="stance train"):
        stance.load_model("models:/stance@champion")

    import mlflow
    import pandas

    logged = mlflow.get_run(done.logged.run_id)
    assert logged.data.metrics["dev.token_f1"] == pytest.approx(done.scores["dev"]["token_f1"])
    served = mlflow.pyfunc.load_model(f"runs:/{done.logged.run_id}/model")
    rows = served.predict(pandas.DataFrame({"text": [article]}))
    assert list(rows["text"]) == [statement.text for statement in expected]


def test_an_extractor_is_no_model_and_a_model_no_extractor(settings, folder, tmp_path, root, run):
    labels = {k: v for k, v in settings.items() if not k.startswith("model") and k != "output.folder"} | {
        "output.folder": str(tmp_path / "baseline"),
        "model.params.min_count": 1,
        "evaluation.resamples": 0,
    }
    baseline = train({}, labels).folder
    with pytest.raises(ModelError, match="labels statements"):
        stance.load_extractor(baseline)
    with pytest.raises(ModelError, match="--extractor"):
        stance.load_model(folder)
    news = root / "seeds" / "news"
    for args, said in (
        (["predict", news, "--model", folder, "--output", "-"], "--extractor"),
        (["predict", news, "--model", baseline, "--extractor", baseline, "--output", "-"], "--model"),
        (["extract", news, "--extractor", baseline, "--output", "-"], "--model"),
        (["extract", news, "--extractor", "tagger", "--output", "-"], "configs/extractor.yaml"),
        (["extract", news, "--speakers", "none.csv", "--output", "-"], "none.csv"),
        (["evaluate", news, "--model", baseline, "--extractor", folder], "one of them"),
    ):
        code, _, err = run(*args)
        assert code == 2, err
        assert said in err
        assert "Traceback" not in err
    assert stance.load_model(baseline, folder).extractor.name.startswith("tagger-")
    assert stance.load_model(baseline).extractor.name == "rules"


SPOILT = {
    "no weights": lambda folder: (folder / "weights.safetensors").unlink(),
    "weights that are none": lambda folder: (folder / "weights.safetensors").write_bytes(b"\x80\x04."),
    "no config": lambda folder: (folder / "config.yaml").unlink(),
    "a newer format": lambda folder: (folder / "model.json").write_text('{"format_version": 99}'),
    "a kind unheard of": lambda folder: (folder / "model.json").write_text(
        '{"format_version": 1, "kind": "oracle", "data_digest": ""}'
    ),
    "a tokenizer that is none": lambda folder: (folder / "tokenizer.json").write_text("{}"),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT.keys())
def test_hostile_folders_are_refused(folder, spoil):
    spoil(folder)
    with pytest.raises(ModelError):
        stance.load_extractor(folder)


def test_extractors_are_scored_on_the_command_line(settings, folder, tmp_path, run):
    corpus = settings["data.corpus"]
    code, out, err = run("evaluate", corpus, "--extractor", "rules", "--output", tmp_path / "scores.json")
    assert code == 0, err
    assert "48 statements in 8 articles" in " ".join(out.split())  # a long path wraps the table's title
    written = json.loads((tmp_path / "scores.json").read_text())
    assert written["extractor"] == "rules" and written["scores"]["gold"] == 48
    code, out, err = run("evaluate", corpus, "--extractor", folder, "--part", "test")
    assert code == 0, err
    assert "12 statements in 2 articles" in out and "trained on" not in out
    assert "trained on" in run("evaluate", corpus, "--extractor", folder)[1]


def test_a_corpus_without_its_articles_cannot_score_an_extractor(settings, tmp_path, run):
    (tmp_path / "corpus" / "articles" / "mine-0.txt").unlink()
    code, _, err = run("evaluate", settings["data.corpus"], "--extractor", "rules")
    assert code == 2 and "mine-0" in err


def test_the_command_line_trains_and_shows_the_rules_beside(settings, tmp_path, run):
    config = tmp_path / "extractor.yaml"
    config.write_text("model: {kind: tagger}\n", encoding="utf-8")
    overrides = [f"{key}={value}" for key, value in settings.items() if key != "model.kind"]
    code, out, err = run("train", config, *overrides, "tracking.enabled=false")
    assert code == 0, err
    assert "rules" in out and "unresolved" in out and "model.json" not in err


def test_unresolved_speakers_are_told_and_a_table_resolves_them(root, tmp_path, run):
    (tmp_path / "a.txt").write_text("“We will attend,” Dorn said on Monday.\n", encoding="utf-8")
    table = tmp_path / "speakers.csv"
    table.write_text("speaker_id,name,aliases,side\nilya_dorn,Ilya Dorn,Dorn,Veltria\n", encoding="utf-8")
    code, out, err = run("extract", tmp_path / "a.txt", "--speakers", table, "--output", "-")
    assert code == 0, err
    assert json.loads(out)["speaker_id"] == "ilya_dorn"
    assert "0.0% of 1 statements found have an unresolved speaker" in err


def test_a_faulty_table_of_speakers_is_named(tmp_path):
    (tmp_path / "speakers.csv").write_text("name,side\nDorn,Veltria\n", encoding="utf-8")
    with pytest.raises(InputError, match="speaker_id"):
        stance.extract("Dorn said no.", speakers=tmp_path / "speakers.csv")


def test_the_config_of_a_model_names_its_extractor(settings, folder, tmp_path):
    labels = {
        "data.corpus": settings["data.corpus"],
        "model.params.min_count": 1,
        "evaluation.resamples": 0,
        "tracking.enabled": False,
        "extraction.extractor": str(folder),
        "output.folder": str(tmp_path / "baseline"),
    }
    assert stance.load_model(train({}, labels).folder).extractor.name.startswith("tagger-")
