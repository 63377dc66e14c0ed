"""Positions as a table in the terminal, article by article."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from stance.schema import LabelledStatement
from stance.tasks import TASKS, LabelTask

SHORTENED = 160  # characters of a statement without conditions
_DATE_WIDTH = 10
_SHARES = {"speaker": 5, "side": 4, "multi": 5, "words": 11}  # of the width that fixed columns leave
_GAP = 2  # characters after a column
_COLOURS = ("green", "yellow", "red", "dim")  # by a label's place in its task
_SILENT = "dim"
_WIDE = 110  # columns of a terminal from which every label fits its column


def print_positions(rows: Iterable[LabelledStatement], console: Console) -> None:
    """Print who said when, how open to talks, on which conditions; one table per article."""
    articles: dict[str, list[LabelledStatement]] = {}
    for row in rows:
        articles.setdefault(row.article_id, []).append(row)
    for article_id, statements in articles.items():
        console.print(_table(article_id, statements, console.width))


def _table(article_id: str, statements: list[LabelledStatement], width: int) -> Table:
    table = Table(
        title=Text(printable(article_id)) if article_id else None,
        title_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )
    names = dict.fromkeys(name for statement in statements for name in statement.own)
    own = {name: max(len(name), *(len(s.own.get(name, "")) for s in statements)) for name in names}
    for header, columns in _widths(width, own).items():
        table.add_column(header, width=columns, overflow="fold")
    for statement in statements:
        table.add_row(
            Text(printable(statement.date)),
            Text(printable(statement.speaker)),
            Text(printable(statement.side)),
            *(_labels(statement, task) for task in TASKS.values()),
            *(Text(printable(statement.own.get(name, ""))) for name in own),
            Text(_words(statement)),
        )
    return table


def _widths(total: int, own: dict[str, int]) -> dict[str, int]:
    """Header -> width in characters; together with their gaps they fill `total`, where it allows."""
    kinds = {"date": "date", "speaker": "speaker", "side": "side"}
    kinds |= {task.name: task.kind for task in TASKS.values()} | dict.fromkeys(own, "own") | {"words": "words"}
    fixed = {"date": _DATE_WIDTH}
    whole = [t for t in TASKS.values() if t.kind == "single" or total >= _WIDE]  # no label is broken in two
    fixed |= {t.name: max(map(len, (t.name, *t.labels))) + (t.kind == "multi") for t in whole}
    fixed |= own
    left = total - sum(fixed.values()) - _GAP * (len(kinds) + 1)
    shares = sum(_SHARES[kind] for header, kind in kinds.items() if header not in fixed)
    return {header: fixed.get(header) or max(4, left * _SHARES[kind] // shares) for header, kind in kinds.items()}


def _labels(statement: LabelledStatement, task: LabelTask) -> Text:
    if task.kind == "multi":
        labels = dict.fromkeys(span.label for span in getattr(statement, task.name))
        return Text(printable(", ".join(labels)))
    label = getattr(statement, task.name)
    if label == task.silent or label not in task.labels:
        return Text(printable(label), style=_SILENT)
    return Text(label, style=_COLOURS[task.labels.index(label) % len(_COLOURS)])


def _words(statement: LabelledStatement) -> str:
    """The words that state conditions; without such, the statement, shortened."""
    spans = dict.fromkeys(printable(span.text) for span in statement.conditions)
    if spans:
        return " · ".join(spans)
    text = printable(statement.text)
    return text if len(text) <= SHORTENED else text[: SHORTENED - 1].rstrip() + "…"


def printable(text: str) -> str:
    """`text` on one line, without the signs that steer a terminal or turn the reading direction."""
    spaced = " ".join(text.split())
    return "".join(sign for sign in spaced if not unicodedata.category(sign).startswith("C"))
