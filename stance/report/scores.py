"""Scores as lines a person reads: a Markdown table for cards and pages, a rich one for the terminal."""

from __future__ import annotations

from collections.abc import Mapping

from rich.table import Table

from stance.metrics import Scores, TaskScore


def scores_markdown(rows: Mapping[str, Scores]) -> str:
    """One row a model: macro-F1 per task with its interval, and condition spans."""
    some = next(iter(rows.values()))
    head = ["", *(f"{task} (n={of_task.support:,})" for task, of_task in some.tasks.items())]
    lines = [
        head,
        ["---"] * len(head),
        *([name, *map(_cell, scores.tasks.values())] for name, scores in rows.items()),
    ]
    if some.spans is not None:
        for line, extra in zip(lines, ["spans exact / overlap", "---", *map(_span_cell, rows.values())], strict=True):
            line.append(extra)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def scores_table(title: str, rows: Mapping[str, Scores]) -> Table:
    """The same for a terminal."""
    some = next(iter(rows.values()))
    table = Table(title=title, title_justify="left")
    table.add_column("macro-F1")
    for task in some.tasks:
        table.add_column(task, justify="right")
    if some.spans is not None:
        table.add_column("spans exact / overlap", justify="right")
    for name, scores in rows.items():
        cells = [_cell(of_task) for of_task in scores.tasks.values()]
        table.add_row(name, *cells, *([_span_cell(scores)] if some.spans is not None else []))
    return table


def labels_table(title: str, scores: Scores) -> Table:
    """Precision, recall, F1 and support of every label."""
    table = Table(title=title, title_justify="left")
    for name in ("task", "label"):
        table.add_column(name)
    for name in ("precision", "recall", "F1", "support"):
        table.add_column(name, justify="right")
    for task, of_task in scores.tasks.items():
        for number, (label, s) in enumerate(of_task.labels.items()):
            cells = (f"{s.precision:.2f}", f"{s.recall:.2f}", f"{s.f1:.2f}", f"{s.support:,}")
            table.add_row("" if number else task, label, *cells)
        table.add_section()
    return table


def _cell(score: TaskScore) -> str:
    interval = "" if score.low is None or score.high is None else f" [{score.low:.2f}, {score.high:.2f}]"
    return f"{score.macro_f1:.3f}{interval}"


def _span_cell(scores: Scores) -> str:
    return "" if scores.spans is None else f"{scores.spans.exact_f1:.2f} / {scores.spans.overlap_f1:.2f}"
