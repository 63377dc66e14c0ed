"""Annotators' label files: what is matched, what is reported, what is refused with file, line and field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stance.annotation.files import compare_files, corpus_breaches, read_annotations, write_agreement
from stance.config import EvaluationConfig
from stance.errors import InputError

SEEDS = Path(__file__).parents[2] / "seeds"
FEW = EvaluationConfig(resamples=20)
TEXT = "We will sit down once the shelling stops."
SPAN = {"label": "ceasefire", "start": 17, "end": 40, "text": "once the shelling stops"}


def _write(path: Path, *rows: Any) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def _slim(name: str, openness: str = "open", stance: str = "favor", conditions: Any = ()) -> dict[str, Any]:
    return {"statement_id": name, "openness": openness, "conditions": list(conditions), "stance": stance}


def test_alphas_of_the_written_corpus_are_those_of_its_data_card() -> None:
    annotations = SEEDS / "written" / "annotations"
    found = compare_files(annotations / "first.jsonl", annotations / "second.jsonl", EvaluationConfig(resamples=0))
    alphas = [f"{found.agreement.tasks[name].alpha:.3f}" for name in ("openness", "stance", "conditions")]
    card = (SEEDS / "README.md").read_text(encoding="utf-8")
    assert f"| all | {found.agreement.statements:,} | {' | '.join(alphas)} | |" in card
    assert len(found.unmatched) == 3, "three headlines that one reader alone took for statements"


def test_two_cuts_of_one_statement_and_rows_without_id(tmp_path: Path) -> None:
    whole = {**_slim("a:0", "conditional", conditions=[SPAN]), "text": TEXT, "start": 10}
    moved = {**SPAN, "start": 14, "end": 37}
    cut = {**_slim("a:0", "conditional", conditions=[moved]), "text": TEXT[3:], "start": 13}
    first = _write(tmp_path / "first.jsonl", whole, _slim(""))
    second = _write(tmp_path / "second.jsonl", cut, _slim("a:1"))
    found = compare_files(first, second, FEW)
    assert found.agreement.spans.exact_f1 == 1  # the same words of the article
    assert found.without_id == (1, 0)
    assert [(f.path, f.line, f.field) for f in found.unmatched] == [(str(second), 2, "statement_id")]
    assert "'a:1' is not in" in str(found.unmatched[0])


def test_written_as_json(tmp_path: Path) -> None:
    first = _write(tmp_path / "first.jsonl", _slim("a:0"), _slim("a:1"))
    second = _write(tmp_path / "second.jsonl", _slim("a:0"), _slim("a:1", "closed"))
    write_agreement(compare_files(first, second, FEW), tmp_path / "new" / "out.json")
    data = json.loads((tmp_path / "new" / "out.json").read_text())
    assert data["tasks"]["openness"]["equal"] == 1
    assert data["tasks"]["conditions"]["alpha"] is None  # both chose none throughout
    assert data["disagreements"] == [
        {"statement_id": "a:1", "task": "openness", "first": ["open"], "second": ["closed"], "text": ""}
    ]


BROKEN = [
    ({"openness": "open"}, "statement_id", "is missing"),
    ({**_slim("a:9"), "statement_id": 7}, "statement_id", "must be text"),
    (_slim("a:9", openness="willing"), "openness", "allowed: open, conditional, closed, unstated"),
    (_slim("a:9", stance="for"), "stance", "allowed: favor, against, neutral"),
    ({**_slim("a:9"), "conditions": None}, "conditions", "must be a list"),
    (_slim("a:9", conditions=["venue"]), "conditions", "must hold"),
    (_slim("a:9", conditions=[{**SPAN, "label": "place"}]), "conditions", "unknown label 'place'"),
    (_slim("a:9", conditions=[{**SPAN, "end": 99}]), "conditions", "does not fit its words"),
    (_slim("a:9", conditions=[{**SPAN, "start": True}]), "conditions", "must hold"),
    ({**_slim("a:9", conditions=[{**SPAN, "start": 16, "end": 39}]), "text": TEXT}, "conditions", "reads"),
    ({**_slim("a:9"), "start": -4}, "start", "must be a whole number"),
    (_slim("a:0"), "statement_id", "was used on line 1 before"),
    (["a list"], "", "must be an object"),
]


@pytest.mark.parametrize(("row", "field", "says"), BROKEN, ids=[f"{b[1]}-{b[2][:14]}" for b in BROKEN])
def test_broken_row_is_refused_with_file_line_and_field(tmp_path: Path, row: Any, field: str, says: str) -> None:
    path = _write(tmp_path / "labels.jsonl", _slim("a:0"), row)
    with pytest.raises(InputError) as caught:
        read_annotations(path)
    assert (caught.value.path, caught.value.line, caught.value.field) == (str(path), 2, field)
    assert says in str(caught.value)


def test_files_that_cannot_be_compared(tmp_path: Path) -> None:
    first = _write(tmp_path / "first.jsonl", {**_slim("a:0"), "text": TEXT})
    with pytest.raises(InputError, match="nothing to compare"):
        compare_files(first, _write(tmp_path / "other.jsonl", _slim("b:0")), FEW)
    with pytest.raises(InputError, match=r"other\.jsonl:1: text: 'a:0' has another text on line 1 of"):
        compare_files(first, _write(tmp_path / "other.jsonl", {**_slim("a:0"), "text": "Never."}), FEW)
    with pytest.raises(InputError, match="cannot be read"):
        compare_files(first, tmp_path / "nowhere.jsonl", FEW)


def test_the_seeds_have_no_breach() -> None:
    for corpus in ("news", "written"):
        assert corpus_breaches(SEEDS / corpus) == []


def test_breaches_are_named_with_file_and_line(tmp_path: Path) -> None:
    good = {**_slim("a:0", "conditional", conditions=[SPAN]), "text": TEXT, "speaker": "the general"}
    bare = {**_slim("a:1", "conditional"), "text": TEXT, "speaker": "the general"}
    again = {**_slim("a:0", stance="for"), "text": TEXT, "speaker": "the general"}
    _write(tmp_path / "statements.jsonl", good, bare, again)
    (tmp_path / "annotations").mkdir()
    _write(tmp_path / "annotations" / "first.jsonl", _slim("a:0"))
    _write(tmp_path / "annotations" / "second.jsonl", _slim("a:0", "willing"))
    found = [(Path(b.path).name, b.line, b.field) for b in corpus_breaches(tmp_path)]
    assert found == [
        ("statements.jsonl", 2, "conditions"),
        ("statements.jsonl", 3, "stance"),
        ("statements.jsonl", 3, "statement_id"),
        ("second.jsonl", 1, "openness"),
    ]


def test_a_split_that_names_no_domain_is_a_breach(tmp_path: Path) -> None:
    _write(tmp_path / "statements.jsonl", {**_slim("a:0"), "text": TEXT, "speaker": "x", "domain": "war"})
    (tmp_path / "split.yaml").write_text("dev: [peace]\n")
    [breach] = corpus_breaches(tmp_path)
    assert (Path(breach.path).name, breach.line) == ("split.yaml", 1)


def test_a_corpus_without_rows_is_refused(tmp_path: Path) -> None:
    (tmp_path / "statements.jsonl").write_text("\n")
    with pytest.raises(InputError, match="holds no statements"):
        corpus_breaches(tmp_path)
