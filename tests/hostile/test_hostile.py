"""Every hostile input through the command line, in this process: a sentence, an exit code, and the rest goes on."""

from __future__ import annotations

import csv
import json
import os
import re
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cases import CASES, OUTPUTS, SMALL, Case, OutputCase
from make import ESCAPE, FILES, FIRST, FORMULAS, LAST, PROSE, SIGNS, between, data, make, training_corpus
from pyarrow import parquet

from stance.cli import main
from stance.pipeline import StanceModel, load_model
from stance.sources.limits import LIMITS
from stance.training import train

Stance = Callable[..., tuple[int, str]]
HIDDEN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")  # no line feed


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny baseline."""
    folder = tmp_path_factory.mktemp("hostile")
    training_corpus(folder / "corpus")
    run = train(
        {
            "data": {"corpus": str(folder / "corpus")},
            "tasks": ["stance"],
            "model": {"params": {"min_count": 1}},
            "evaluation": {"resamples": 0},
            "tracking": {"enabled": False},
            "output": {"folder": str(folder / "model")},
        }
    )
    return Path(run.folder)


@pytest.fixture(scope="session")
def loaded(model: Path) -> StanceModel:
    return load_model(model)


@pytest.fixture
def box(tmp_path: Path) -> Path:
    """Where a case happens: the working directory is two folders down, so that `../../x` would be seen."""
    (tmp_path / "deep" / "here").mkdir(parents=True)
    return tmp_path


@pytest.fixture
def stance(
    box: Path, loaded: StanceModel, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Stance:
    """Runs `stance ARGS` in the box; returns exit code and what it says on standard error.

    The model is loaded once for all. Whatever comes of it, it is no traceback and steers no terminal.
    """
    monkeypatch.setattr("stance.pipeline.load_model", lambda *args, **more: loaded)

    def call(*args: object) -> tuple[int, str]:
        monkeypatch.chdir(box / "deep" / "here")
        monkeypatch.setattr(sys, "argv", ["stance", *map(str, args)])
        capfd.readouterr()
        try:
            main()
            code = 0
        except SystemExit as stop:
            code = int(stop.code or 0)
        out, said = capfd.readouterr()
        assert "Traceback" not in said
        assert not HIDDEN.search(out + said), said
        return code, said

    return call


def everything(box: Path) -> dict[str, object]:
    """All that is in the box, and whether it is as it was: kind, size, time of change, where a link points."""
    found: dict[str, object] = {}
    for parent, folders, names in os.walk(box):
        for name in (*folders, *names):
            path = os.path.join(parent, name)
            status = os.lstat(path)
            changed = () if stat.S_ISDIR(status.st_mode) else (status.st_size, status.st_mtime_ns, status.st_ino)
            found[os.path.relpath(path, box)] = (stat.S_IFMT(status.st_mode), *changed)
    return found


def rows_of(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def test_there_are_enough_of_them() -> None:
    assert len({case.file for case in CASES}) >= 60
    assert {case.file for case in CASES} == FILES.keys() - {"closed.jsonl", "vanishes.jsonl"}
    assert len({(case.file, case.command, *case.env) for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=[f"{case.command}-{case.file!a}-{case.what}" for case in CASES])
def test_input(case: Case, box: Path, stance: Stance, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = make(case.file, box / "in")
    (box / "out").mkdir()
    output = box / "out" / "out.jsonl"
    for name, value in case.env.items():
        monkeypatch.setenv(name, value)
    before = everything(box)
    if case.command == "train":
        config = {"data": {"kind": "table", "corpus": str(file)}, "tasks": ["stance"], "tracking": {"enabled": False}}
        (box / "run.yaml").write_text(json.dumps(config))
        before = everything(box)
        code, said = stance("train", box / "run.yaml", f"output.folder={output}")
    elif case.command == "evaluate":
        code, said = stance("evaluate", file, "--model", model)
    else:
        code, said = stance(case.command, file, *(["--model", model] * (case.command == "predict")), "--output", output)

    assert code == case.code, said
    new = {name for name, state in everything(box).items() if before.get(name) != state}
    assert before.keys() <= everything(box).keys()
    rejects = Path(f"{output}.rejects.jsonl")
    may = {"out/out.jsonl"} if code < 2 and output.exists() else set()
    assert new == may | ({"out/out.jsonl.rejects.jsonl"} if code == 1 and case.command == "predict" else set())
    if case.rows is not None and case.code < 2:
        assert [row["text"] for row in rows_of(output)] == list(case.rows)
    if code == 0:
        return
    assert re.search(case.says, said, re.DOTALL), said
    if code == 2:
        assert len(said.splitlines()) == 1
        assert said.startswith("stance: ")
        where = f"{file.name}:{case.line}: {case.field}" if case.line else file.name
        if file.name.isprintable():
            assert where in said, said
    else:
        assert rows_of(output), "the rest is labelled"
        (reject, *_) = rows_of(rejects)
        assert reject.keys() == {"file", "line", "field", "reason"}
        assert Path(str(reject["file"])).is_relative_to(file)
        assert (reject["line"], reject["field"]) == (case.line, case.field)
        assert re.search(case.says, str(reject["reason"]))


@pytest.mark.parametrize("case", OUTPUTS, ids=[f"{case.command}-{case.what}" for case in OUTPUTS])
def test_output(case: OutputCase, box: Path, stance: Stance, model: Path) -> None:
    folder = box / "place"
    (folder / "full").mkdir(parents=True)
    between()(folder / "in.jsonl")
    data("mine")(folder / "full" / "mine.txt")
    (folder / "full.jsonl").symlink_to("full")
    (folder / "link-to-in.jsonl").symlink_to("in.jsonl")
    (folder / "link-to-pipe.jsonl").symlink_to("pipe.jsonl")  # no device: a test that fails would put a file there
    os.mkfifo(folder / "pipe.jsonl")
    (folder / ".notes-elsewhere.jsonl.parts").symlink_to("full")
    (folder / ".notes-theirs.jsonl.parts").mkdir()
    data("theirs")(folder / ".notes-theirs.jsonl.parts" / "theirs.txt")
    data("theirs")(folder / ".notes-file.jsonl.parts")
    (folder / "rejects-folder.jsonl.rejects.jsonl").mkdir()
    data(PROSE)(box / "article.txt")
    training_corpus(box / "corpus")
    before = everything(box)
    given = {"predict": folder / "in.jsonl", "extract": box / "article.txt", "evaluate": box / "corpus"}[case.command]
    options = [] if case.command == "extract" else ["--model", model]
    code, said = stance(case.command, given, *options, "--output", case.output.replace("{}", str(folder)))
    assert code == 2
    assert re.search(case.says, said), said
    assert len(said.splitlines()) == 1
    assert everything(box) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read(box: Path, stance: Stance, model: Path) -> None:
    closed, good = make("closed.jsonl", box), make("bom.jsonl", box)
    code, said = stance("predict", closed, good, "--model", model, "--output", box / "out.jsonl")
    assert code == 1
    assert "closed.jsonl: cannot be read (Permission denied)" in said
    assert len(rows_of(box / "out.jsonl")) == 2


def test_a_file_that_vanishes_costs_itself_alone(
    box: Path, stance: Stance, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vanishing, good = make("vanishes.jsonl", box), make("bom.jsonl", box)
    opened = Path.open

    def gone_by_then(path: Path, *args: object, **more: object) -> object:
        if path == vanishing:
            path.unlink()
        return opened(path, *args, **more)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", gone_by_then)
    code, said = stance("predict", vanishing, good, "--model", model, "--output", box / "out.jsonl")
    assert code == 1
    assert "vanishes.jsonl: cannot be read (No such file" in said
    assert [row["text"] for row in rows_of(box / "out.jsonl")] == [FIRST, LAST]


def test_many_bad_inputs_cost_none_of_the_good_ones(box: Path, stance: Stance, model: Path) -> None:
    names = ["gzip-bomb.csv", "deep.jsonl", "pipe.txt", "device.parquet", "utf16.jsonl", "loop.jsonl", "bom.jsonl"]
    files = [make(name, box / "in") for name in names]
    code, said = stance("predict", *files, "--model", model, "--output", box / "out.csv")
    assert code == 1
    with (box / "out.csv").open(encoding="utf-8", newline="") as stream:
        assert [row["text"] for row in csv.DictReader(stream)] == [FIRST, LAST, FIRST, LAST]
    assert len(rows_of(box / "out.csv.rejects.jsonl")) == 6


@pytest.mark.parametrize("name", ["formulas.jsonl", "formula-texts.jsonl"])
def test_formulas_are_defused_in_csv_and_verbatim_elsewhere(name: str, box: Path, stance: Stance, model: Path) -> None:
    file = make(name, box)
    column = "speaker" if name == "formulas.jsonl" else "text"
    for ending in ("csv", "jsonl", "parquet"):
        assert stance("predict", file, "--model", model, "--output", box / f"out.{ending}")[0] == 0
    with (box / "out.csv").open(encoding="utf-8", newline="") as stream:
        table = list(csv.DictReader(stream))
    assert [row[column] for row in table] == [f"'{sign}" for sign in FORMULAS]
    assert not any(cell.startswith(tuple("=+-@\t\r")) for row in table for cell in row.values())
    assert [row[column] for row in rows_of(box / "out.jsonl")] == list(FORMULAS)
    assert parquet.read_table(box / "out.parquet")[column].to_pylist() == list(FORMULAS)
    assert stance("predict", box / "out.csv", "--model", model, "--output", box / "again.jsonl")[0] == 0
    assert [row[column] for row in rows_of(box / "again.jsonl")] == list(FORMULAS), "read back as it was"


def test_signs_and_escapes_are_kept_in_files_and_not_printed(box: Path, stance: Stance, model: Path) -> None:
    rows = [json.dumps({"text": text, "speaker": ESCAPE, "statement_id": ESCAPE}) for text in SIGNS]
    data("\n".join(rows))(box / "in.jsonl")
    code, _ = stance("predict", box / "in.jsonl", "--model", model, "--output", box / "out.jsonl", "--table")
    assert code == 0
    assert [(row["text"], row["speaker"]) for row in rows_of(box / "out.jsonl")] == [(sign, ESCAPE) for sign in SIGNS]


@pytest.mark.parametrize("value", ["0", "-1", "many", "1e9", ""])
def test_a_limit_that_is_no_number(
    value: str, box: Path, stance: Stance, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in LIMITS:
        monkeypatch.setenv(name, value)
    code, said = stance("predict", make("bom.jsonl", box), "--model", model, "--output", box / "out.jsonl")
    assert code == 2
    assert "whole number of bytes" in said


def test_a_limit_can_be_raised(box: Path, stance: Stance, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = make("long-line.jsonl", box)
    for value, expected in (*((SMALL[name], 1) for name in list(LIMITS)[:1]), ("100000", 0)):
        monkeypatch.setenv("STANCE_MAX_ROW_BYTES", value)
        assert stance("predict", file, "--model", model, "--output", box / "out.jsonl")[0] == expected
