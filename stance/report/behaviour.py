"""Behavioural tests as lines a person reads: Markdown for cards, rich tables for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.markup import escape
from rich.table import Table

from stance.behaviour import Behaviour, Outcome, Rate, probability
from stance.tasks import TASKS


def behaviour_markdown(done: Behaviour, floor: Behaviour) -> str:
    """One row a capability, then one a kind; `floor` is the majority baseline on the same cases."""
    head, *lines = _lines(done)
    floors = [
        *(of_one.passed for of_one in floor.capabilities.values()),
        *floor.kinds.values(),
    ]
    cells = [[*head, "majority"], ["---"] * (len(head) + 1)]
    cells += [[*line, _share(rate)] for line, rate in zip(lines, floors, strict=True)]
    return "\n".join(f"| {' | '.join(line)} |" for line in cells) + "\n"


def behaviour_table(title: str, done: Behaviour) -> Table:
    """The same for a terminal, without the baseline."""
    head, *lines = _lines(done)
    table = Table(title=title, title_justify="left")
    for number, name in enumerate(head):
        table.add_column(name, justify="left" if number < 2 else "right")
    for number, line in enumerate(lines, start=1):
        table.add_row(*line, end_section=number == len(done.capabilities))
    return table


def failures_table(title: str, failed: Sequence[Outcome]) -> Table:
    """Failed cases: what was asked, and what the model answered."""
    table = Table(title=title, title_justify="left", show_lines=True)
    for name in ("case", "text", "asked", "answered"):
        table.add_column(name, overflow="fold", no_wrap=name == "case")
    for outcome in failed:
        table.add_row(*map(escape, (outcome.case.case_id, *_asked_and_answered(outcome))))
    return table


def _lines(done: Behaviour) -> list[list[str]]:
    """Head and rows as text; a task's share names its own support where some cases do not ask about it."""
    tasks = [task for task in TASKS if any(task in of_one.tasks for of_one in done.capabilities.values())]
    lines = [["capability", "kind", "cases", "passed", "labels right", *tasks]]
    for name, of_one in done.capabilities.items():
        support = of_one.passed.support
        cells = [_share(of_one.tasks.get(task), support) for task in tasks]
        right = _share(of_one.right, support) if of_one.kind == "invariance" else ""  # of a minimum case: passed
        lines.append([name, of_one.kind, f"{support:,}", _share(of_one.passed), right, *cells])
    for kind, rate in done.kinds.items():
        lines.append(["all", kind, f"{rate.support:,}", _share(rate), "", *([""] * len(tasks))])
    return lines


def _share(rate: Rate | None, cases: int | None = None) -> str:
    if rate is None:
        return ""
    return f"{rate.rate:.2f}" + (f" (n={rate.support:,})" if cases not in (None, rate.support) else "")


def _asked_and_answered(outcome: Outcome) -> tuple[str, str, str]:
    case, rows = outcome.case, [_labels(row.openness, row.condition_labels, row.stance) for row in outcome.rows]
    if case.kind == "minimum":
        assert case.expect is not None  # a minimum case expects labels
        expect = case.expect
        return case.statement.text, _labels(expect.openness, expect.condition_labels, expect.stance), rows[0]
    if case.kind == "invariance":
        other = next(number for number, row in enumerate(rows) if row != rows[0])
        return case.statements[other].text, f"as for {case.statement.text!r}: {rows[0]}", rows[other]
    moves = [f"{move.task} {move.label}" for move in case.moves]
    asked = ", ".join(f"{what} {move.by}" for what, move in zip(moves, case.moves, strict=True))
    answered = ", ".join(
        f"{what} {probability(outcome.rows[0], move):.2f} to {probability(outcome.rows[1], move):.2f}"
        for what, move in zip(moves, case.moves, strict=True)
    )
    return case.variants[0].text, f"against {case.statement.text!r}: {asked}", answered


def _labels(openness: str, conditions: tuple[str, ...], stance: str) -> str:
    return f"{openness} [{', '.join(sorted(conditions))}] {stance}".strip()
