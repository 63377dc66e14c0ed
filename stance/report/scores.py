"""Scores as lines a person reads: a Markdown table for cards and pages, a rich one for the terminal."""

from __future__ import annotations

from collections.abc import Mapping

from rich.table import Table

from stance.metrics import Scores, TaskScore
from stance.tasks import CONDITIONS


def scores_markdown(rows: Mapping[str, Scores]) -> str:
    """One row a model: macro-F1 per task with its interval, and of conditions micro-F1 and spans."""
    some = next(iter(rows.values()))
    head = ["", *(f"{task} (n={of_task.support:,})" for task, of_task in some.tasks.items()), *_more_heads(some)]
    lines = [
        head,
        ["---"] * len(head),
        *([name, *map(_cell, scores.tasks.values()), *_more_cells(scores)] for name, scores in rows.items()),
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def scores_table(title: str, rows: Mapping[str, Scores]) -> Table:
    """The same for a terminal."""
    some = next(iter(rows.values()))
    table = Table(title=title, title_justify="left")
    table.add_column("macro-F1")
    for task in some.tasks:
        table.add_column(task, justify="right")
    for head in _more_heads(some):
        table.add_column(head, justify="right")
    for name, scores in rows.items():
        table.add_row(name, *map(_cell, scores.tasks.values()), *_more_cells(scores))
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


def _more_heads(scores: Scores) -> list[str]:
    return ["conditions micro-F1", "spans exact / overlap"] if scores.spans is not None else []


def _more_cells(scores: Scores) -> list[str]:
    if scores.spans is None:
        return []
    micro = scores.tasks[CONDITIONS.name].micro_f1
    return [f"{micro:.3f}", f"{scores.spans.exact_f1:.2f} / {scores.spans.overlap_f1:.2f}"]
