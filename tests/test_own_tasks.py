"""Label tasks and tables of the user's own: one config section, no code."""

from __future__ import annotations

import csv
import json
from dataclasses import replace

import pandas
import pytest

import stance
from stance.behaviour import load_cases, run_cases
from stance.config import InputConfig, load_config
from stance.corpus import load_data
from stance.errors import ConfigError, InputError, ModelError, StanceError
from stance.evaluation import evaluate
from stance.models import TRAINABLE
from stance.report import write_statements
from stance.tasks import TASKS, LabelTask
from stance.training import train

TONES = {
    "hostile": ["We will crush them.", "They are liars and thieves.", "Let them burn in their lies."],
    "neutral": ["The round begins at noon.", "Two delegations arrived.", "The text has nine articles."],
    "warm": ["We thank our good friends.", "Our dear neighbours are welcome.", "We embrace our friends."],
}


@pytest.fixture
def table(tmp_path):
    """A CSV of tweets with a column of tones."""
    path = tmp_path / "tweets.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["tweet", "topic", "how"])
        for copy in range(6):
            for tone, texts in TONES.items():
                writer.writerows([f"{text} {copy}", "river talks", tone] for text in texts)
    return path


def _settings(path, tmp_path, **more):
    return {
        "data": {"kind": "table", "corpus": str(path), "columns": {"text": "tweet", "target": "topic"}},
        "tasks": [],
        "own_tasks": {"tone": {"labels": [*TONES], "column": "how"}},
        "model": {"params": {"min_count": 1}},
        "evaluation": {"resamples": 0},
        "tracking": {"enabled": False},
        "output": {"folder": str(tmp_path / "model")},
        **more,
    }


def test_a_table_with_own_labels_trains_saves_loads_and_predicts(table, tmp_path):
    run = train(_settings(table, tmp_path))
    assert set(run.scores["test"].tasks) == {"tone"}
    assert set(run.scores["test"].tasks["tone"].labels) == set(TONES)
    model = stance.load_model(run.folder)
    rows = model.predict([texts[0] for texts in TONES.values()])
    assert [row.own for row in rows] == [{"tone": tone} for tone in TONES]
    assert [row.openness for row in rows] == ["", "", ""]
    assert all(sum(row.proba["tone"].values()) == pytest.approx(1) for row in rows)
    frame = model.predict_frame([texts[0] for texts in TONES.values()])
    assert [*frame["tone"]] == [*TONES]
    assert frame[[f"tone_proba_{tone}" for tone in TONES]].to_numpy().argmax(axis=1).tolist() == [0, 1, 2]
    assert "tone (hostile, neutral, warm)" in (run.folder / "README.md").read_text()


@pytest.mark.parametrize("ending", [".jsonl", ".csv", ".parquet"])
def test_own_labels_stand_in_every_output_beside_the_codebooks(make_corpus, tmp_path, ending):
    def add_tone(rows):
        for row in rows:
            row["tone"] = "warm" if row["stance"] == "favor" else "cold"

    settings = {
        "data": {"corpus": str(make_corpus(change=add_tone))},
        "own_tasks": {"tone": {"labels": ["warm", "cold"]}},
        "model": {"params": {"min_count": 1}},
        "evaluation": {"resamples": 0},
        "tracking": {"enabled": False},
        "output": {"folder": str(tmp_path / "model")},
    }
    run = train(settings)
    assert [*run.scores["dev"].tasks] == ["openness", "conditions", "stance", "tone"]
    rows = stance.load_model(run.folder).predict(["We are ready to fly out tomorrow.", "There is nobody to talk to."])
    assert [(row.openness, row.own["tone"]) for row in rows] == [("open", "warm"), ("closed", "cold")]
    output = tmp_path / f"out{ending}"
    write_statements(rows, output)
    if ending == ".jsonl":
        found = [json.loads(line) for line in output.read_text().splitlines()]
        assert [row["tone"] for row in found] == ["warm", "cold"]
        assert set(found[0]["proba"]["tone"]) == {"warm", "cold"}
    else:
        frame = pandas.read_csv(output) if ending == ".csv" else pandas.read_parquet(output)
        assert frame["tone"].tolist() == ["warm", "cold"]
        assert frame["tone_proba_warm"][0] > frame["tone_proba_warm"][1]


def test_a_table_may_hold_a_task_of_the_codebook_under_another_name(tmp_path):
    path = tmp_path / "posts.jsonl"
    labels = {"favor": "We want these talks.", "against": "These talks are a trap.", "neutral": "It began at noon."}
    rows = [{"body_text": f"{text} {i}", "label": label} for i in range(8) for label, text in labels.items()]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    data = {"kind": "table", "corpus": str(path), "columns": {"text": "body_text", "stance": "label"}}
    run = train(_settings(path, tmp_path, data=data, tasks=["stance"], own_tasks={}))
    assert [*run.scores["test"].tasks] == ["stance"]
    done = evaluate(path, stance.load_model(run.folder))
    assert done.scores.statements == 24 and done.seen
    assert [row.stance for row in done.rows[:3]] == [*labels]


def test_condition_spans_of_our_own_csv_can_be_learnt_from(root, tmp_path):
    path = tmp_path / "labelled.csv"
    text = "We will come once the guns stop."
    spans = [{"label": "ceasefire", "start": 13, "end": 31, "text": "once the guns stop"}]
    pandas.DataFrame([{"text": text, "conditions_spans": json.dumps(spans)}]).to_csv(path, index=False)
    data = {"kind": "table", "corpus": str(path), "columns": {"conditions": "conditions_spans"}}
    config = load_config({"data": data, "tasks": ["conditions"]}, kinds=TRAINABLE)
    assert load_data(path, config).statements[0].conditions[0].text == "once the guns stop"
    spans[0]["end"] = 30
    pandas.DataFrame([{"text": text, "conditions_spans": json.dumps(spans)}]).to_csv(path, index=False)
    with pytest.raises(InputError, match=r"labelled.csv:2: conditions_spans: span \[13, 30\)"):
        load_data(path, config)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            ("hostile", "furious"),
            r"tweets.csv:2: how: no label of tone: \"furious\" \(allowed: hostile, neutral, warm\)",
        ),
        (("how", "who"), r"tweets.csv:2: how: no such column, which holds tone \(allowed: tweet, topic, who\)"),
        (("tweet,", "words,"), r"tweets.csv:2: tweet: no such column, which holds text"),
    ],
)
def test_a_fault_in_a_table_names_its_place(table, tmp_path, change, message):
    table.write_text(table.read_text().replace(*change, 1), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        train(_settings(table, tmp_path))
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"own_tasks": {"stance": {"labels": ["a", "b"]}}}, "own_tasks.*'stance' cannot name a task"),
        ({"own_tasks": {"../x": {"labels": ["a", "b"]}}}, "cannot name a task"),
        ({"own_tasks": {"tone": {"labels": ["a"]}}}, "own_tasks.tone.labels"),
        ({"own_tasks": {"tone": {"labels": ["a", "a"]}}}, "must be distinct"),
        ({"own_tasks": {"tone": {"labels": ["a", "b"], "colum": "x"}}}, r"own_tasks.tone.colum: unknown key.*column"),
        ({"own_tasks": {"openness_proba_open": {"labels": ["a", "b"]}}}, "cannot name a task"),
        ({"tasks": [], "own_tasks": {}}, "name at least one"),
        ({"data": {"columns": {"text": "tweet"}}}, "set kind: table"),
        ({"data": {"kind": "table", "columns": {"words": "tweet"}}}, "unknown field 'words'"),
    ],
)
def test_a_config_that_cannot_be_meant_is_refused(changed, message):
    with pytest.raises(ConfigError, match=message):
        load_config(changed, kinds=TRAINABLE)


def test_a_model_whose_labels_are_not_its_configs_is_refused(table, tmp_path):
    run = train(_settings(table, tmp_path))
    about = json.loads((run.folder / "model.json").read_text())
    about["labels"]["tone"] = ["warm", "neutral", "hostile"]
    (run.folder / "model.json").write_text(json.dumps(about))
    with pytest.raises(ModelError, match="labels: tone differs from config, own_tasks"):
        stance.load_model(run.folder)


def test_only_a_model_of_the_codebooks_tasks_is_registered_as_stance():
    some = load_config({"tasks": ["stance"]}, kinds=TRAINABLE)
    every = load_config({"own_tasks": {"tone": {"labels": ["warm", "cold"]}}}, kinds=TRAINABLE)
    assert (some.tracking.register_as, every.tracking.register_as) == ("", "")
    assert load_config({}, kinds=TRAINABLE).tracking.register_as == "stance"


def test_labels_of_any_signs_are_trained_drawn_and_tracked(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    labels = {"don't know": "Nobody can tell.", "$x_$": "We pay for it.", "+ (100%)": "We are all for it."}
    path = tmp_path / "posts.jsonl"
    path.write_text(
        "".join(json.dumps({"text": f"{t} {i}", "q": q}) + "\n" for i in range(8) for q, t in labels.items())
    )
    settings = _settings(path, tmp_path, own_tasks={"q": {"labels": [*labels]}}, tracking={"enabled": True})
    settings["data"] = {"kind": "table", "corpus": str(path)}
    run = train(settings)
    assert run.tracking_error == "" and run.logged is not None
    assert [row.own["q"] for row in stance.load_model(run.folder).predict([*labels.values()])] == [*labels]


def test_a_column_that_is_named_and_not_there_is_missed(table, tmp_path):
    settings = _settings(table, tmp_path)
    settings["data"]["columns"]["article_id"] = "userr"
    with pytest.raises(InputError, match=r"userr: no such column"):
        train(settings)


def test_a_fault_in_a_cell_names_the_users_column(table, tmp_path):
    table.write_text(table.read_text().replace("We will crush them. 0", "", 1), encoding="utf-8")
    with pytest.raises(InputError, match=r"tweets\.csv:2: tweet: is empty"):
        train(_settings(table, tmp_path))


def test_too_little_to_learn_from_is_a_sentence(tmp_path):
    path = tmp_path / "few.jsonl"
    path.write_text("".join(json.dumps({"text": f"w{i}x{i}", "tone": "ab"[i % 2]}) + "\n" for i in range(24)))
    settings = _settings(path, tmp_path, own_tasks={"tone": {"labels": ["a", "b"]}}, model={})
    settings["data"] = {"kind": "table", "corpus": str(path)}
    with pytest.raises(StanceError, match=r"model\.params\.min_count"):
        train(settings)


def test_behavioural_cases_are_refused_for_a_model_without_the_codebooks_labels(root):
    cases = load_cases(root / "tests" / "behaviour")
    with pytest.raises(StanceError, match="has learnt none of them"):
        run_cases(None, cases, ())


def test_a_tiny_transformer_learns_a_task_named_like_a_networks_own_parts(tiny_encoder, learnable, tmp_path):
    pytest.importorskip("torch")
    from stance.models.transformer import TransformerClassifier

    names = ("type", "tokens", "input_ids", "loss")
    tasks = {name: LabelTask(name, "single", ("a", "b"), None, "test", own=True) for name in names}
    rows = [replace(s, own=dict.fromkeys(names, "ab"[i % 2])) for i, s in enumerate(learnable)]
    every = {**TASKS, **tasks}
    model = TransformerClassifier(encoder=str(tiny_encoder), epochs=1, batch_size=4)
    model.fit(rows, [], inputs=InputConfig(), tasks=every, seed=1).save(tmp_path)
    again = TransformerClassifier.load(tmp_path, model.get_params(), inputs=InputConfig(), tasks=every)
    again.use_precision(tmp_path, "fp32", {})
    for name in names:
        assert again.predict_proba(rows).proba[name] == pytest.approx(model.predict_proba(rows).proba[name], abs=1e-4)
