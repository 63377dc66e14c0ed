"""The command line as a user meets it: what it prints, what it writes, how it ends."""

from __future__ import annotations

import csv
import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from stance.cli import app

NEWS = "seeds/news"


@pytest.fixture(scope="module")
def model(tmp_path_factory, root):
    """A baseline trained on the shipped corpus, once."""
    import stance

    folder = tmp_path_factory.mktemp("models") / "baseline"
    overrides = {
        "data.corpus": str(root / "seeds" / "written"),
        "data.test": None,
        "evaluation.behaviour": str(root / "tests" / "behaviour"),
        "output.folder": str(folder),
        "tracking.enabled": False,
        "evaluation.resamples": 0,
    }
    stance.train(root / "configs" / "baseline.yaml", overrides)
    return folder


def test_help_names_the_commands_and_loads_nothing_heavy(root):
    heavy = ("torch", "mlflow", "transformers", "sklearn", "pandas", "datasets", "matplotlib", "trafilatura", "numpy")
    code = f"import sys, stance, stance.cli; print([m for m in {heavy!r} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root).stdout.strip() == "[]"
    printed = CliRunner().invoke(app, ["--help"]).output
    for command in ("train", "evaluate", "predict", "extract", "config"):
        assert command in printed


@pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet"])
def test_the_five_articles_are_labelled(run, model, tmp_path, ending):
    output = tmp_path / f"out.{ending}"
    code, _, err = run("predict", NEWS, "--model", model, "--output", output)
    assert code == 0, err
    if ending == "jsonl":
        rows = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    elif ending == "csv":
        rows = list(csv.DictReader(output.open(encoding="utf-8", newline="")))
    else:
        import pyarrow.parquet

        rows = pyarrow.parquet.read_table(output).to_pylist()
    assert len({row["article_id"] for row in rows}) == 5
    assert any("Ushakov" in row["speaker"] for row in rows)
    assert all(row["openness"] in ("open", "conditional", "closed", "unstated") for row in rows)


def test_offsets_point_into_the_articles(run, model, tmp_path, root):
    run("predict", NEWS, "--model", model, "--output", tmp_path / "out.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    for row in rows:
        article = (root / NEWS / f"{row['article_id']}.txt").read_bytes().decode("utf-8")
        assert article[row["start"] : row["end"]] == row["text"]
        for span in row["conditions"]:
            assert row["text"][span["start"] : span["end"]] == span["text"]


def test_command_line_python_and_reloaded_model_agree(run, model, tmp_path, root):
    import stance

    run("predict", NEWS, "--model", model, "--output", tmp_path / "out.jsonl")
    from_command = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    loaded = stance.load_model(model)
    fields = ("text", "context", "speaker", "speaker_id", "side", "target")
    statements = [stance.Statement(**{name: row[name] for name in fields}) for row in from_command]
    frame = loaded.predict_frame(statements)
    for row, again, (_, flat) in zip(from_command, loaded.predict(statements), frame.iterrows(), strict=True):
        assert [(c["label"], c["text"]) for c in row["conditions"]] == [(c.label, c.text) for c in again.conditions]
        assert (row["openness"], row["stance"]) == (again.openness, again.stance)
        assert (flat["openness"], flat["stance"]) == (row["openness"], row["stance"])


def test_extract_writes_statements_to_standard_output(run):
    code, out, err = run("extract", NEWS, "--output", "-")
    assert code == 0, err
    rows = [json.loads(line) for line in out.splitlines()]
    assert {"text", "speaker", "start", "end"} <= rows[0].keys()
    assert "openness" not in rows[0]


def test_evaluate_prints_and_writes_scores_with_support(run, model, tmp_path):
    code, out, err = run(
        "evaluate", "seeds/written", "--model", model, "--part", "test", "--output", tmp_path / "s.json"
    )
    assert code == 0, err
    scores = json.loads((tmp_path / "s.json").read_text())
    assert scores["statements"] == 842
    assert scores["seen_in_training"] is False
    assert scores["tasks"]["openness"]["labels"]["closed"]["support"] == 156
    assert "842 statements" in out


def test_evaluate_knows_a_test_corpus_of_its_own(run, model, tmp_path, root):
    """The shipped configs test on the five articles, and learn from what the split would hold out."""
    import shutil

    folder = shutil.copytree(model, tmp_path / "model")
    config = (folder / "config.yaml").read_text()
    assert "test: null" in config
    (folder / "config.yaml").write_text(config.replace("test: null", f"test: {root / NEWS}"))
    code, _, err = run("evaluate", "seeds/written", "--model", folder, "--part", "test")
    assert code == 2
    assert "seeds/news" in err and "--part" in err
    assert run("evaluate", NEWS, "--model", folder)[0] == 0


def test_evaluate_says_when_it_scores_on_training_data(run, model):
    _, out, _ = run("evaluate", "seeds/written", "--model", model)
    assert "trained on some of these" in out


def test_config_show_and_schema(run):
    code, out, _ = run("config", "show", "configs/baseline.yaml", "model.params.C=2")
    assert code == 0
    assert "C: 2" in out
    code, out, _ = run("config", "schema")
    assert "tfidf_linear" in json.loads(out)["$defs"]["ModelConfig"]["properties"]["kind"]["enum"]


def test_some_bad_inputs_are_named_and_the_rest_is_written(run, model, tmp_path):
    (tmp_path / "good.txt").write_text("“We are ready to meet,” the minister said.\n")
    (tmp_path / "bad.txt").write_bytes(b"\xff\xfe\x00")
    output = tmp_path / "out.jsonl"
    inputs = [tmp_path / name for name in ("good.txt", "bad.txt", "none.txt")]
    code, _, err = run("predict", *inputs, "--model", model, "--output", output)
    assert code == 1
    assert "bad.txt" in err
    assert "none.txt" in err
    assert len(output.read_text().splitlines()) == 1


UNUSABLE = [
    ("a missing config", ["train", "none.yaml"], "none.yaml"),
    ("a misspelt override", ["train", "configs/baseline.yaml", "model.params.D=1"], "model.params.D"),
    ("an unknown ending", ["predict", NEWS, "--output", "out.xlsx", "--model", "{model}"], ".parquet"),
    ("no such model", ["predict", NEWS, "--output", "{tmp}/o.jsonl", "--model", "nowhere"], "no such model folder"),
    (
        "only missing input",
        ["predict", "nothing.txt", "--output", "{tmp}/o.jsonl", "--model", "{model}"],
        "nothing.txt",
    ),
    ("an unknown extractor", ["extract", NEWS, "--output", "-", "--extractor", "magic"], "rules"),
    ("data that is no corpus", ["evaluate", "LICENSE", "--model", "{model}"], "LICENSE:"),
    ("no champion yet", ["predict", NEWS, "--output", "{tmp}/o.jsonl"], "stance train"),
]


@pytest.mark.parametrize(("args", "said"), [u[1:] for u in UNUSABLE], ids=[u[0] for u in UNUSABLE])
def test_unusable_arguments_exit_with_2_and_one_sentence(run, model, tmp_path, monkeypatch, args, said):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/empty.db")
    code, _, err = run(*(arg.format(tmp=tmp_path, model=model) for arg in args))
    assert code == 2
    assert said in err
    assert "Traceback" not in err
    assert not (tmp_path / "o.jsonl").exists()
