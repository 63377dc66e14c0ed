"""Annotators' label files: JSONL, full statements or slim rows (`statement_id` and the labels)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from stance.agreement import Agreement, compare
from stance.config import DataConfig, EvaluationConfig
from stance.corpus import SPLIT_FILE, STATEMENTS_FILE, corpus_faults, load_corpus, split_corpus
from stance.errors import InputError
from stance.report.files import write_json
from stance.schema import ConditionSpan, LabelledStatement
from stance.sources.tables import Record, records
from stance.tasks import CONDITIONS, TASKS

ANNOTATOR_FILES = ("first.jsonl", "second.jsonl")  # in the folder `annotations` beside a corpus


@dataclass(frozen=True)
class Annotation:
    """One annotator's labels of one statement, and the line they stand on.

    `statement.text` is empty in slim rows; a single-label task left open is `""`.
    """

    statement: LabelledStatement
    line: int


@dataclass(frozen=True)
class Comparison:
    """Two label files matched by `statement_id`."""

    agreement: Agreement
    unmatched: tuple[InputError, ...]  # rows whose id the other file lacks
    without_id: tuple[int, int]  # rows with an empty id in the first and in the second file


def compare_files(first: str | Path, second: str | Path, settings: EvaluationConfig) -> Comparison:
    """Match two annotators' label files by `statement_id` and compare what both labelled.

    Two who cut one statement a little differently are compared in the article's own offsets.
    Raises `InputError` for a row that cannot be used, an id used twice, two texts under one id that do
    not overlap in the article, and files that share no id.
    """
    paths = Path(first), Path(second)
    read = [read_annotations(path) for path in paths]
    by_id = [{row.statement.statement_id: row for row in rows if row.statement.statement_id} for rows in read]
    shared = [name for name in by_id[0] if name in by_id[1]]
    if not shared:
        raise InputError(paths[1], None, "statement_id", f"not one is in {paths[0]} too; nothing to compare")
    unmatched = [
        InputError(paths[i], row.line, "statement_id", f"{name!r} is not in {paths[1 - i]}")
        for i in (0, 1)
        for name, row in by_id[i].items()
        if name not in by_id[1 - i]
    ]
    pairs = [_in_one_cut(by_id[0][name], by_id[1][name], paths) for name in shared]
    agreement = compare([one for one, _ in pairs], [other for _, other in pairs], settings)
    without_id = (len(read[0]) - len(by_id[0]), len(read[1]) - len(by_id[1]))
    return Comparison(agreement, tuple(unmatched), without_id)


def read_annotations(path: str | Path) -> list[Annotation]:
    """Read one annotator's label file.

    Raises `InputError` with file, line, field and value for a row without `statement_id`, an id used
    twice, an unknown label or a span that is not in the text.
    """
    rows: list[Annotation] = []
    seen: dict[str, int] = {}
    for line, record in records(Path(path)):
        statement = _statement(record, path, line)
        name = statement.statement_id
        if name and seen.setdefault(name, line) != line:
            raise InputError(path, line, "statement_id", f"{name!r} was used on line {seen[name]} before")
        rows.append(Annotation(statement, line))
    return rows


def annotators_beside(folder: Path) -> tuple[Path, Path] | None:
    """The two annotators' files kept beside a corpus, where both are there."""
    first, second = (folder / "annotations" / name for name in ANNOTATOR_FILES)
    return (first, second) if first.is_file() and second.is_file() else None


def corpus_breaches(path: str | Path) -> list[InputError]:
    """Whatever breaks the codebook in a corpus, its split file and the annotators' files beside it.

    Raises `InputError` for a corpus that cannot be read or holds no rows.
    """
    breaches = []
    rows = 0
    file = Path(path) / STATEMENTS_FILE if Path(path).is_dir() else Path(path)
    for rows, (line, _, problems) in enumerate(corpus_faults(file), start=1):  # noqa: B007
        for text in problems:
            field, colon, problem = text.partition(": ")
            breaches.append(InputError(file, line, field if colon else "", problem if colon else text))
    if not rows:
        raise InputError(file, problem="holds no statements; expected one JSON object a line")
    if not breaches and (file.parent / SPLIT_FILE).is_file():
        breaches += _raised(lambda: split_corpus(load_corpus(file), DataConfig(corpus=file)))
    for annotators_file in annotators_beside(file.parent) or ():
        breaches += _raised(partial(read_annotations, annotators_file))
    return breaches


def _raised(check: Callable[[], object]) -> list[InputError]:
    try:
        check()
    except InputError as error:
        return [error]
    return []


def _in_one_cut(
    one: Annotation, other: Annotation, paths: tuple[Path, Path]
) -> tuple[LabelledStatement, LabelledStatement]:
    """Both readings of a statement with condition offsets that count from the same place."""
    a, b = one.statement, other.statement
    if not a.text or not b.text or a.text == b.text:
        return a, b
    if a.start is None or b.start is None or a.start + len(a.text) <= b.start or b.start + len(b.text) <= a.start:
        problem = f"{b.statement_id!r} has another text on line {one.line} of {paths[0]}"
        raise InputError(paths[1], other.line, "text", problem)
    by = b.start - a.start
    moved = tuple(ConditionSpan(c.start + by, c.end + by, c.label, c.text) for c in b.conditions)
    return a, replace(b, conditions=moved)


def _statement(record: Record, path: str | Path, line: int) -> LabelledStatement:
    if "statement_id" not in record:
        raise InputError(path, line, "statement_id", "is missing; labels are matched by it")
    values: dict[str, Any] = {name: _text(record, name, path, line) for name in ("statement_id", "article_id", "text")}
    start = record.get("start")
    if start is not None and (type(start) is not int or start < 0):
        raise InputError(path, line, "start", f"must be a whole number from 0 (got {start!r:.40})")
    values["start"] = start
    for name, task in TASKS.items():
        if task.kind == "single":
            values[name] = label = _text(record, name, path, line)
            if label and label not in task.labels:
                raise InputError(path, line, name, f"unknown label {label[:40]!r}", task.labels)
    spans = record.get(CONDITIONS.name)
    if not isinstance(spans, list):
        raise InputError(path, line, CONDITIONS.name, f"must be a list of spans, [] for none (got {spans!r:.40})")
    values[CONDITIONS.name] = tuple(_spans(spans, values["text"], path, line))
    return LabelledStatement(**values)


def _text(record: Record, name: str, path: str | Path, line: int) -> str:
    value = record.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InputError(path, line, name, f"must be text (got {value!r:.40})")
    return value


def _spans(items: Iterable[object], text: str, path: str | Path, line: int) -> Iterable[ConditionSpan]:
    for item in items:
        record = item if isinstance(item, dict) else {}
        label, start, end, words = (record.get(key) for key in ("label", "start", "end", "text"))
        if type(start) is not int or type(end) is not int or not isinstance(label, str) or not isinstance(words, str):
            problem = f'must hold {{"label", "start", "end", "text"}} (got {item!r:.60})'
            raise InputError(path, line, CONDITIONS.name, problem)
        if label not in CONDITIONS.labels:
            raise InputError(path, line, CONDITIONS.name, f"unknown label {label[:40]!r}", CONDITIONS.labels)
        if not 0 <= start < end or end - start != len(words) or (text and text[start:end] != words):
            found = f"reads {text[start:end]!r:.60}" if text and start >= 0 else "does not fit its words"
            raise InputError(
                path, line, CONDITIONS.name, f"span [{start}, {end}) of {label!r} {found}, not {words!r:.60}"
            )
        yield ConditionSpan(start, end, label, words)


def write_agreement(comparison: Comparison, output: str | Path) -> None:
    """Write a comparison as JSON; raises `InputError` where that is not possible."""
    everything = {
        **comparison.agreement.to_dict(),
        "unmatched": [
            {"file": fault.path, "line": fault.line, "problem": fault.problem} for fault in comparison.unmatched
        ],
        "without_id": list(comparison.without_id),
    }
    write_json(everything, output)
