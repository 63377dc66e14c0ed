"""Label tasks and tables of the user's own: one config section, no code."""

from __future__ import annotations

import csv
import json

import pandas
import pytest

import stance
from stance.config import load_config
from stance.corpus import load_data
from stance.errors import ConfigError, InputError, ModelError
from stance.evaluation import evaluate
from stance.models import TRAINABLE
from stance.report import write_statements
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


def test_only_a_model_of_all_the_codebooks_tasks_is_registered_as_stance():
    some = load_config({"tasks": ["stance"]}, kinds=TRAINABLE)
    every = load_config({"own_tasks": {"tone": {"labels": ["warm", "cold"]}}}, kinds=TRAINABLE)
    assert (some.tracking.register_as, every.tracking.register_as) == ("", "stance")
