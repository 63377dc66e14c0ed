"""The columns of every output: a statement as nested (JSON) and as flat (CSV, Parquet, frames) record."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Literal

from stance.errors import StanceError
from stance.schema import ConditionSpan, LabelledStatement, Statement
from stance.tasks import TASKS, LabelTask

Kind = Literal["text", "integer", "number"]
Record = dict[str, Any]
Columns = dict[str, Kind]  # in order

STATEMENT_COLUMNS: Columns = {  # in the order of the codebook
    "statement_id": "text",
    "article_id": "text",
    "domain": "text",
    "start": "integer",
    "end": "integer",
    "text": "text",
    "context": "text",
    "speaker": "text",
    "speaker_id": "text",
    "side": "text",
    "target": "text",
    "quotation": "text",
    "date": "text",
}
PROBA_DECIMALS = 6
LABEL_JOIN = "|"


def nested_record(statement: Statement | LabelledStatement) -> Record:
    """A statement as one JSON object: its fields, one key per task, `proba` and `model` where predicted."""
    record = _statement_record(statement)
    if isinstance(statement, LabelledStatement):
        for task in TASKS.values():
            value = getattr(statement, task.name)
            record[task.name] = value if task.kind == "single" else [_span_record(span) for span in value]
        record.update(statement.own)
        if statement.proba is not None:
            record["proba"] = {
                task: {label: rounded(share) for label, share in shares.items()}
                for task, shares in statement.proba.items()
            }
        if statement.model:
            record["model"] = statement.model
    return record


def flat_record(statement: Statement | LabelledStatement) -> Record:
    """A statement as one row of plain cells, keyed by `columns_of([statement])`."""
    record = _statement_record(statement)
    if isinstance(statement, LabelledStatement):
        for task in TASKS.values():
            record.update(_task_cells(statement, task))
        for name, label in statement.own.items():
            record[name] = label
            for other, share in (statement.proba or {}).get(name, {}).items():
                record[_proba_column(name, other)] = rounded(share)
        if _is_predicted(statement):
            record["model"] = statement.model
    return record


def columns_of(rows: Sequence[Statement | LabelledStatement]) -> Columns:
    """Flat columns, in order, that hold all of `rows`; those of gold labels where there is no row.

    Labels, then spans for tasks with spans, then a probability per label where a row is predicted.
    """
    columns = dict(STATEMENT_COLUMNS)
    predicted = any(_is_predicted(row) for row in rows)
    if not rows or any(isinstance(row, LabelledStatement) for row in rows):
        for task in TASKS.values():
            columns[task.name] = "text"
            if task.kind == "multi":
                columns[_spans_column(task)] = "text"
            if predicted:
                columns.update({_proba_column(task.name, label): "number" for label in task.labels})
        for row in rows:
            if isinstance(row, LabelledStatement):
                for name in row.own:
                    labels = (row.proba or {}).get(name, {})
                    columns[name] = "text"
                    columns.update({_proba_column(name, label): "number" for label in labels})
    if predicted:
        columns["model"] = "text"
    return columns


def rounded(share: float) -> float:
    """A probability as every output gives it. Raises `StanceError` where it is no number."""
    if not math.isfinite(share):
        raise StanceError(f"a probability is {share}; the model that gave it is broken")
    return round(float(share), PROBA_DECIMALS)


def _statement_record(statement: Statement) -> Record:
    return {name: getattr(statement, name) for name in STATEMENT_COLUMNS}


def _is_predicted(statement: Statement) -> bool:
    return isinstance(statement, LabelledStatement) and (statement.proba is not None or bool(statement.model))


def _task_cells(statement: LabelledStatement, task: LabelTask) -> Record:
    value = getattr(statement, task.name)
    if task.kind == "single":
        cells = {task.name: value}
    else:
        labels = dict.fromkeys(span.label for span in value)
        spans = json.dumps([_span_record(span) for span in value], ensure_ascii=False)
        cells = {task.name: LABEL_JOIN.join(labels), _spans_column(task): spans}
    if _is_predicted(statement):
        shares = (statement.proba or {}).get(task.name, {})
        for label in task.labels:
            cells[_proba_column(task.name, label)] = rounded(shares[label]) if label in shares else None
    return cells


def _span_record(span: ConditionSpan) -> Record:
    record = asdict(span)
    return {name: record[name] for name in ("label", "start", "end", "text")}


def _spans_column(task: LabelTask) -> str:
    return f"{task.name}_spans"


def _proba_column(task: str, label: str) -> str:
    return f"{task}_proba_{label}"
