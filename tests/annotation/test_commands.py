"""The commands around annotation: what they print, write and exit with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from stance.cli.agreement import agreement
from stance.cli.annotate import annotate_app
from stance.cli.corpus import corpus_app
from stance.errors import StanceError

SEEDS = Path(__file__).parents[2] / "seeds"
EXPORT = Path(__file__).parent / "label_studio_export.json"

agreement_app = typer.Typer()
agreement_app.command()(agreement)


def _run(app: typer.Typer, *arguments: object) -> Any:
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def _slim(path: Path, *rows: tuple[str, str]) -> Path:
    lines = ({"statement_id": n, "openness": o, "conditions": [], "stance": "neutral"} for n, o in rows)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_agreement_of_the_five_articles(tmp_path: Path) -> None:
    annotations = SEEDS / "news" / "annotations"
    output = tmp_path / "agreement.json"
    done = _run(agreement_app, annotations / "first.jsonl", annotations / "second.jsonl", "--output", output)
    assert done.exit_code == 0
    assert "91 statements in 5 articles" in done.stdout
    assert "1 rows have an empty statement_id" in done.stderr
    data = json.loads(output.read_text())
    assert f"{data['tasks']['openness']['alpha']:.3f}" in done.stdout
    assert data["without_id"] == [1, 1]


def test_agreement_names_what_only_one_file_has(tmp_path: Path) -> None:
    first = _slim(tmp_path / "first.jsonl", ("a:0", "open"), ("a:1", "open"))
    second = _slim(tmp_path / "second.jsonl", ("a:0", "closed"), ("a:2", "open"))
    done = _run(agreement_app, first, second)
    assert done.exit_code == 1
    assert "a:0 openness: open | closed" in done.stdout
    assert f"{first}:2: statement_id: 'a:1' is not in {second}" in done.stderr
    assert f"{second}:2: statement_id: 'a:2' is not in {first}" in done.stderr


def test_agreement_of_a_broken_file(tmp_path: Path) -> None:
    first = _slim(tmp_path / "first.jsonl", ("a:0", "open"))
    with pytest.raises(StanceError, match=r"second\.jsonl:1: openness: unknown label 'maybe'"):
        _run(agreement_app, first, _slim(tmp_path / "second.jsonl", ("a:0", "maybe")))


def test_corpus_show() -> None:
    done = _run(corpus_app, "show", SEEDS / "written")
    assert done.exit_code == 0
    for part in ("7,747 statements in 639 articles", "sha256", "justice_humanitarian", "peace_process", "0.918"):
        assert part in done.stdout


def test_corpus_check(tmp_path: Path) -> None:
    assert _run(corpus_app, "check", SEEDS / "news").exit_code == 0
    path = _slim(tmp_path / "statements.jsonl", ("a:0", "open"))
    done = _run(corpus_app, "check", tmp_path)
    assert done.exit_code == 2
    assert f"{path}:1: text: must be the statement's words" in done.stdout


def test_import_of_the_captured_export(tmp_path: Path) -> None:
    done = _run(annotate_app, "import", EXPORT, "--output", tmp_path, "--annotator", "1=first")
    assert done.exit_code == 0
    assert "3 statements by first written" in done.stderr
    assert len((tmp_path / "first.jsonl").read_text(encoding="utf-8").splitlines()) == 3


@pytest.mark.parametrize("pair", ["first", "=first", "1=../first", "1=", "1=é"])
def test_import_refuses_ids_that_are_no_file_names(tmp_path: Path, pair: str) -> None:
    with pytest.raises(StanceError, match="--annotator"):
        _run(annotate_app, "import", EXPORT, "--output", tmp_path, "--annotator", pair)


def test_export_then_import_failure_exits_one(tmp_path: Path) -> None:
    tasks = tmp_path / "out"
    statements = SEEDS / "news" / "statements.jsonl"
    assert _run(annotate_app, "export", statements, "--output", tasks).exit_code == 0
    exported = json.loads((tasks / "tasks.json").read_text(encoding="utf-8"))
    assert len(exported) == 91
    broken = tmp_path / "export.json"
    broken.write_text(json.dumps([{**task, "annotations": [{"completed_by": 1}]} for task in exported[:2]]))
    done = _run(annotate_app, "import", broken, "--output", tmp_path)
    assert done.exit_code == 1
    assert "export.json task:2: result: must be a list" in done.stderr


def test_check_of_the_five_articles(tmp_path: Path) -> None:
    output = tmp_path / "doubts.jsonl"
    done = _run(annotate_app, "check", SEEDS / "news", "--folds", 3, "--output", output, "--show", 2)
    assert done.exit_code == 0
    rows = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    assert rows
    assert {row["task"] for row in rows} <= {"openness", "conditions", "stance"}
    assert f"{len(rows)} labels to doubt" in done.stderr
