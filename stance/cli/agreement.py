"""agreement: how far two annotators agree."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stance.cli.console import SOME_FAILED, console, say

if TYPE_CHECKING:
    from rich.table import Table

    from stance.agreement import Agreement, Disagreement, TaskAgreement


def agreement(
    first: Annotated[Path, typer.Argument(metavar="FIRST", help="JSONL of one annotator's labels.")],
    second: Annotated[Path, typer.Argument(metavar="SECOND", help="JSONL of the other's.")],
    output: Annotated[Path | None, typer.Option("--output", help="Write everything as JSON.")] = None,
    show: Annotated[int, typer.Option(min=0, help="Disagreements to print; all are in the JSON.")] = 20,
    resamples: Annotated[int, typer.Option(min=0, max=100_000, help="Bootstrap resamples of articles.")] = 1000,
) -> None:
    """Krippendorff's alpha per task and label, condition spans, and what is left to settle."""
    from stance.annotation.files import compare_files, write_agreement
    from stance.config import EvaluationConfig

    done = compare_files(first, second, EvaluationConfig(resamples=resamples))
    found = done.agreement
    out, err = console(sys.stdout), console(sys.stderr)
    out.print(tasks_table(f"{found.statements:,} statements in {found.articles:,} articles, labelled by both", found))
    out.print(_labels_table(found))
    for name, of_task in found.tasks.items():
        say(out, f"{name}: first in rows, second in columns")
        out.print(_confusion_table(of_task))
    for item in found.disagreements[:show]:
        say(out, _line(item))
    if len(found.disagreements) > show:
        say(out, f"... {len(found.disagreements) - show:,} more disagreements; --output FILE.json holds all")
    if output is not None:
        write_agreement(done, output)
        say(out, f"written: {output}")
    for path, count in zip((first, second), done.without_id, strict=True):
        if count:
            say(err, f"note: {path}: {count} rows have an empty statement_id and are compared with nothing")
    for fault in done.unmatched:
        say(err, f"not compared: {fault}")
    if done.unmatched:
        raise typer.Exit(SOME_FAILED)


def tasks_table(title: str, found: Agreement) -> Table:
    """One row a task, one for condition spans."""
    table = _table(title, "", "alpha", "interval", "mean of labels", "equal", "statements")
    for name, of_task in found.tasks.items():
        table.add_row(
            f"{name} (MASI)" if name == "conditions" else name,
            _number(of_task.alpha),
            _interval(of_task.low, of_task.high),
            _number(of_task.mean_label_alpha),
            f"{of_task.equal:,}",
            f"{of_task.statements:,}",
        )
    spans = found.spans
    for name, f1, low, high in (
        ("spans exact F1", spans.exact_f1, spans.exact_low, spans.exact_high),
        ("spans overlap F1", spans.overlap_f1, spans.overlap_low, spans.overlap_high),
    ):
        table.add_row(name, _number(f1), _interval(low, high), "", "", f"{spans.first:,} / {spans.second:,} spans")
    return table


def _labels_table(found: Agreement) -> Table:
    table = _table("By label, each against all the rest", "task", "label", "alpha", "interval", "first", "second")
    for name, of_task in found.tasks.items():
        for number, (label, of_label) in enumerate(of_task.labels.items()):
            interval = _interval(of_label.low, of_label.high)
            counts = f"{of_label.first:,}", f"{of_label.second:,}"
            table.add_row("" if number else name, label, _number(of_label.alpha), interval, *counts)
        table.add_section()
    return table


def _confusion_table(of_task: TaskAgreement) -> Table:
    wide = len(of_task.matrix_labels) > 6
    heads = [label[:5] if wide else label for label in of_task.matrix_labels]
    table = _table("", "", *heads)
    for label, row in zip(of_task.matrix_labels, of_task.matrix, strict=True):
        table.add_row(label, *(f"{count:,}" if count else "." for count in row))
    return table


def _table(title: str, *columns: str) -> Table:
    from rich.table import Table

    table = Table(title=title or None, title_justify="left")
    for name in columns:
        table.add_column(name, justify="left" if name in ("", "task", "label") else "right")
    return table


def _line(item: Disagreement) -> str:
    from stance.report.table import printable

    sides = " | ".join(", ".join(labels) or "none" for labels in (item.first, item.second))
    return printable(f"{item.statement_id} {item.task}: {sides}  {item.text[:160]}")


def _number(value: Any) -> str:
    return "not defined" if value is None else f"{value:.3f}"


def _interval(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"[{low:.3f}, {high:.3f}]"
