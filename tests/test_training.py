"""Training end to end: the folder it leaves, the run it logs, and what happens when tracking fails."""

from __future__ import annotations

import json

import pandas
import pytest

import stance
from stance.errors import ModelError
from stance.training import train


@pytest.fixture
def settings(make_corpus, tmp_path, monkeypatch):
    """Overrides for a training of a second, everything inside the test's folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return {
        "data.corpus": str(make_corpus()),
        "model.params.min_count": 1,
        "output.folder": str(tmp_path / "model"),
        "evaluation.resamples": 50,
    }


def test_a_run_is_logged_registered_and_loadable(settings, tmp_path):
    run = train({}, settings)
    assert run.tracking_error == ""
    assert run.logged.model_version == "1"
    assert run.logged.is_champion
    statement = stance.Statement("They must come to our capital.", target="river talks")
    expected = stance.load_model(run.folder).predict(statement)
    for source in ("models:/stance@champion", "models:/stance/1", f"runs:/{run.logged.run_id}/model"):
        assert stance.load_model(source).predict(statement) == expected
    assert stance.load_model().predict(statement) == expected

    import mlflow

    logged = mlflow.get_run(run.logged.run_id)
    assert logged.data.metrics["test.openness.macro_f1"] == pytest.approx(run.scores["test"].tasks["openness"].macro_f1)
    assert logged.data.metrics["test.openness.closed.support"] == 2
    assert logged.data.params["model.kind"] == "tfidf_linear"
    assert len(logged.data.tags["data_digest"]) == 64
    assert {d.dataset.name for d in logged.inputs.dataset_inputs} == {"train", "dev", "test"}
    client = mlflow.MlflowClient()
    files = {a.path for a in client.list_artifacts(run.logged.run_id)}
    assert {"config.yaml", "README.md", "environment.json", "evaluation"} <= files
    pictures = {a.path for a in client.list_artifacts(run.logged.run_id, "evaluation")}
    assert "evaluation/confusion_test_openness.png" in pictures


def test_the_mlflow_model_holds_no_code_and_gives_the_same_labels(settings, tmp_path):
    run = train({}, settings)
    import mlflow

    served = mlflow.pyfunc.load_model(f"runs:/{run.logged.run_id}/model")
    frame = pandas.DataFrame({"text": ["They must come to our capital.", "We refuse."], "side": ["Velmora", None]})
    own = stance.load_model(run.folder).predict_frame(
        [stance.Statement("They must come to our capital.", side="Velmora"), stance.Statement("We refuse.")]
    )
    pandas.testing.assert_frame_equal(served.predict(frame), own)
    with pytest.raises(mlflow.exceptions.MlflowException):
        served.predict(pandas.DataFrame({"speaker": ["nobody"]}))
    stored = [path for path in (tmp_path / "mlartifacts").rglob("*") if path.is_file()]
    assert not [path for path in stored if path.suffix in (".pkl", ".pickle", ".py", ".joblib", ".pt", ".bin")]


def test_a_worse_model_does_not_become_champion(settings, tmp_path):
    train({}, settings)
    worse = train({}, {**{k: v for k, v in settings.items() if "params" not in k}, "model.kind": "majority"})
    assert worse.logged.model_version == "2"
    assert not worse.logged.is_champion
    assert stance.load_model().name.startswith("tfidf_linear")


def test_a_dead_tracking_server_loses_nothing(settings):
    run = train({}, {**settings, "tracking.uri": "http://127.0.0.1:9"})
    assert run.logged is None
    assert "127.0.0.1:9" in run.tracking_error
    assert stance.load_model(run.folder).predict("We refuse.")


def test_the_folder_holds_card_scores_and_predictions(settings):
    run = train({}, {**settings, "tracking.enabled": False})
    card = (run.folder / "README.md").read_text(encoding="utf-8")
    assert f"{run.scores['test'].tasks['stance'].macro_f1:.3f}" in card
    scores = json.loads((run.folder / "evaluation" / "scores.json").read_text())
    assert scores["test"]["tasks"]["conditions"]["labels"]["venue"]["support"] == 2
    predictions = (run.folder / "evaluation" / "predictions_test.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(predictions) == run.scores["test"].statements == 12


def test_two_trainings_with_one_seed_give_equal_labels(settings, tmp_path):
    settings["tracking.enabled"] = False
    first, second = (train({}, {**settings, "output.folder": str(tmp_path / name)}) for name in ("one", "two"))
    rows = [(r.folder / "evaluation" / "predictions_test.jsonl").read_bytes() for r in (first, second)]
    assert rows[0] == rows[1]


def test_a_taken_folder_is_refused_before_training(settings, tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "notes.txt").write_text("mine")
    with pytest.raises(ModelError, match="not overwritten"):
        train({}, settings)
    assert not (tmp_path / "mlflow.db").exists()


def test_each_training_goes_to_the_store_its_config_names(settings, tmp_path):
    for name in ("one", "two"):
        settings |= {"tracking.uri": f"sqlite:///{tmp_path}/{name}.db", "output.folder": str(tmp_path / name)}
        assert train({}, settings).tracking_error == ""
    assert (tmp_path / "one.db").is_file() and (tmp_path / "two.db").is_file()
