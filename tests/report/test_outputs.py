"""What is written can be read back; nothing is half-written."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from stance.errors import InputError, StanceError
from stance.report import WRITERS, write_statements
from stance.report.frame import to_frame
from stance.report.rows import STATEMENT_COLUMNS, columns_of, flat_record, nested_record
from stance.schema import STATEMENT_FIELDS, ConditionSpan, LabelledStatement, Statement
from stance.sources import read_inputs
from stance.tasks import TASKS

TEXT = "“We will sit down once the shelling stops.”"
GOLD = LabelledStatement(
    text=TEXT,
    statement_id="d1-001:000",
    article_id="d1-001",
    start=33,
    end=33 + len(TEXT),
    context="Rain fell.",
    speaker="Foreign Minister Ilya Dorn",
    speaker_id="ilya_dorn",
    side="Veltria",
    target="Veltria-Osk ceasefire talks",
    quotation="direct",
    date="2031-04",
    domain="interstate_war",
    openness="conditional",
    conditions=(
        ConditionSpan(18, 41, "ceasefire", "once the shelling stops"),
        ConditionSpan(18, 41, "timing", "once the shelling stops"),
    ),
    stance="favor",
)
PROBA = {
    "openness": {"open": 0.1, "conditional": 0.7, "closed": 1 / 7, "unstated": 0.0571428571},
    "conditions": dict.fromkeys(TASKS["conditions"].labels, 1 / 3),
    "stance": {"favor": 0.5, "against": 0.25, "neutral": 0.25},
}
PREDICTED = replace(GOLD, proba=PROBA, model="tfidf@3")
HOSTILE = [
    "=HYPERLINK(0)",
    "+7 495",
    "-1",
    "@home",
    "\tindented",
    "\rcarriage",
    "'=already",
    "'plain'",
    'says "no", then; leaves | stays',
    "two\nlines\r\nor three\rfour",
    "😀 👩‍🚀 e\u0301 \u202eright to left\u202c \u2028 \x85 \x1b[31m",
    " spaces around \u00a0",
    "[bold]markup[/bold]",
    '{"json": true}',
    "\ufeffmark",
    "NaN",
]


@pytest.fixture(params=list(WRITERS))
def output(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A file to write, once per format."""
    return tmp_path / f"out{request.param}"


def as_statement(statement: Statement) -> Statement:
    """Without labels."""
    return Statement(**{name: getattr(statement, name) for name in STATEMENT_FIELDS})


def with_text(text: str, number: int = 0) -> LabelledStatement:
    end = 5 + len(text)
    return replace(GOLD, text=text, start=5, end=end, statement_id=f"s{number}", speaker=text, conditions=())


def test_every_field_of_a_statement_has_a_column() -> None:
    assert set(STATEMENT_COLUMNS) == {field.name for field in fields(Statement)}


class TestRecords:
    def test_nested_as_in_the_design(self) -> None:
        record = nested_record(GOLD)
        assert list(record)[:5] == ["statement_id", "article_id", "domain", "start", "end"]
        assert record["openness"] == "conditional"
        assert record["conditions"][0] == {
            "label": "ceasefire",
            "start": 18,
            "end": 41,
            "text": "once the shelling stops",
        }
        assert "proba" not in record
        assert "model" not in record

    def test_predicted_rows_add_probabilities_and_model(self) -> None:
        record = nested_record(PREDICTED)
        assert record["model"] == "tfidf@3"
        assert record["proba"]["openness"]["closed"] == 0.142857
        assert set(record["proba"]["conditions"]) == set(TASKS["conditions"].labels)

    def test_flat_as_in_the_design(self) -> None:
        record = flat_record(PREDICTED)
        assert record["conditions"] == "ceasefire|timing"
        assert [span["label"] for span in json.loads(record["conditions_spans"])] == ["ceasefire", "timing"]
        assert record["openness_proba_open"] == 0.1
        assert record["stance_proba_neutral"] == 0.25
        assert record["conditions_proba_venue"] == 0.333333

    def test_columns_follow_the_tasks(self) -> None:
        columns = list(columns_of([PREDICTED]))
        assert columns == list(flat_record(PREDICTED))
        labels = [column.removeprefix("stance_proba_") for column in columns if "stance_proba" in column]
        assert tuple(labels) == TASKS["stance"].labels
        assert not [column for column in columns_of([GOLD]) if "proba" in column]
        assert "openness" not in columns_of([as_statement(GOLD)])

    @pytest.mark.parametrize("share", [float("nan"), float("inf")])
    def test_a_probability_that_is_no_number_is_refused(self, share: float, tmp_path: Path, output: Path) -> None:
        broken = replace(PREDICTED, proba={"stance": {"favor": share, "against": 0.0, "neutral": 0.0}})
        with pytest.raises(StanceError, match="probability"):
            write_statements([broken], output)


class TestRoundTrip:
    @pytest.mark.parametrize("row", [as_statement(GOLD), GOLD, PREDICTED], ids=["bare", "gold", "predicted"])
    def test_statements_come_back(self, output: Path, row: Statement) -> None:
        assert write_statements([row], output) == 1
        assert list(read_inputs([output])) == [as_statement(row)]

    def test_hostile_text_comes_back(self, output: Path) -> None:
        rows = [with_text(text, number) for number, text in enumerate(HOSTILE)]
        write_statements(rows, output)
        assert list(read_inputs([output])) == [as_statement(row) for row in rows]

    def test_a_sentence_without_an_article(self, output: Path) -> None:
        row = Statement(text="We will come.", statement_id="x")
        write_statements([row], output)
        assert list(read_inputs([output])) == [row]

    def test_probabilities_are_alike_in_every_format(self, tmp_path: Path) -> None:
        for ending in WRITERS:
            write_statements([PREDICTED], tmp_path / f"p{ending}")
        nested = json.loads((tmp_path / "p.jsonl").read_text("utf-8"))
        (cells,) = csv.DictReader((tmp_path / "p.csv").open(encoding="utf-8", newline=""))
        (typed,) = parquet.read_table(tmp_path / "p.parquet").to_pylist()
        for task in TASKS.values():
            for label in task.labels:
                share = nested["proba"][task.name][label]
                column = f"{task.name}_proba_{label}"
                assert share == float(cells[column]) == typed[column] == round(PROBA[task.name][label], 6)

    def test_a_task_without_probabilities_has_empty_cells(self, output: Path) -> None:
        row = replace(PREDICTED, proba={"openness": PROBA["openness"]})
        write_statements([row], output)
        assert list(read_inputs([output])) == [as_statement(row)]

    def test_csv_cells_are_no_formulas(self, tmp_path: Path) -> None:
        write_statements([with_text(text) for text in HOSTILE], tmp_path / "s.csv")
        for row in csv.reader((tmp_path / "s.csv").open(encoding="utf-8", newline="")):
            assert not [cell for cell in row if cell.startswith(tuple("=+-@\t\r"))]

    def test_many_rows(self, output: Path) -> None:
        rows = [replace(GOLD, statement_id=f"s{number}") for number in range(5000)]
        assert write_statements(iter(rows), output) == 5000
        assert list(read_inputs([output])) == [as_statement(row) for row in rows]

    @given(
        texts=st.lists(
            st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1).filter(str.strip),
            min_size=1,
            max_size=4,
        )
    )
    @settings(max_examples=60, deadline=None)
    def test_any_text_comes_back(self, tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
        rows = [with_text(text, number) for number, text in enumerate(texts)]
        folder = tmp_path_factory.mktemp("any")
        for ending in WRITERS:
            write_statements(rows, folder / f"s{ending}")
            assert list(read_inputs([folder / f"s{ending}"])) == [as_statement(row) for row in rows]


class TestWriting:
    def test_unknown_endings_name_the_known(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"\.xlsx.*\.jsonl, \.csv, \.parquet"):
            write_statements([GOLD], tmp_path / "out.xlsx")

    def test_a_missing_folder_is_made(self, tmp_path: Path) -> None:
        write_statements([GOLD], tmp_path / "new" / "deep" / "out.csv")
        assert (tmp_path / "new" / "deep" / "out.csv").exists()

    def test_a_failure_leaves_what_was_there(self, output: Path) -> None:
        output.write_text("kept")

        def failing() -> Iterator[Statement]:
            yield GOLD
            raise RuntimeError("lost power")

        with pytest.raises(RuntimeError, match="lost power"):
            write_statements(failing(), output)
        assert output.read_text() == "kept"
        assert os.listdir(output.parent) == [output.name]

    def test_a_failure_leaves_no_new_file(self, output: Path) -> None:
        with pytest.raises(InputError, match="Unicode"):
            write_statements([replace(GOLD, context="half \ud83d pair")], output)
        assert os.listdir(output.parent) == []

    def test_rows_richer_than_the_first_are_refused_not_cut(self, tmp_path: Path) -> None:
        for ending in (".csv", ".parquet"):
            with pytest.raises(StanceError, match="d1-001:000"):
                write_statements([GOLD, PREDICTED], tmp_path / f"out{ending}")
        assert write_statements([GOLD, PREDICTED], tmp_path / "out.jsonl") == 2

    @pytest.mark.parametrize("place", [".", "a_folder.jsonl", "a_file.csv/out.jsonl", "x" * 300 + ".jsonl"])
    def test_places_that_cannot_be_written(self, tmp_path: Path, place: str) -> None:
        (tmp_path / "a_folder.jsonl").mkdir()
        (tmp_path / "a_file.csv").write_text("x")
        with pytest.raises(InputError):
            write_statements([GOLD], tmp_path / place)

    def test_a_link_stays_a_link(self, tmp_path: Path) -> None:
        (tmp_path / "link.jsonl").symlink_to(tmp_path / "real.jsonl")
        write_statements([GOLD], tmp_path / "link.jsonl")
        assert (tmp_path / "link.jsonl").is_symlink()
        assert (tmp_path / "real.jsonl").exists()

    def test_no_rows(self, output: Path) -> None:
        assert write_statements([], output) == 0
        assert output.exists()
        if output.suffix == ".csv":
            assert output.read_text().rstrip().split(",") == list(columns_of([]))

    def test_standard_output_is_jsonl(self, monkeypatch: pytest.MonkeyPatch) -> None:
        stream = io.BytesIO()
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(stream, encoding="ascii"))
        assert write_statements([GOLD, PREDICTED], "-") == 2
        first, second = stream.getvalue().decode("utf-8").splitlines()
        assert json.loads(first) == nested_record(GOLD)
        assert json.loads(second)["model"] == "tfidf@3"


class TestFrame:
    def test_flat_columns_and_types(self) -> None:
        frame = to_frame([PREDICTED, replace(PREDICTED, start=None, end=None)])
        assert list(frame.columns) == list(columns_of([PREDICTED]))
        assert frame["start"].tolist()[0] == 33
        assert frame["start"].isna().tolist() == [False, True]
        assert str(frame["start"].dtype) == "Int64"
        assert frame["openness_proba_closed"].tolist() == [0.142857, 0.142857]

    def test_mixed_rows_have_all_columns(self) -> None:
        frame = to_frame([GOLD, PREDICTED])
        assert frame["openness"].tolist() == ["conditional", "conditional"]
        assert frame["openness_proba_open"].isna().tolist() == [True, False]

    def test_no_rows(self) -> None:
        frame = to_frame([])
        assert len(frame) == 0
        assert {"text", "openness", "conditions", "stance"} <= set(frame.columns)
