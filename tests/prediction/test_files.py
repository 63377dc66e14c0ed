"""Prediction into files and folders: what is written, what is refused, what survives a kill at any point."""

from __future__ import annotations

import csv
import errno
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from pyarrow import parquet

from stance.errors import InputError, StanceError
from stance.prediction import dry_run, predict_files
from stance.report import files as report_files
from stance.schema import STATEMENT_FIELDS, LabelledStatement, Statement
from stance.training import train

FORMATS = ["jsonl", "csv", "parquet"]


class Extractor:
    """Every line of an article is a statement of nobody's."""

    name = "lines"

    def extract(self, article):
        if "unreadable" in article.text:
            raise RecursionError("too deep")
        lines = article.text.splitlines()
        return [
            Statement(line, statement_id=f"{article.article_id}:{n}", article_id=article.article_id)
            for n, line in enumerate(lines)
        ]


class WordsOnly(Extractor):
    """Passes over lines without a letter."""

    def extract(self, article):
        return [statement for statement in super().extract(article) if statement.text.strip(". ")]


class Model:
    """Calls what holds `yes` open; cannot label what holds `poison`."""

    name, origin, abstain_below, extractor = "words", None, 0.0, Extractor()

    def predict(self, inputs):
        found = []
        if isinstance(inputs, str):
            inputs = [Statement(inputs)]
        for statement in [inputs] if isinstance(inputs, Statement) else inputs:
            if "poison" in statement.text:
                raise ValueError("cannot be read")
            fields = {name: getattr(statement, name) for name in STATEMENT_FIELDS}
            label = "open" if "yes" in statement.text else "unstated"
            found.append(LabelledStatement(**fields, openness=label, stance="neutral", model=self.name))
        return found


@pytest.fixture
def table(tmp_path):
    """Twelve statements, and how they look in JSONL."""
    path = tmp_path / "in.jsonl"
    texts = [f"Statement {n}: {'yes' if n % 3 else 'no'}" for n in range(12)]
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    return path


def texts_of(output):
    """The texts in a file or folder of predictions, in order."""
    if output.is_dir():
        manifest = json.loads((output / "manifest.json").read_text())
        return [text for part in manifest["parts"] for text in texts_of(output / part["name"])]
    if output.suffix == ".jsonl":
        return [json.loads(line)["text"] for line in output.read_text().splitlines()]
    if output.suffix == ".csv":
        return [row["text"] for row in csv.DictReader(output.open(encoding="utf-8", newline=""))]
    return parquet.read_table(output)["text"].to_pylist()


def contents(output):
    """Every byte of an output, its rejects included."""
    beside = output.with_name(output.name + ".rejects.jsonl")
    files = [*(sorted(output.iterdir()) if output.is_dir() else [output]), *([beside] if beside.exists() else [])]
    return {path.name: path.read_bytes() for path in files}


def rejects_of(output):
    path = output.with_name(output.name + ".rejects.jsonl")
    return [json.loads(line) for line in path.read_text().splitlines()]


class TestOutput:
    @pytest.mark.parametrize("ending", FORMATS)
    def test_a_file_holds_the_rows_of_all_shards_once_and_in_order(self, table, tmp_path, ending):
        output = tmp_path / f"out.{ending}"
        outcome = predict_files([table], Model(), output, shard_size=5)
        assert texts_of(output) == [json.loads(line)["text"] for line in table.read_text().splitlines()]
        assert (outcome.statements, outcome.failed, outcome.rejects) == (12, 0, None)
        assert sorted(os.listdir(tmp_path)) == ["in.jsonl", f"out.{ending}"]

    @pytest.mark.parametrize("ending", ["jsonl", "csv"])
    def test_a_file_does_not_depend_on_the_size_of_shards(self, table, tmp_path, ending):
        outputs = [tmp_path / f"out{size}.{ending}" for size in (1, 5, 100)]
        for size, output in zip((1, 5, 100), outputs, strict=True):
            predict_files([table], Model(), output, shard_size=size)
        assert len({output.read_bytes() for output in outputs}) == 1

    @pytest.mark.parametrize("ending", FORMATS)
    def test_a_folder_holds_parts_and_a_manifest_of_them(self, table, tmp_path, ending):
        output = tmp_path / "out"
        predict_files([table], Model(), output, shard_size=5, format=ending)
        manifest = json.loads((output / "manifest.json").read_text())
        names = [f"part-{n:05d}.{ending}" for n in range(3)]
        assert sorted(os.listdir(output)) == ["manifest.json", *names]
        assert [(part["name"], part["rows"]) for part in manifest["parts"]] == list(zip(names, (5, 5, 2), strict=True))
        for part in manifest["parts"]:
            assert hashlib.sha256((output / part["name"]).read_bytes()).hexdigest() == part["sha256"]
        assert (manifest["model"], manifest["inputs"], manifest["rows"]) == ("words", [str(table)], 12)
        assert len(texts_of(output)) == 12

    @pytest.mark.parametrize("ending", FORMATS)
    def test_shards_without_a_row_have_the_columns_of_the_others(self, tmp_path, ending):
        for name, text in (("a", "yes"), ("b", "\n\n.\n"), ("c", "no")):
            (tmp_path / f"{name}.txt").write_text(text)
        model = Model()
        model.extractor = WordsOnly()
        predict_files([tmp_path / f"{n}.txt" for n in "abc"], model, tmp_path / "out", shard_size=1, format=ending)
        predict_files([tmp_path / f"{n}.txt" for n in "abc"], model, tmp_path / f"o.{ending}", shard_size=1)
        assert texts_of(tmp_path / "out") == texts_of(tmp_path / f"o.{ending}") == ["yes", "no"]
        if ending == "parquet":
            parts = sorted((tmp_path / "out").glob("*.parquet"))
            assert len({str(parquet.read_schema(part)) for part in parts}) == 1

    def test_a_slash_or_an_existing_folder_means_a_folder(self, table, tmp_path):
        (tmp_path / "here.2031").mkdir()
        for output in (f"{tmp_path}/there.2031/", str(tmp_path / "here.2031")):
            predict_files([table], Model(), output)
            assert len(texts_of(Path(output))) == 12

    def test_a_finished_output_is_replaced(self, table, tmp_path):
        for output in (tmp_path / "out.csv", tmp_path / "out"):
            predict_files([table], Model(), output, shard_size=2)
            table.write_text('{"text": "Only this."}\n')
            predict_files([table], Model(), output, shard_size=2)
            assert texts_of(output) == ["Only this."]
        assert sorted(os.listdir(tmp_path / "out")) == ["manifest.json", "part-00000.jsonl"]

    def test_rows_are_handed_over_in_order(self, table, tmp_path):
        rows = []
        predict_files([table], Model(), tmp_path / "out.csv", shard_size=5, on_row=rows.append)
        assert [row.text for row in rows] == texts_of(tmp_path / "out.csv")

    def test_progress_counts_every_item_once(self, table, tmp_path):
        table.write_text(table.read_text() + "broken\n")
        done = []
        predict_files([table], Model(), tmp_path / "out.csv", shard_size=5, on_items=done.append)
        assert sum(done) == 13


class TestRejects:
    def test_what_cannot_be_used_is_named_in_a_file_and_the_rest_is_written(self, table, tmp_path):
        table.write_text('{"text": "yes"}\n{"text": ""}\n{"text": "poison", "statement_id": "s3"}\n{"text": "no"}\n')
        (tmp_path / "deep.txt").write_text("unreadable")
        output = tmp_path / "out.jsonl"
        outcome = predict_files([table, tmp_path / "deep.txt", tmp_path / "gone.txt"], Model(), output, shard_size=2)
        assert texts_of(output) == ["yes", "no"]
        assert outcome.rejects == tmp_path / "out.jsonl.rejects.jsonl"
        found = {(Path(row["file"]).name, row["line"], row["field"]): row["reason"] for row in rejects_of(output)}
        assert found.keys() == {
            ("in.jsonl", 2, "text"),
            ("gone.txt", None, ""),
            ("in.jsonl", 3, ""),
            ("deep.txt", None, ""),
        }
        assert "s3" in found["in.jsonl", 3, ""] and "cannot be read" in found["in.jsonl", 3, ""]
        assert "too deep" in found["deep.txt", None, ""]
        assert outcome.failed == 4 == len(outcome.failures)

    def test_the_file_is_absent_where_there_is_nothing_to_name(self, table, tmp_path):
        output = tmp_path / "out"
        good = table.read_text()
        table.write_text(good + "broken\n")
        predict_files([table], Model(), output)
        assert len(rejects_of(output)) == 1
        table.write_text(good)
        predict_files([table], Model(), output)
        assert not (tmp_path / "out.rejects.jsonl").exists()

    def test_many_failures_are_counted_and_few_are_held(self, table, tmp_path):
        table.write_text('{"text": "yes"}\n' + "broken\n" * 500)
        outcome = predict_files([table], Model(), tmp_path / "out.csv")
        assert outcome.failed == 500 == len(rejects_of(tmp_path / "out.csv"))
        assert len(outcome.failures) == 20

    @pytest.mark.parametrize("line", ["broken", '{"text": "poison"}'])
    @pytest.mark.parametrize("name", ["out.csv", "out"])
    def test_where_all_fail_the_first_failure_is_raised_and_nothing_written(self, table, tmp_path, line, name):
        table.write_text(f"{line}\n" * 3)
        with pytest.raises(StanceError, match=r"in\.jsonl:1"):
            predict_files([table], Model(), tmp_path / name, shard_size=2)
        assert os.listdir(tmp_path) == ["in.jsonl"]

    def test_a_failed_run_leaves_a_finished_folder_as_it_was(self, table, tmp_path):
        predict_files([table], Model(), tmp_path / "out")
        before = contents(tmp_path / "out")
        with pytest.raises(InputError, match=r"gone\.txt"):
            predict_files([tmp_path / "gone.txt"], Model(), tmp_path / "out")
        assert contents(tmp_path / "out") == before

    def test_a_file_name_that_is_no_unicode_costs_that_file_only(self, table, tmp_path):
        (tmp_path / os.fsdecode(b"caf\xe9.txt")).write_text("yes")
        (tmp_path / "good.txt").write_text("yes")
        outcome = predict_files([tmp_path], Model(), tmp_path / "out.csv")
        assert texts_of(tmp_path / "out.csv") == ["yes"]
        assert outcome.failed == len(rejects_of(tmp_path / "out.csv")) == 1


class TestRefused:
    def test_an_input_is_not_written_over(self, table, tmp_path):
        (tmp_path / "link.jsonl").symlink_to(table)
        for output in (table, tmp_path / "link.jsonl", f"{tmp_path}/./in.jsonl"):
            with pytest.raises(InputError, match="is an input"):
                predict_files([table], Model(), output)
        with pytest.raises(InputError, match="is an input"):
            predict_files([tmp_path], Model(), table)
        assert len(table.read_text().splitlines()) == 12

    def test_a_folder_of_inputs_is_not_written_into(self, table, tmp_path):
        with pytest.raises(InputError, match="holds the input"):
            predict_files([table], Model(), tmp_path)
        predict_files([table], Model(), tmp_path / "out")
        with pytest.raises(InputError, match="holds the input"):
            predict_files([tmp_path / "out"], Model(), tmp_path / "out")

    def test_a_folder_that_is_not_ours_is_left_alone(self, table, tmp_path):
        (tmp_path / "theirs").mkdir()
        (tmp_path / "theirs" / "part-00000.jsonl").write_text("theirs")
        with pytest.raises(InputError, match="holds no prediction"):
            predict_files([table], Model(), tmp_path / "theirs")
        assert os.listdir(tmp_path / "theirs") == ["part-00000.jsonl"]
        (tmp_path / "theirs" / "manifest.json").write_text('{"name": "a web page"}')
        with pytest.raises(InputError, match="holds no prediction"):
            predict_files([table], Model(), tmp_path / "theirs")

    @pytest.mark.parametrize(("name", "format"), [("out.xlsx", None), ("out.csv", "parquet"), ("out", "xlsx")])
    def test_formats_that_cannot_be_written(self, table, tmp_path, name, format):
        with pytest.raises(InputError):
            predict_files([table], Model(), tmp_path / name, format=format)

    def test_what_standard_input_and_output_cannot_do(self, table, tmp_path):
        with pytest.raises(StanceError, match="standard input"):
            predict_files(["-"], Model(), tmp_path / "out.csv", resume=True)
        with pytest.raises(StanceError, match="standard output"):
            predict_files([table], Model(), "-", resume=True)

    def test_several_processes_need_a_model_from_a_folder(self, table, tmp_path):
        with pytest.raises(StanceError, match="loaded from a folder"):
            predict_files([table], Model(), tmp_path / "out.csv", jobs=2)


class Stopped(BaseException):
    """What stops a run where a test wants it."""


@pytest.fixture
def stop_after(monkeypatch):
    """A function that lets so many files be put in place, and then stops the run."""

    def stop(count, error=Stopped):
        left = iter(range(count))
        replace = os.replace

        def counted(*args):
            if next(left, None) is None:
                raise error()
            replace(*args)

        monkeypatch.setattr(report_files.os, "replace", counted)
        return lambda: monkeypatch.setattr(report_files.os, "replace", replace)

    return stop


@pytest.mark.parametrize("name", ["out.jsonl", "out.csv", "out"])
class TestResume:
    @pytest.fixture
    def cut_short(self, table, tmp_path, name, stop_after):
        """An output whose run was stopped after two of six shards."""
        resume = stop_after(6)  # what the run depends on, two parts, their notes, and a third part
        with pytest.raises(Stopped):
            predict_files([table], Model(), tmp_path / name, shard_size=2)
        resume()
        return tmp_path / name

    def test_what_is_done_is_not_done_again(self, table, tmp_path, name, cut_short):
        predict_files([table], Model(), tmp_path / f"whole-{name}", shard_size=2)
        rows = []
        outcome = predict_files([table], Model(), cut_short, shard_size=2, resume=True, on_row=rows.append)
        assert len(rows) == 8
        assert outcome.statements == 12
        assert list(contents(cut_short).values()) == list(contents(tmp_path / f"whole-{name}").values())

    def test_an_unfinished_run_is_not_written_over(self, table, name, cut_short):
        with pytest.raises(StanceError, match="--resume goes on") as refused:
            predict_files([table], Model(), cut_short, shard_size=2)
        shutil.rmtree(str(refused.value).split("deleting ")[1].removesuffix(" starts over"))
        predict_files([table], Model(), cut_short, shard_size=2)
        assert len(texts_of(cut_short)) == 12

    @pytest.mark.parametrize("what", ["input_files", "inputs", "shard_size", "model", "abstain_below"])
    def test_other_settings_are_refused_by_name(self, table, tmp_path, name, cut_short, what):
        model, inputs, size = Model(), [table], 2
        if what == "input_files":
            table.write_text(table.read_text() + '{"text": "one more"}\n')
        elif what == "inputs":
            inputs = [table, table]
        elif what == "shard_size":
            size = 3
        else:
            setattr(model, {"model": "name"}.get(what, what), 0.7 if what == "abstain_below" else "other")
        with pytest.raises(StanceError, match=rf"--resume.*{what} \("):
            predict_files(inputs, model, cut_short, shard_size=size, resume=True)

    def test_a_part_that_was_damaged_is_done_again(self, table, name, cut_short):
        parts = cut_short if cut_short.is_dir() else cut_short.with_name(f".{name}.parts")
        (first,) = parts.glob("part-00000.jsonl") if name != "out.csv" else parts.glob("part-00000.csv")
        first.write_bytes(first.read_bytes()[:10])
        predict_files([table], Model(), cut_short, shard_size=2, resume=True)
        assert len(texts_of(cut_short)) == 12

    def test_nothing_to_go_on_with_is_no_fault(self, table, tmp_path, name):
        predict_files([table], Model(), tmp_path / name, resume=True)
        assert len(texts_of(tmp_path / name)) == 12

    def test_a_full_disk_ends_with_a_sentence_and_can_be_gone_on_with(self, table, tmp_path, name, stop_after):
        mended = stop_after(6, lambda: OSError(errno.ENOSPC, "No space left on device"))
        with pytest.raises(StanceError, match=r"No space left on device.*--resume"):
            predict_files([table], Model(), tmp_path / name, shard_size=2)
        mended()
        predict_files([table], Model(), tmp_path / name, shard_size=2, resume=True)
        assert len(texts_of(tmp_path / name)) == 12

    def test_a_kill_at_any_point_loses_and_repeats_nothing(self, table, tmp_path, name):
        """The process is killed before, and after, each single change that it makes to a name on disk."""
        table.write_text(table.read_text() + "broken\n" + '{"text": "poison"}\n')
        output, notes = tmp_path / name, tmp_path / f".{name}.parts"
        predict_files([table], Model(), output, shard_size=7)
        expected, step, killed = contents(output), 0, True
        while killed:
            for path in (output, notes, tmp_path / f"{name}.rejects.jsonl"):
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
            killed = _killed_at(step, lambda: predict_files([table], Model(), output, shard_size=7))
            if killed:
                predict_files([table], Model(), output, shard_size=7, resume=True)
            assert contents(output) == expected, f"killed at step {step}"
            assert not notes.exists()
            step += 1
        assert step > 20


def _killed_at(step, work):
    """Whether a copy of this process that does `work` was killed at its `step`-th change to the disk."""
    child = os.fork()
    if child == 0:
        left = iter(range(step))

        def dying(change):
            def changed(*args, **kwargs):
                for when in (lambda: None, lambda: change(*args, **kwargs)):
                    result = when()
                    if next(left, None) is None:
                        os.kill(os.getpid(), signal.SIGKILL)
                return result

            return changed

        for name in ("replace", "mkdir", "unlink", "rmdir"):
            setattr(os, name, dying(getattr(os, name)))
        try:
            work()
        except BaseException:
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def test_two_runs_do_not_write_into_one_output(table, tmp_path):
    def second(row):
        predict_files([table], Model(), tmp_path / "out.csv", resume=True)

    with pytest.raises(StanceError, match="another process"):
        predict_files([table], Model(), tmp_path / "out.csv", on_row=second)


class TestDryRun:
    def test_it_counts_and_writes_nothing(self, table, tmp_path):
        (tmp_path / "a.txt").write_text("yes\nno\npoison")
        table.write_text(table.read_text() + "broken\n")
        before = sorted(os.listdir(tmp_path))
        tried = dry_run([table, tmp_path / "a.txt"], Model(), tmp_path / "out.csv", shard_size=5)
        assert (tried.files, tried.shards) == (2, 3)
        assert (tried.outcome.articles, tried.outcome.statements, tried.outcome.extracted) == (1, 15, 3)
        assert tried.outcome.failed == 2, "the broken line, and what the sample cannot label"
        assert tried.seconds > 0
        assert sorted(os.listdir(tmp_path)) == before

    def test_it_refuses_what_the_run_would(self, table, tmp_path):
        with pytest.raises(InputError, match="is an input"):
            dry_run([table], Model(), table)
        with pytest.raises(InputError, match="no such file"):
            dry_run([tmp_path / "gone.csv"], Model(), tmp_path / "out.csv")


WORDS = {
    "We want these talks to succeed": "favor",
    "These talks are a shameful trap": "against",
    "The round began at noon": "neutral",
}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A trained model in a folder."""
    folder = tmp_path_factory.mktemp("trained")
    rows = ["text,stance", *(f"{text} {n},{label}" for n in range(9) for text, label in WORDS.items())]
    (folder / "words.csv").write_text("\n".join(rows) + "\n")
    return train(
        {
            "data": {"kind": "table", "corpus": str(folder / "words.csv"), "columns": {"text": "text"}},
            "tasks": ["stance"],
            "model": {"params": {"min_count": 1}},
            "evaluation": {"resamples": 0},
            "tracking": {"enabled": False},
            "output": {"folder": str(folder / "model")},
        }
    ).folder


KILLED = """
import os, signal, sys
from stance.pipeline import load_model
from stance.prediction.files import predict_files
from stance.prediction.output import Run

def die(run, part, add=Run.add):
    add(run, part)
    if part.number == 1:
        os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    Run.add = die
    predict_files([sys.argv[1]], load_model(sys.argv[2]), sys.argv[3], jobs=2, shard_size=2)
"""


class TestCommand:
    @pytest.mark.parametrize("ending", FORMATS)
    def test_any_number_of_processes_writes_the_same_bytes(self, run, model, tmp_path, ending):
        lines = [json.dumps({"text": f"{text} {n}"}) for n in range(4) for text in WORDS]
        (tmp_path / "in.jsonl").write_text("\n".join([*lines, "broken"]) + "\n")
        (tmp_path / "a.txt").write_text("“We will come,” the minister said.\n")
        found = []
        for jobs in (1, 2):
            output = tmp_path / f"out{jobs}.{ending}"
            inputs = (tmp_path / "in.jsonl", tmp_path / "a.txt")
            code, _, err = run(
                "predict", *inputs, "--model", model, "--output", output, "--jobs", jobs, "--shard-size", 4
            )
            assert code == 1 and "in.jsonl:13" in err
            found.append(list(contents(output).values()))
        assert found[0] == found[1]
        assert len(texts_of(output)) == 13

    def test_a_run_of_several_processes_that_was_killed_goes_on(self, run, model, tmp_path, root):
        (tmp_path / "in.jsonl").write_text(
            "".join(json.dumps({"text": f"{text} {n}"}) + "\n" for n in range(4) for text in WORDS)
        )
        (tmp_path / "main.py").write_text(KILLED)
        output = tmp_path / "out.jsonl"
        command = [sys.executable, tmp_path / "main.py", tmp_path / "in.jsonl", model, output]
        environment = os.environ | {"PYTHONPATH": str(root)}
        killed = subprocess.run(command, stdout=subprocess.PIPE, env=environment, cwd=tmp_path, check=False)
        assert killed.returncode == -signal.SIGKILL
        args = ("predict", tmp_path / "in.jsonl", "--model", model, "--shard-size", 2, "--output")
        code, _, err = run(*args, output)
        assert code == 2 and "--resume goes on" in err
        assert not output.exists()
        assert run(*args, output, "--resume")[0] == 0
        assert run(*args, tmp_path / "whole.jsonl")[0] == 0
        assert output.read_bytes() == (tmp_path / "whole.jsonl").read_bytes()

    def test_many_failures_are_named_up_to_a_point(self, run, model, tmp_path):
        (tmp_path / "in.jsonl").write_text('{"text": "We will come."}\n' + "broken\n" * 30)
        code, _, err = run("predict", tmp_path / "in.jsonl", "--model", model, "--output", tmp_path / "out.csv")
        assert code == 1
        assert err.count("failed: ") == 20
        assert "and 10 more, see" in err and "out.csv.rejects.jsonl" in err

    def test_a_dry_run_prints_what_it_found(self, run, model, tmp_path):
        (tmp_path / "in.jsonl").write_text('{"text": "We will come."}\n' * 3)
        args = ("predict", tmp_path / "in.jsonl", "--model", model, "--output", tmp_path / "out", "--dry-run")
        code, out, err = run(*args)
        assert code == 0, err
        assert "statements" in out and "3" in out and "about" in out
        (tmp_path / "in.jsonl").write_text('{"text": "We will come."}\nbroken\n')
        assert run(*args)[0] == 1
        assert not (tmp_path / "out").exists()

    @pytest.mark.parametrize("options", [("--resume",), ("--jobs", "2"), ("--format", "csv")])
    def test_standard_output_takes_none_of_the_options_for_files(self, run, model, tmp_path, options):
        (tmp_path / "in.jsonl").write_text('{"text": "We will come."}\n')
        code, out, err = run("predict", tmp_path / "in.jsonl", "--model", model, "--output", "-", *options)
        assert (code, out) == (2, "")
        assert options[0] in err

    def test_standard_output_takes_rows_past_a_bad_one(self, run, model, tmp_path):
        (tmp_path / "in.jsonl").write_text('broken\n{"text": "We will come."}\n')
        code, out, err = run("predict", tmp_path / "in.jsonl", "--model", model, "--output", "-")
        assert code == 1 and "in.jsonl:1" in err
        assert [json.loads(line)["text"] for line in out.splitlines()] == ["We will come."]
