"""Terminal table and confusion picture."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from stance.metrics import Reliability
from stance.report.confusion import draw_confusion
from stance.report.reliability import draw_reliability
from stance.report.table import print_positions, printable
from stance.schema import ConditionSpan, LabelledStatement
from stance.tasks import TASKS

ROW = LabelledStatement(
    text="“We will sit down once the shelling stops.”",
    article_id="d1-001",
    speaker="Foreign Minister Ilya Dorn",
    side="Veltria",
    date="2031-04-02",
    openness="conditional",
    conditions=(ConditionSpan(18, 41, "ceasefire", "once the shelling stops"),),
    stance="favor",
)


def printed(*rows: LabelledStatement, width: int = 120) -> str:
    stream = io.StringIO()
    print_positions(rows, Console(file=stream, width=width, color_system=None))
    return stream.getvalue()


class TestTable:
    @pytest.mark.parametrize("width", [100, 120, 140])
    def test_a_position_is_readable(self, width: int) -> None:
        output = printed(ROW, width=width)
        for words in ("2031-04-02", "Veltria", "conditional", "ceasefire", "favor", "openness", "stance"):
            assert words in output
        assert "once the shelling" in output
        assert max(map(len, output.splitlines())) <= width

    def test_rows_are_grouped_by_article(self) -> None:
        other = replace(ROW, article_id="d1-002", side="Osk")
        lines = printed(ROW, other, replace(ROW, side="Tolmen")).splitlines()
        where = {word: next(i for i, line in enumerate(lines) if word in line) for word in ("d1-002", "Tolmen", "Osk")}
        assert where["Tolmen"] < where["d1-002"] < where["Osk"]

    def test_without_conditions_the_statement_is_shortened(self) -> None:
        output = printed(replace(ROW, conditions=(), text="word " * 500))
        assert "…" in output
        assert output.count("word") < 60

    def test_nothing_in_the_text_steers_the_terminal(self) -> None:
        hostile = "[bold red]bold[/] \x1b[31mred\x07 \u202eturned :smile: [link=x]y[/link]"
        output = printed(replace(ROW, speaker=hostile, article_id=hostile, conditions=(), text=hostile, side=hostile))
        assert not set(output) & {"\x1b", "\x07", "\u202e"}
        assert "[bold" in output
        assert ":smile:" in output

    def test_printable_keeps_letters(self) -> None:
        assert printable("Zażółć\n\t “gęślą” 日本 😀") == "Zażółć “gęślą” 日本 😀"

    def test_no_rows_print_nothing(self) -> None:
        assert printed() == ""


@pytest.mark.parametrize("task", list(TASKS))
def test_confusion_is_drawn_for_every_task(task: str, tmp_path: Path) -> None:
    labels = TASKS[task].labels
    matrix = np.arange(len(labels) ** 2).reshape(len(labels), -1)
    matrix[0] = 0  # a label without gold
    draw_confusion(matrix, labels, f"{task} on dev", tmp_path / "confusion.png")
    assert (tmp_path / "confusion.png").read_bytes().startswith(b"\x89PNG")


def test_confusion_leaves_pyplot_alone(tmp_path: Path) -> None:
    from matplotlib import _pylab_helpers

    draw_confusion(np.eye(2, dtype=int), ("a", "b"), "two", tmp_path / "c.png")
    assert not _pylab_helpers.Gcf.figs


def test_reliability_is_drawn_with_empty_bins(tmp_path: Path) -> None:
    confidence, count = np.array([np.nan, 0.5, 0.9]), np.array([0, 3, 5])
    draw_reliability({"openness": Reliability(confidence, confidence, count)}, "dev", tmp_path / "r.png")
    assert (tmp_path / "r.png").read_bytes().startswith(b"\x89PNG")
