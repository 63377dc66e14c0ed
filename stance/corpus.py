"""Labelled statements on disk: reading, checking, splitting, fingerprint."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from stance.config import DataConfig, RunConfig, parse_yaml
from stance.errors import ConfigError, InputError
from stance.schema import STATEMENT_FIELDS, Article, ConditionSpan, LabelledStatement
from stance.sources import TABLE_ENDINGS
from stance.sources.limits import MAX_ROW, above, limit
from stance.sources.problems import opened
from stance.sources.tables import item_of, records, text_fault
from stance.tasks import CONDITIONS, TASKS, LabelTask, Tasks
from stance.tasks.rules import gold_violations, span_violations

if TYPE_CHECKING:
    from datasets import DatasetDict, Features

STATEMENTS_FILE = "statements.jsonl"
SPLIT_FILE = "split.yaml"
ARTICLES_FILE = "articles.jsonl"
PARTS = ("train", "dev", "test")
_TEXT_FIELDS = frozenset(STATEMENT_FIELDS) - {"start", "end"}


@dataclass(frozen=True)
class Corpus:
    """Labelled statements of one file, checked against the codebook."""

    path: Path
    statements: tuple[LabelledStatement, ...]
    digest: str  # sha256 of the statements file, hexadecimal

    def __len__(self) -> int:
        return len(self.statements)


@dataclass(frozen=True)
class Split:
    """The parts of a corpus; no group, and no article, is in two of them."""

    train: tuple[LabelledStatement, ...]
    dev: tuple[LabelledStatement, ...]
    test: tuple[LabelledStatement, ...]

    def parts(self) -> dict[str, tuple[LabelledStatement, ...]]:
        return {name: getattr(self, name) for name in PARTS}


def load_corpus(path: str | Path) -> Corpus:
    """Read a corpus folder (`statements.jsonl` and its articles) or a JSONL file of labelled statements.

    Every row is checked: labels, spans, `conditional` has a condition, unique ids; offsets too where the
    article lies beside (`ID.txt` or `articles/ID.txt`).
    Raises `InputError` with file, line, field and value for the first fault, or for a missing file.
    """
    faults = corpus_faults(path)
    path = _statements_file(path)
    statements = []
    for line, statement, problems in faults:
        if statement is None or problems:
            field, _, problem = problems[0].partition(": ")
            raise InputError(path, line, field, problem)
        statements.append(statement)
    if not statements:
        raise InputError(path, problem="holds no statements; expected one JSON object a line")
    return Corpus(path, tuple(statements), _sha256(path))


def load_data(path: str | Path, config: RunConfig) -> Corpus:
    """Read labelled statements as a config says: a corpus, or a table with the labels of the config's tasks.

    A folder is always a corpus. Every row needs a label of each of the user's own tasks.
    Raises `InputError` with file, line, field and value for the first fault.
    """
    path = Path(path)
    own = {name: task.column or name for name, task in config.own_tasks.items()}
    if config.data.kind == "table" and not path.is_dir():
        columns = {name: config.data.columns.get(name, name) for name in (*STATEMENT_FIELDS, *config.tasks)}
        return _load_table(
            path, columns | own, config.label_tasks, needed=("text", *config.label_tasks, *config.data.columns)
        )
    corpus = load_corpus(path)
    if not own:
        return corpus
    tasks = {name: config.label_tasks[name] for name in own}
    labels = [
        {name: _label(task, record.get(own[name]), own[name], corpus.path, line) for name, task in tasks.items()}
        for line, record in records(corpus.path)
    ]
    statements = tuple(replace(s, own=of_one) for s, of_one in zip(corpus.statements, labels, strict=True))
    return replace(corpus, statements=statements)


def _load_table(path: Path, columns: Mapping[str, str], tasks: Tasks, needed: Sequence[str]) -> Corpus:
    """`columns`: field or task -> column; those of `needed` must be there."""
    if path.suffix.lower() not in TABLE_ENDINGS:
        raise InputError(path, problem=f"cannot be read as a table ({path.suffix!r})", allowed=TABLE_ENDINGS)
    statements: list[LabelledStatement] = []
    for line, record in records(path, columns=columns.values()):
        for name in needed:
            if columns[name] not in record:
                found = tuple(str(column)[:40] for column in list(record)[:40])
                raise InputError(path, line, columns[name], f"no such column, which holds {name}", found)
        fields = {name: record[columns[name]] for name in STATEMENT_FIELDS if columns[name] in record}
        fields |= {name: str(value) for name, value in fields.items() if name in _TEXT_FIELDS and type(value) is int}
        try:
            statement = item_of(fields, str(path), line, f"{path.stem}-{line}")
        except InputError as error:
            raise InputError(path, line, columns.get(error.field, error.field), error.reason) from None
        labels: dict[str, Any] = {}
        for name, task in tasks.items():
            value = record[columns[name]]
            if task.kind == "multi":
                labels[name] = _conditions_cell(value, statement.text, path, line, columns[name])
            else:
                place = labels.setdefault("own", {}) if task.own else labels
                place[name] = _label(task, value, columns[name], path, line)
        statements.append(LabelledStatement(**{name: getattr(statement, name) for name in STATEMENT_FIELDS}, **labels))
    return Corpus(path, tuple(statements), _sha256(path))


def _label(task: LabelTask, value: object, column: str, path: Path, line: int) -> str:
    if type(value) is int:  # labels 0 and 1, as JSON and Parquet give them
        value = str(value)
    if not isinstance(value, str) or value not in task.labels:
        raise InputError(
            path, line, column, f"no label of {task.name}: {json.dumps(value, default=str)[:60]}", task.labels
        )
    return value


def _conditions_cell(value: object, text: str, path: Path, line: int, column: str) -> tuple[ConditionSpan, ...]:
    """Condition spans from a table's cell: a list of them, or JSON of one, as our own CSV holds."""
    try:
        spans = _parse_conditions(json.loads(value or "[]") if isinstance(value, str) else value)
    except (ValueError, RecursionError) as error:
        raise InputError(path, line, column, str(error).removeprefix("conditions: ")[:200]) from None
    faults = [fault for span in spans for fault in span_violations(span, text)]
    if faults:
        raise InputError(path, line, column, faults[0].removeprefix("conditions: "))
    return spans


def corpus_faults(path: str | Path) -> Iterator[tuple[int, LabelledStatement | None, list[str]]]:
    """Every row of a corpus with its line number and what is wrong with it (`field: problem`), if anything."""
    path = _statements_file(path)
    articles: dict[str, str | None] = {}
    seen: dict[str, int] = {}
    for line, raw in enumerate(_lines(path), start=1):
        if not raw.strip():
            continue
        try:
            statement = _parse(raw)
        except ValueError as error:
            yield line, None, [str(error)]
            continue
        if statement.article_id not in articles:
            articles[statement.article_id] = _article_text(path.parent, statement.article_id)
        problems = gold_violations(statement, articles[statement.article_id])
        if statement.statement_id:
            if statement.statement_id in seen:
                first = seen[statement.statement_id]
                problems.append(f"statement_id: {statement.statement_id!r} was used on line {first} before")
            seen.setdefault(statement.statement_id, line)
        yield line, statement, problems


def split_corpus(corpus: Corpus, data: DataConfig, test: Corpus | None = None) -> Split:
    """Divide a corpus into train, dev and test by whole groups, as the config says.

    Where the config names a corpus of its own for test, that is test, and what would be test is learnt from;
    `test` is that corpus where it was read already.
    Raises `ConfigError` for a split that names an unknown group, names one twice or leaves a part empty, and
    for a test corpus that shares an article with this one.
    """
    group_of = [getattr(s, data.group_by) or s.article_id or s.statement_id for s in corpus.statements]
    groups = sorted(set(group_of))
    split_file = data.split
    if (
        split_file is None
        and data.kind == "corpus"
        and data.group_by == "domain"
        and (corpus.path.parent / SPLIT_FILE).is_file()
    ):
        split_file = corpus.path.parent / SPLIT_FILE
    if split_file is not None:
        part_of = _named_split(split_file, groups)
    else:
        shuffled = [groups[i] for i in np.random.default_rng(data.seed).permutation(len(groups))]
        n_dev, n_test = (max(1, round(share * len(groups))) for share in (data.dev_share, data.test_share))
        part_of = {g: "dev" if i < n_dev else "test" if i < n_dev + n_test else "train" for i, g in enumerate(shuffled)}
    parts: dict[str, list[LabelledStatement]] = {name: [] for name in PARTS}
    for statement, group in zip(corpus.statements, group_of, strict=True):
        part = part_of[group]
        parts["train" if part == "test" and data.test is not None else part].append(statement)
    if data.test is not None:
        parts["test"] = [*(test or load_corpus(data.test)).statements]
    _check_parts(parts, corpus, data)
    return Split(**{name: tuple(rows) for name, rows in parts.items()})


def split_data(corpus: Corpus, config: RunConfig) -> Split:
    """`split_corpus`, the config's test data read as `load_data` reads."""
    test = load_data(config.data.test, config) if config.data.test is not None else None
    return split_corpus(corpus, config.data, test)


def load_articles(corpus: Corpus) -> dict[str, Article]:
    """The articles that the statements of a corpus point to, by id, read as any article is.

    Their dates are those of `articles.jsonl` beside the corpus, where there is one.
    Raises `InputError` for an article that is not there or cannot be read.
    """
    from stance.sources.text import read_text

    folder = corpus.path.parent
    about: dict[str, dict[str, Any]] = {}
    if (folder / ARTICLES_FILE).is_file():
        for line, raw in enumerate(_lines(folder / ARTICLES_FILE), start=1):
            if raw.strip():
                try:
                    row = json.loads(raw)
                    about[str(row["article_id"])] = row
                except (ValueError, KeyError, TypeError, RecursionError):
                    raise InputError(folder / ARTICLES_FILE, line, problem="no JSON object with article_id") from None
    articles = {}
    for article_id in dict.fromkeys(s.article_id for s in corpus.statements):
        place = _article_place(folder, article_id)
        if place is None:
            problem = f"names {article_id!r}, but no {article_id}.txt lies beside it or in articles/"
            raise InputError(corpus.path, field="article_id", problem=problem)
        for _, article in read_text(place):
            articles[article_id] = replace(article, date=str(about.get(article_id, {}).get("date") or ""))
    return articles


def label_counts(statements: Sequence[LabelledStatement], tasks: Tasks = TASKS) -> dict[str, Counter[str]]:
    """How often each label of each task occurs; every label is listed, conditions count spans."""
    counts = {name: Counter(dict.fromkeys(task.labels, 0)) for name, task in tasks.items()}
    for statement in statements:
        for name, task in tasks.items():
            if task.kind == "single":
                counts[name][task.label_of(statement)] += 1
            else:
                counts[name].update(span.label for span in statement.conditions)
    return counts


def as_dataset_dict(split: Split) -> DatasetDict:
    """The parts as a Hugging Face `DatasetDict` with typed features (`ClassLabel` in task order)."""
    from datasets import Dataset, DatasetDict

    features = dataset_features()
    return DatasetDict(
        {
            name: Dataset.from_list([_dataset_row(s) for s in rows], features=features)
            for name, rows in split.parts().items()
        }
    )


def dataset_features() -> Features:
    """The typed columns of `as_dataset_dict`: the codebook's fields, offsets as int64, labels as classes."""
    from datasets import ClassLabel, Features, List, Value

    columns: dict[str, Any] = {
        name: Value("int64" if name in ("start", "end") else "string") for name in STATEMENT_FIELDS
    }
    for name, task in TASKS.items():
        label = ClassLabel(names=list(task.labels))
        if task.kind == "single":
            columns[name] = label
        else:
            columns[name] = List(
                {"label": label, "start": Value("int64"), "end": Value("int64"), "text": Value("string")}
            )
    return Features(columns)


def _dataset_row(statement: LabelledStatement) -> dict[str, Any]:
    row = {name: getattr(statement, name) for name in STATEMENT_FIELDS}
    row |= {name: getattr(statement, name) for name, task in TASKS.items() if task.kind == "single"}
    row[CONDITIONS.name] = [
        {"label": c.label, "start": c.start, "end": c.end, "text": c.text} for c in statement.conditions
    ]
    return row


def _statements_file(path: str | Path) -> Path:
    path = Path(path)
    return path / STATEMENTS_FILE if path.is_dir() else path


def _lines(path: Path) -> Iterator[str]:
    most = limit(MAX_ROW)
    try:
        with opened(path) as file:
            for number, raw in enumerate(iter(lambda: file.readline(most + 1), b""), start=1):
                if len(raw) > most:
                    raise InputError(path, number, problem=f"the row is {above(MAX_ROW)}")
                try:
                    yield raw.decode("utf-8-sig" if number == 1 else "utf-8")
                except UnicodeDecodeError:
                    raise InputError(path, number, problem="is not UTF-8 text") from None
    except OSError as error:
        raise InputError(path, problem=f"cannot be read: {error.strerror}") from None


def _sha256(path: Path) -> str:
    with opened(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _article_text(folder: Path, article_id: str) -> str | None:
    """The text of the article a statement points to, where it lies beside the corpus."""
    place = _article_place(folder, article_id)
    return place.read_bytes().decode("utf-8-sig", errors="replace") if place is not None else None


def _article_place(folder: Path, article_id: str) -> Path | None:
    """Where an article lies beside the corpus; an id is never a path."""
    if not article_id or Path(article_id).name != article_id:
        return None
    places = (folder / "articles" / f"{article_id}.txt", folder / f"{article_id}.txt")
    return next((place for place in places if os.path.isfile(place)), None)


def _parse(raw: str) -> LabelledStatement:
    """One JSON row as a labelled statement; raises `ValueError` reading `field: problem`."""
    try:
        row = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not readable as JSON: {str(error)[:120]}") from None
    if not isinstance(row, dict):
        raise ValueError("must be a JSON object")
    if not isinstance(row.get("text"), str) or not row["text"].strip():
        raise ValueError("text: must be the statement's words")
    values: dict[str, Any] = {}
    for name in STATEMENT_FIELDS:
        value = row.get(name)
        if value is None:
            continue
        kind = str if name in _TEXT_FIELDS else int
        if not isinstance(value, kind) or isinstance(value, bool):
            raise ValueError(
                f"{name}: must be {'text' if kind is str else 'a whole number'} (got {json.dumps(value)[:60]})"
            )
        if isinstance(value, str) and (fault := text_fault(value)):
            raise ValueError(f"{name}: {fault}")
        values[name] = value
    for name, task in TASKS.items():
        if task.kind == "single":
            if not isinstance(row.get(name), str):
                raise ValueError(
                    f"{name}: must be one of {', '.join(task.labels)} (got {json.dumps(row.get(name))[:60]})"
                )
            values[name] = row[name]
    return LabelledStatement(**values, conditions=_parse_conditions(row.get(CONDITIONS.name)))


def _parse_conditions(value: object) -> tuple[ConditionSpan, ...]:
    shape = 'conditions: must be a list of {"label", "start", "end", "text"}'
    if not isinstance(value, list):
        raise ValueError(f"{shape} (got {json.dumps(value)[:60]})")
    spans = []
    for item in value:
        if not isinstance(item, Mapping) or not {"label", "start", "end", "text"} <= set(item):
            raise ValueError(f"{shape} (got {json.dumps(item)[:60]})")
        start, end = item["start"], item["end"]
        if type(start) is not int or type(end) is not int or not isinstance(item["text"], str):
            raise ValueError(f"{shape} (got {json.dumps(item)[:60]})")
        spans.append(ConditionSpan(start, end, str(item["label"]), item["text"]))
    return tuple(spans)


def _named_split(path: Path, groups: Sequence[str]) -> dict[str, str]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise ConfigError(path, problem="cannot be read as a split (a YAML file with dev and test)") from None
    named, lines = parse_yaml(text, path)
    part_of: dict[str, str] = {}
    for part, names in named.items():
        line = lines[(part,)]
        if part not in PARTS[1:] or not isinstance(names, list):
            raise ConfigError(path, line, part, "must be a list of groups under dev or test", PARTS[1:])
        for name in names:
            if name not in groups:
                raise ConfigError(path, line, part, f"unknown group {name!r}", groups[:40])
            if name in part_of:
                raise ConfigError(path, line, part, f"{name!r} is in {part_of[name]} already")
            part_of[name] = part
    return {group: part_of.get(group, "train") for group in groups}


def _check_parts(parts: Mapping[str, list[LabelledStatement]], corpus: Corpus, data: DataConfig) -> None:
    """Refuse empty parts, and articles that straddle two (one whose statements name two domains)."""
    home: dict[str, str] = {}
    for part, statements in parts.items():
        if not statements:
            problem = f"{part} would be empty: {len(corpus)} statements grouped by {data.group_by}"
            raise ConfigError(corpus.path, problem=problem)
        for statement in statements:
            if statement.article_id and home.setdefault(statement.article_id, part) != part:
                problem = f"article {statement.article_id!r} is in {home[statement.article_id]} and in {part}"
                raise ConfigError(corpus.path, problem=problem)
