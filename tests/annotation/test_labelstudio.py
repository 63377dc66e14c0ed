"""Label Studio: what goes out comes back, offsets in either unit, hostile exports refused by name.

`label_studio_export.json` was captured from a real server by experiments/label_studio/run.py.
"""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.annotation.labelstudio import (
    export_files,
    export_task,
    import_file,
    labelling_config,
    located,
    read_export,
    results,
)
from stance.corpus import load_corpus
from stance.errors import InputError, StanceError
from stance.report.rows import nested_record
from stance.schema import STATEMENT_FIELDS, ConditionSpan, LabelledStatement, Statement
from stance.tasks import TASKS

CAPTURED = Path(__file__).parent / "label_studio_export.json"
SEEDS = Path(__file__).parents[2] / "seeds"
DOVE = "🕊️ “We will come 🙂, but only after the 🔥 stops.”"
WORDS = "only after the 🔥 stops"


def _exported(*statements: LabelledStatement, by: object = 1) -> list[dict[str, Any]]:
    """Tasks as Label Studio gives them back when somebody labelled them as they were."""
    return [
        {
            "id": i,
            "data": export_task(statement)["data"],
            "annotations": [{"id": i, "completed_by": by, "was_cancelled": False, "result": results(statement)}],
        }
        for i, statement in enumerate(statements, start=1)
    ]


def _write(path: Path, data: object) -> Path:
    path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    return path


def _dove(**changes: Any) -> LabelledStatement:
    start = DOVE.index(WORDS)
    span = ConditionSpan(start, start + len(WORDS), "ceasefire", WORDS)
    statement = LabelledStatement(
        DOVE, "d:0", "d", speaker="she", openness="conditional", stance="favor", conditions=(span,)
    )
    return replace(statement, **changes)


def test_interface_asks_every_task_with_the_codebooks_labels() -> None:
    view = ElementTree.fromstring(labelling_config())
    for name, task in TASKS.items():
        kind, item = ("Labels", "Label") if task.kind == "multi" else ("Choices", "Choice")
        [tag] = view.findall(f"{kind}[@name='{name}']")
        assert tuple(label.get("value") for label in tag.findall(item)) == task.labels
        assert tag.get("toName") == "text"
    [text] = view.findall("Text")
    assert (text.get("value"), text.get("saveTextResult")) == ("$text", "yes")  # the words are checked on import


def test_what_the_real_server_gave_back() -> None:
    imported = read_export(CAPTURED, {"1": "first"})
    assert (imported.failures, imported.breaches, imported.skipped) == ([], [], 1)
    rows = {row["statement_id"]: row for row in imported.rows["first"]}
    emoji = rows["made-up:000"]
    assert emoji["text"].startswith("🕊️")
    assert [(c["label"], c["text"]) for c in emoji["conditions"]] == [
        ("ceasefire", "only after the 🔥 stops"),
        ("timing", "only after the 🔥 stops"),
        ("venue", "in Halm"),
    ]
    assert all(emoji["text"][c["start"] : c["end"]] == c["text"] for c in emoji["conditions"])
    gold = {s.statement_id: s for s in load_corpus(SEEDS / "news").statements}
    for name in set(rows) - {"made-up:000"}:
        assert rows[name] == {**nested_record(gold[name]), "doubt": "read twice"}


def test_round_trip_of_both_corpora_loses_nothing(tmp_path: Path) -> None:
    gold = [*load_corpus(SEEDS / "news").statements, *load_corpus(SEEDS / "written").statements]
    imported = read_export(_write(tmp_path / "export.json", _exported(*gold)), {})
    assert (imported.failures, imported.breaches) == ([], [])
    assert imported.rows == {"annotator-1": [{**nested_record(s), "doubt": ""} for s in gold]}


def test_predictions_travel_as_pre_annotations() -> None:
    proba = {"openness": {"open": 0.1, "conditional": 0.9}, "stance": {"favor": 0.7, "neutral": 0.3}}
    task = export_task(_dove(model="baseline", proba=proba))
    [prediction] = task["predictions"]
    assert prediction["model_version"] == "baseline"
    assert prediction["score"] == pytest.approx(0.8)
    regions = [item["value"] for item in prediction["result"] if item["from_name"] == "conditions"]
    assert [(r["labels"], r["text"]) for r in regions] == [(["ceasefire"], WORDS)]
    assert "predictions" not in export_task(Statement("We will come."))


@pytest.mark.parametrize("unit", ["code points", "UTF-16"])
def test_offsets_in_either_unit(tmp_path: Path, unit: str) -> None:
    tasks = _exported(_dove())
    value = tasks[0]["annotations"][0]["result"][-1]["value"]
    if unit == "UTF-16":
        before = DOVE[: DOVE.index(WORDS)]
        value["start"] = len(before.encode("utf-16-le")) // 2
        value["end"] = value["start"] + len(WORDS.encode("utf-16-le")) // 2
        assert value["start"] > DOVE.index(WORDS)
    [row] = read_export(_write(tmp_path / "export.json", tasks), {}).rows["annotator-1"]
    assert [(c["start"], c["text"]) for c in row["conditions"]] == [(DOVE.index(WORDS), WORDS)]


@given(st.text(st.sampled_from("ab 🔥🕊é\n"), min_size=1, max_size=30), st.data())
def test_located_reads_the_words_or_nothing(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    words = text[start:end].replace("\n", "\\n")
    assert located(text, start, end, words) == (start, end)
    units = [len(text[:place].encode("utf-16-le")) // 2 for place in (start, end)]
    found = located(text, units[0], units[1], words)
    assert found is not None and text[slice(*found)].replace("\n", "\\n") == words


def test_a_region_with_two_labels_is_two_conditions(tmp_path: Path) -> None:
    tasks = _exported(_dove())
    tasks[0]["annotations"][0]["result"][-1]["value"]["labels"] = ["ceasefire", "timing"]
    [row] = read_export(_write(tmp_path / "export.json", tasks), {}).rows["annotator-1"]
    assert [c["label"] for c in row["conditions"]] == ["ceasefire", "timing"]


@pytest.mark.parametrize(
    ("by", "known", "who"),
    [
        (7, {}, "annotator-7"),
        (7, {"7": "first"}, "first"),
        ({"id": 7, "email": "anna@example.org"}, {"anna@example.org": "first"}, "first"),
        ({"id": 7, "email": "anna@example.org"}, {}, "annotator-7"),  # no name leaks into the files
    ],
)
def test_annotators_become_ids(tmp_path: Path, by: object, known: dict[str, str], who: str) -> None:
    imported = import_file(_write(tmp_path / "export.json", _exported(_dove(), by=by)), tmp_path / "out", known)
    assert list(imported.rows) == [who]
    written = (tmp_path / "out" / f"{who}.jsonl").read_text(encoding="utf-8")
    assert json.loads(written)["openness"] == "conditional"
    assert "anna" not in written


def test_unfinished_annotation_is_kept_and_breaches_are_named(tmp_path: Path) -> None:
    unfinished = _dove(openness="", conditions=())
    bare = _dove(statement_id="d:1", conditions=())  # conditional without a condition
    imported = read_export(_write(tmp_path / "export.json", _exported(unfinished, bare)), {})
    assert [row["openness"] for row in imported.rows["annotator-1"]] == ["", "conditional"]
    [breach] = imported.breaches
    assert "export.json task:2: conditions: 'conditional' needs at least one condition" in str(breach)


def _result(place: int, **changes: Any) -> Any:
    def change(task: dict[str, Any]) -> None:
        task["annotations"][0]["result"][place]["value"].update(changes)

    return change


def _set(*path: Any, to: Any) -> Any:
    def change(task: dict[str, Any]) -> None:
        for key in path[:-1]:
            task = task[key]
        task[path[-1]] = to

    return change


BROKEN = [
    (_result(0, choices=["willing"]), "openness: unknown label 'willing' (allowed: open"),
    (_result(0, choices=["open", "closed"]), "openness: must hold one label"),
    (_result(0, choices=None), "openness: must hold one label"),
    (_result(0, choices=[["open"]]), "openness: unknown label"),
    (_result(2, labels=["place"]), "conditions: unknown label 'place'"),
    (_result(2, labels=[]), "conditions: must hold labels"),
    (_result(2, start=1), "conditions: [1, "),
    (_result(2, start=-4, end=9_999_999), "conditions: [-4, 9999999)"),
    (_result(2, start=10**30, end=10**31), "conditions: ["),
    (_result(2, start="1"), "conditions: a region must hold start, end and text"),
    (_result(2, text=None), "conditions: a region must hold start, end and text"),
    (_set("annotations", 0, "result", to={}), "result: must be a list"),
    (_set("annotations", 0, "result", 0, to=[]), "result: must hold from_name and value"),
    (_set("annotations", 0, "result", 0, "from_name", to="mood"), "unknown from_name 'mood'"),
    (_set("annotations", 0, "result", 0, "from_name", to="stance"), "stance: unknown label 'conditional'"),
    (_set("annotations", 0, "completed_by", to=None), "completed_by: must be a user"),
    (_set("annotations", to=[3]), "annotations: must be a list of objects"),
    (_set("annotations", to=None), "must hold data and annotations"),
    (_set("data", to={}), "has neither 'text'"),
    (_set("data", to={"body": "An article."}), "data: holds an article"),
    (_set("data", "start", to=3), "end: is missing"),
    (_set("data", "text", to=["a", "list"]), "text: must be text"),
]


@pytest.mark.parametrize(("change", "says"), BROKEN, ids=[says[:32] for _, says in BROKEN])
def test_broken_task_is_named_and_the_others_are_read(tmp_path: Path, change: Any, says: str) -> None:
    good, bad = _exported(_dove(), _dove(statement_id="d:1"))
    bad = copy.deepcopy(bad)
    change(bad)
    imported = read_export(_write(tmp_path / "export.json", [good, bad]), {})
    assert [row["statement_id"] for row in imported.rows["annotator-1"]] == ["d:0"]
    [failure] = imported.failures
    assert "export.json task:2: " in str(failure)
    assert says in str(failure)


def test_twice_by_one_annotator_is_refused(tmp_path: Path) -> None:
    imported = read_export(_write(tmp_path / "export.json", _exported(_dove(), _dove())), {})
    assert len(imported.rows["annotator-1"]) == 1
    assert "annotated 'd:0' twice" in str(imported.failures[0])


@pytest.mark.parametrize("text", ["", "{}", "[]", "[", '"tasks"', "[" * 100_000, '[{"data": 1' + "0" * 5000 + "}]"])
def test_no_export_at_all(tmp_path: Path, text: str) -> None:
    path = tmp_path / "export.json"
    path.write_text(text)
    with pytest.raises(InputError):
        read_export(path, {})


def test_export_of_articles_and_statements(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Talks\n\n“We will come,” the envoy Ada Ross said on Monday.\n", encoding="utf-8")
    (tmp_path / "s.jsonl").write_text(json.dumps({"text": DOVE, "speaker": "she"}) + "\n", encoding="utf-8")
    done = export_files([tmp_path / "a.txt", tmp_path / "s.jsonl"], tmp_path / "out")
    tasks = json.loads((tmp_path / "out" / "tasks.json").read_text(encoding="utf-8"))
    assert done.articles == 1
    assert done.statements == len(tasks) >= 2
    assert tasks[-1]["data"]["text"] == DOVE
    assert set(tasks[-1]["data"]) == set(STATEMENT_FIELDS)
    assert (tmp_path / "out" / "labelling.xml").read_text(encoding="utf-8") == labelling_config()


def test_export_of_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        export_files([tmp_path / "nowhere.txt"], tmp_path / "out")
    with pytest.raises(StanceError, match="no extractor 'magic'"):
        export_files([tmp_path / "nowhere.txt"], tmp_path / "out", extractor="magic")
    assert not (tmp_path / "out").exists()
