"""Label Studio: statements out as tasks with pre-annotations, annotations back as label files.

Label Studio counts offsets in code points, as Python does (its front end since 1.5; older ones counted
UTF-16 units, in which an emoji takes two). Either is read; `text[start:end] == words` decides which.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from stance.errors import InputError
from stance.pipeline import StanceModel, load_extractor
from stance.prediction import Outcome
from stance.report.files import write_json, write_jsonl, write_text
from stance.report.rows import nested_record
from stance.schema import STATEMENT_FIELDS, Article, ConditionSpan, LabelledStatement, Statement
from stance.sources import read_inputs
from stance.sources.problems import decode_utf8, read_limited
from stance.sources.tables import item_of
from stance.tasks import CONDITIONS, TASKS, kind_of
from stance.tasks.rules import violations

TEXT = "text"  # name of the tag whose words are labelled, and of the field it shows
DOUBT = "doubt"  # free text beside the labels: where two labels were defensible
BESIDE = ("target", "speaker", "side", "date", "context")  # shown above the statement
TASKS_FILE, INTERFACE_FILE = "tasks.json", "labelling.xml"
_COLOURS = "#4363d8 #e6194b #3cb44b #f58231 #911eb4 #008080 #9a6324 #800000 #808000 #000075 #f032e6 #469990 #666666"


@dataclass
class Imported:
    """What an export held: rows per annotator, and what is wrong with it."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)  # annotator -> label file rows
    skipped: int = 0  # annotations that were cancelled in Label Studio
    failures: list[InputError] = field(default_factory=list)  # tasks and annotations that cannot be used
    breaches: list[InputError] = field(default_factory=list)  # rows that are there but break the codebook


def export_files(
    inputs: Sequence[str | Path], folder: Path, model: StanceModel | None = None, extractor: str | None = None
) -> Outcome:
    """Write the statements of files, folders or `-` as tasks, and the labelling interface, into a folder.

    With a model its labels become pre-annotations. An input that fails is kept in `Outcome.failures`;
    where all fail nothing is written and the first failure is raised.
    """
    found = load_extractor(extractor)
    outcome = Outcome()
    statements: list[Statement] = []
    for item in read_inputs(inputs, on_error=outcome.fail):
        if isinstance(item, Article):
            outcome.articles += 1
            statements += found.extract(item)
        else:
            statements.append(item)
    if outcome.failures and not statements:
        raise outcome.failures[0]
    outcome.statements = len(statements)
    tasks = [export_task(s) for s in (model.predict(statements) if model else statements)]
    write_json(tasks, folder / TASKS_FILE)
    write_text(labelling_config(), folder / INTERFACE_FILE)
    return outcome


def import_file(export: str | Path, folder: Path, annotators: Mapping[str, str]) -> Imported:
    """Read an export (see `read_export`) and write `ANNOTATOR.jsonl` for each annotator into a folder."""
    imported = read_export(export, annotators)
    for who, rows in imported.rows.items():
        write_jsonl(rows, folder / f"{who}.jsonl")
    return imported


def labelling_config() -> str:
    """The labelling interface as Label Studio's XML: every task of `TASKS`, spans for conditions."""
    view = ElementTree.Element("View")
    ElementTree.SubElement(view, "Style").text = ".htx-richtext { white-space: pre-wrap; }"  # else spaces are lost
    for name in BESIDE:
        ElementTree.SubElement(view, "Header", value=f"{name}: ${name}", size="5")
    for task in TASKS.values():
        if task.kind == "multi":
            tag = ElementTree.SubElement(view, "Labels", name=task.name, toName=TEXT, choice="multiple")
            for label, colour in zip(task.labels, _COLOURS.split(), strict=False):
                ElementTree.SubElement(tag, "Label", value=label, background=colour)
    ElementTree.SubElement(view, "Text", name=TEXT, value=f"${TEXT}", saveTextResult="yes")
    for task in TASKS.values():
        if task.kind == "single":
            ElementTree.SubElement(view, "Header", value=f"{task.name} ({task.source})", size="5")
            asked = {"choice": "single-radio", "showInline": "true", "required": "true"}
            tag = ElementTree.SubElement(view, "Choices", name=task.name, toName=TEXT, attrib=asked)
            for label in task.labels:
                ElementTree.SubElement(tag, "Choice", value=label)
    ElementTree.SubElement(view, "TextArea", name=DOUBT, toName=TEXT, placeholder="In doubt? Say why.")
    ElementTree.indent(view)
    return ElementTree.tostring(view, encoding="unicode") + "\n"


def export_task(statement: Statement) -> dict[str, Any]:
    """One statement as a Label Studio task; the labels of a labelled one become its pre-annotation.

    All fields of the statement travel in `data`.
    """
    task: dict[str, Any] = {"data": {name: getattr(statement, name) for name in STATEMENT_FIELDS}}
    if isinstance(statement, LabelledStatement):
        task["predictions"] = [_prediction(statement)]
    return task


def results(statement: LabelledStatement) -> list[dict[str, Any]]:
    """The labels of a statement as Label Studio writes them: one item a choice, one a condition span."""
    items: list[dict[str, Any]] = []
    for name, task in TASKS.items():
        if task.kind == "single" and getattr(statement, name):
            value: dict[str, Any] = {"choices": [getattr(statement, name)]}
            items.append({"id": name, "from_name": name, "to_name": TEXT, "type": "choices", "value": value})
    for number, span in enumerate(statement.conditions):
        value = {"start": span.start, "end": span.end, "text": span.text, "labels": [span.label]}
        about = {"from_name": CONDITIONS.name, "to_name": TEXT, "type": "labels", "value": value}
        items.append({"id": f"{CONDITIONS.name}-{number}", **about})
    return items


def read_export(path: str | Path, annotators: Mapping[str, str]) -> Imported:
    """Read Label Studio's JSON export back into rows of label files, one list an annotator.

    `annotators` maps who annotated, as Label Studio names them (e-mail, user name or number), to the ids
    that shall stand in our files; whoever is not in it becomes `annotator-NUMBER`.
    Raises `InputError` for a file that is no such export.
    """
    imported = Imported()
    seen: set[tuple[str, str]] = set()
    for number, task in enumerate(_tasks(path), start=1):
        where = _Where(f"{path} task", number)  # `export.json task:3` is the third task of the file
        try:
            statement, annotations = _task_parts(task, where)
        except InputError as error:
            imported.failures.append(error)
            continue
        for annotation in annotations:
            try:
                who = _annotator(annotation, annotators, where)
                if annotation.get("was_cancelled"):
                    imported.skipped += 1
                    continue
                if (who, statement.statement_id) in seen:
                    problem = f"{who!r} annotated {statement.statement_id!r} twice; delete one in Label Studio"
                    raise where.fault("annotations", problem)
                seen.add((who, statement.statement_id))
                labelled, doubt = _labelled(statement, annotation.get("result"), where)
            except InputError as error:
                imported.failures.append(error)
                continue
            imported.rows.setdefault(who, []).append({**nested_record(labelled), DOUBT: doubt})
            labels = {name: getattr(labelled, name) for name, task in TASKS.items() if task.kind == "single"}
            for broken in violations(conditions=labelled.condition_labels, speaker=labelled.speaker, **labels):
                name, _, problem = broken.partition(": ")
                imported.breaches.append(where.fault(name, f"{problem}, by {who!r}"))
    return imported


@dataclass(frozen=True)
class _Where:
    """A task of an export, for messages."""

    path: str
    number: int

    def fault(self, name: str, problem: str, allowed: tuple[str, ...] = ()) -> InputError:
        return InputError(self.path, self.number, name, problem, allowed)


def _prediction(statement: LabelledStatement) -> dict[str, Any]:
    prediction: dict[str, Any] = {"result": results(statement)}
    if statement.model:
        prediction["model_version"] = statement.model
    sure = [max(of_task.values()) for name, of_task in (statement.proba or {}).items() if kind_of(name) == "single"]
    if sure:
        prediction["score"] = round(sum(sure) / len(sure), 6)
    return prediction


def _tasks(path: str | Path) -> list[Any]:
    shape = "is no JSON export of Label Studio (a list of tasks with data and annotations)"
    raw = read_limited(Path(path))
    try:
        tasks = json.loads(decode_utf8(raw, path))
    except json.JSONDecodeError as error:
        raise InputError(path, error.lineno, problem=f"not JSON ({error.msg}, column {error.colno})") from None
    except (RecursionError, ValueError):
        raise InputError(path, problem=shape) from None
    if not isinstance(tasks, list) or not tasks:
        raise InputError(path, problem=shape)
    return tasks


def _task_parts(task: object, where: _Where) -> tuple[Statement, list[dict[str, Any]]]:
    """The statement of a task, as it was exported, and its annotations."""
    record = task if isinstance(task, dict) else {}
    data, annotations = record.get("data"), record.get("annotations")
    if not isinstance(data, dict) or not isinstance(annotations, list):
        raise where.fault("", "must hold data and annotations; export as JSON, not JSON-MIN")
    if not all(isinstance(annotation, dict) for annotation in annotations):
        raise where.fault("annotations", "must be a list of objects")
    statement = item_of(data, where.path, where.number, f"task-{where.number}")
    if not isinstance(statement, Statement):
        raise where.fault("data", "holds an article; tasks are statements")
    return statement, annotations


def _annotator(annotation: Mapping[str, Any], known: Mapping[str, str], where: _Where) -> str:
    by = annotation.get("completed_by")
    names = [by.get(key) for key in ("email", "username", "id")] if isinstance(by, dict) else [by]
    for name in names:
        if str(name) in known:
            return known[str(name)]
    number = names[-1]
    if type(number) is not int:
        raise where.fault("completed_by", f"must be a user or a user's number (got {by!r:.60})")
    return f"annotator-{number}"


def _labelled(statement: Statement, items: object, where: _Where) -> tuple[LabelledStatement, str]:
    """A statement with one annotator's labels, and their doubt."""
    if not isinstance(items, list):
        raise where.fault("result", "must be a list")
    singles: dict[str, str] = {}
    spans: list[ConditionSpan] = []
    doubts: list[str] = []
    for item in items:
        value = item.get("value") if isinstance(item, dict) else None
        name = item.get("from_name") if isinstance(item, dict) else None
        if not isinstance(value, dict) or not isinstance(name, str):
            raise where.fault("result", f"must hold from_name and value (got {item!r:.60})")
        if name == DOUBT:
            doubts += [text for text in value.get("text") or () if isinstance(text, str)]
        elif name == CONDITIONS.name:
            spans += _spans(statement.text, value, where)
        elif name in TASKS:
            if name in singles:
                raise where.fault(name, "was answered twice")
            [singles[name]] = _known(value.get("choices"), name, where, exactly_one=True)
        else:
            raise where.fault("result", f"unknown from_name {name[:40]!r}", (*TASKS, DOUBT))
    fields: dict[str, Any] = {name: getattr(statement, name) for name in STATEMENT_FIELDS} | singles
    return LabelledStatement(**fields, conditions=tuple(spans)), " ".join(doubts)


def _spans(text: str, value: Mapping[str, Any], where: _Where) -> list[ConditionSpan]:
    """One region as condition spans; a region may carry several labels."""
    name = CONDITIONS.name
    labels = _known(value.get("labels"), name, where)
    start, end, words = value.get("start"), value.get("end"), value.get("text")
    if type(start) is not int or type(end) is not int or not isinstance(words, str):
        raise where.fault(name, f"a region must hold start, end and text (got {dict(value)!r:.80})")
    place = located(text, start, end, words)
    if place is None:
        found = text[max(start, 0) : max(end, 0)]
        raise where.fault(name, f"[{start}, {end}) reads {found!r:.60}, not {words!r:.60}")
    start, end = place
    return [ConditionSpan(start, end, label, text[start:end]) for label in labels]


def located(text: str, start: int, end: int, words: str) -> tuple[int, int] | None:
    """Where in `text` a Label Studio region stands, `[start, end)` in Python's indices.

    `start` and `end` count code points or, where only that fits `words`, UTF-16 units. None where
    neither fits. Label Studio writes a line break within `words` as a backslash and an n.
    """
    if not 0 <= start < end:
        return None
    if _same_words(text[start:end], words):
        return start, end
    units = text.encode("utf-16-le", "surrogatepass")
    before, within = (units[2 * a : 2 * b].decode("utf-16-le", "replace") for a, b in ((0, start), (start, end)))
    if _same_words(within, words) and text[len(before) : len(before) + len(within)] == within:
        return len(before), len(before) + len(within)
    return None


def _same_words(found: str, words: str) -> bool:
    return found == words or found.replace("\r", "\n").replace("\n", "\\n") == words


def _known(labels: object, name: str, where: _Where, exactly_one: bool = False) -> list[str]:
    allowed = TASKS[name].labels
    if not isinstance(labels, list) or not labels or (exactly_one and len(labels) > 1):
        raise where.fault(name, f"must hold {'one label' if exactly_one else 'labels'} (got {labels!r:.60})", allowed)
    for label in labels:
        if label not in allowed:
            raise where.fault(name, f"unknown label {label!r:.60}", allowed)
    return labels
