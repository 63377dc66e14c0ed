"""Behavioural tests: small cases, each of which shows one thing a model must be able to do.

Source: Ribeiro et al. (2020), "Beyond Accuracy: Behavioral Testing of NLP Models with CheckList", ACL.
Cases are for looking, never for training or tuning.

A folder holds one JSONL file per capability, named after it; each row is a case, all of one kind:

{"case_id": "hedge-001", "capability": "hedge", "kind": "minimum",
 "statement": {"text": "...", "speaker": "...", "side": "...", "target": "...", "context": "..."},
 "expect": {"openness": "conditional", "stance": "neutral",
            "conditions": [{"label": "venue", "text": "only in our capital"}]}}

Of `statement`, `text` and `speaker` are needed (a speaker left empty: nobody is responsible for the sentence).
A condition's `text` is its span, verbatim. What the kinds ask, and what else their rows hold:

minimum      the labels of `expect`: openness, stance and the set of conditions
invariance   `variants`, a list of statements: each gets the labels that `statement` gets, right or wrong;
             with `expect` (optional) it is counted as well whether they are right
direction    `variant`, a statement, and `moves`, a list of {"task": "openness", "label": "conditional",
             "by": "up"}: the label's probability is higher (`up`) or lower (`down`) than for `statement`
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import groupby, islice
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from stance.corpus import STATEMENTS_FILE
from stance.errors import InputError, StanceError
from stance.metrics import SpanScore, score_spans
from stance.schema import ConditionSpan, LabelledStatement, Statement
from stance.tasks import CONDITIONS, TASKS
from stance.tasks.rules import gold_violations

Kind = Literal["minimum", "invariance", "direction"]
KINDS: tuple[Kind, ...] = ("minimum", "invariance", "direction")
ENDING = ".jsonl"


class Labeller(Protocol):
    """Anything that labels statements, one row for each, in their order."""

    def label(self, statements: Sequence[Statement]) -> list[LabelledStatement]: ...


# -- What is asked ---------------------------------------------------------------------------------


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Move(_Row):
    """Where the probability of a label must go from the statement to its variant."""

    task: str
    label: str
    by: Literal["up", "down"]


class _Text(_Row):
    text: str = Field(min_length=1)
    speaker: str
    context: str = ""
    side: str = ""
    target: str = ""


class _Condition(_Row):
    label: str
    text: str = Field(min_length=1)


class _Expect(_Row):
    openness: str
    conditions: tuple[_Condition, ...]
    stance: str


class _CaseRow(_Row):
    case_id: str = Field(min_length=1)
    capability: str
    statement: _Text


class _Minimum(_CaseRow):
    kind: Literal["minimum"]
    expect: _Expect


class _Invariance(_CaseRow):
    kind: Literal["invariance"]
    variants: tuple[_Text, ...] = Field(min_length=1)
    expect: _Expect | None = None


class _Direction(_CaseRow):
    kind: Literal["direction"]
    variant: _Text
    moves: tuple[Move, ...] = Field(min_length=1)


_ROW: TypeAdapter[_Minimum | _Invariance | _Direction] = TypeAdapter(
    Annotated[_Minimum | _Invariance | _Direction, Field(discriminator="kind")]
)


@dataclass(frozen=True)
class Case:
    """One question to a model; `expect` is the statement with its gold labels."""

    case_id: str
    capability: str
    kind: Kind
    statement: Statement
    expect: LabelledStatement | None = None
    variants: tuple[Statement, ...] = ()
    moves: tuple[Move, ...] = ()

    @property
    def statements(self) -> tuple[Statement, ...]:
        """All that a model must label for this case: the statement, then its variants."""
        return (self.statement, *self.variants)


@dataclass(frozen=True)
class Cases:
    """The cases of a folder, in the order of its files' names."""

    path: Path
    cases: tuple[Case, ...]
    digest: str  # sha256 over the files, hexadecimal

    def __len__(self) -> int:
        return len(self.cases)


def holds_cases(path: str | Path) -> bool:
    """Is it a folder of behavioural cases, and no corpus?"""
    path = Path(path)
    return path.is_dir() and not (path / STATEMENTS_FILE).exists() and any(path.glob(f"*{ENDING}"))


def load_cases(folder: str | Path) -> Cases:
    """Read every `*.jsonl` of a folder; labels, spans and ids are checked against the codebook.

    Raises `InputError` with file, line, field and what would be right for the first fault, and for a
    folder that is missing or holds no case.
    """
    folder = Path(folder)
    files = sorted(folder.glob(f"*{ENDING}"))
    cases: list[Case] = []
    seen: dict[str, str] = {}
    digest = hashlib.sha256()
    for path in files:
        raw = _read(path)
        digest.update(raw)
        for number, line in enumerate(raw.split(b"\n"), start=1):
            if not line.strip():
                continue
            case = _parse(line, path, number)
            here = f"{path}:{number}"
            if seen.setdefault(case.case_id, here) != here:
                raise InputError(path, number, "case_id", f"{case.case_id!r} was used in {seen[case.case_id]} before")
            if cases and cases[-1].capability == case.capability and cases[-1].kind != case.kind:
                raise InputError(path, number, "kind", f"{case.kind!r} among cases that are {cases[-1].kind!r}")
            cases.append(case)
    if not cases:
        raise InputError(folder, problem=f"holds no behavioural cases; expected a folder of *{ENDING} files")
    return Cases(folder, tuple(cases), digest.hexdigest())


# -- What a model answers --------------------------------------------------------------------------


@dataclass(frozen=True)
class Outcome:
    """How a model did on one case."""

    case: Case
    rows: tuple[LabelledStatement, ...]  # the statement's, then the variants'
    passed: bool
    tasks: dict[str, bool]  # the same, task by task; only the tasks the case asks about
    right: bool | None  # do all rows have the expected labels? None where the case expects none

    def to_dict(self) -> dict[str, Any]:
        case = self.case
        return {
            "case_id": case.case_id,
            "capability": case.capability,
            "kind": case.kind,
            "failed": [name for name, passed in self.tasks.items() if not passed],
            "expect": None if case.expect is None else _shown(case.expect),
            "moves": [move.model_dump() for move in case.moves],
            "got": [
                {"text": row.text, **_shown(row), "probabilities": [probability(row, move) for move in case.moves]}
                for row in self.rows
            ],
        }


@dataclass(frozen=True)
class Rate:
    """A share of cases, in [0, 1], with their number."""

    rate: float
    support: int


@dataclass(frozen=True)
class CapabilityRate:
    """How a model did on the cases of one capability."""

    kind: Kind
    passed: Rate
    tasks: dict[str, Rate]
    right: Rate | None  # of the cases that expect labels; None where none does


@dataclass(frozen=True)
class Behaviour:
    """How a model did on a folder of cases."""

    data: str
    digest: str  # of the cases
    capabilities: dict[str, CapabilityRate]
    kinds: dict[str, Rate]
    spans: SpanScore | None  # of the minimum cases; None where conditions are no task
    outcomes: tuple[Outcome, ...]

    @property
    def failed(self) -> tuple[Outcome, ...]:
        return tuple(outcome for outcome in self.outcomes if not outcome.passed)

    def metrics(self) -> dict[str, float]:
        """`{"behaviour.hedge": 0.8, ...}`, as tracked."""
        return {f"behaviour.{name}": of_one.passed.rate for name, of_one in self.capabilities.items()}

    def to_dict(self) -> dict[str, Any]:
        return {
            "data": self.data,
            "digest": self.digest,
            "cases": len(self.outcomes),
            "kinds": {kind: asdict(rate) for kind, rate in self.kinds.items()},
            "capabilities": {name: asdict(of_one) for name, of_one in self.capabilities.items()},
            "spans": None if self.spans is None else asdict(self.spans),
            "failed": [outcome.to_dict() for outcome in self.failed],
        }


def run_cases(model: Labeller, cases: Cases, tasks: Sequence[str] = tuple(TASKS)) -> Behaviour:
    """Put all cases to a model that knows the given tasks; a case that asks about none of them is left out.

    Raises `StanceError` if it knows none of the codebook's, and `ValueError` if the model gives more or fewer rows
    than there are statements.
    """
    if not tasks:
        raise StanceError(f"{cases.path}: asks for the codebook's labels, and the model has learnt none of them")
    asked = [_only(case, tasks) for case in cases.cases]
    asked = [case for case in asked if case.kind != "direction" or case.moves]
    statements = [statement for case in asked for statement in case.statements]
    labelled = model.label(statements)
    if len(labelled) != len(statements):
        raise ValueError(f"the model gave {len(labelled)} rows for {len(statements)} statements")
    rows = iter(labelled)
    outcomes = tuple(_outcome(case, tuple(islice(rows, len(case.statements))), tasks) for case in asked)
    minimum = [o for o in outcomes if o.case.kind == "minimum"]
    return Behaviour(
        data=str(cases.path),
        digest=cases.digest,
        capabilities={
            name: _capability_rate(list(group), tasks)
            for name, group in groupby(outcomes, key=lambda outcome: outcome.case.capability)
        },
        kinds={
            kind: _rate([o.passed for o in outcomes if o.case.kind == kind])
            for kind in KINDS
            if any(o.case.kind == kind for o in outcomes)
        },
        spans=score_spans(
            [o.case.expect.conditions for o in minimum if o.case.expect], [o.rows[0].conditions for o in minimum]
        )
        if CONDITIONS.name in tasks and minimum
        else None,
        outcomes=outcomes,
    )


def probability(row: LabelledStatement, move: Move) -> float:
    """Of the move's label, in [0, 1]; a model without probabilities is certain of what it answers."""
    if row.proba is not None:
        return row.proba[move.task][move.label]
    answer = _answer(row, move.task)
    return float(move.label == answer if isinstance(answer, str) else move.label in answer)


def _outcome(case: Case, rows: tuple[LabelledStatement, ...], tasks: Sequence[str]) -> Outcome:
    first = rows[0]
    right = None
    if case.expect is not None:
        expect = case.expect
        right = {task: all(_answer(row, task) == _answer(expect, task) for row in rows) for task in tasks}
    if case.kind == "minimum":
        assert right is not None  # a minimum case expects labels
        passed = right
    elif case.kind == "invariance":
        passed = {task: all(_answer(row, task) == _answer(first, task) for row in rows) for task in tasks}
    else:
        passed = {
            task: all(_moved(first, rows[1], move) for move in case.moves if move.task == task)
            for task in tasks
            if any(move.task == task for move in case.moves)
        }
    return Outcome(case, rows, all(passed.values()), passed, None if right is None else all(right.values()))


def _answer(row: LabelledStatement, task: str) -> str | frozenset[str]:
    return str(getattr(row, task)) if TASKS[task].kind == "single" else frozenset(row.condition_labels)


def _moved(before: LabelledStatement, after: LabelledStatement, move: Move) -> bool:
    change = probability(after, move) - probability(before, move)
    return change > 0 if move.by == "up" else change < 0


def _only(case: Case, tasks: Sequence[str]) -> Case:
    return replace(case, moves=tuple(move for move in case.moves if move.task in tasks))


def _capability_rate(outcomes: Sequence[Outcome], tasks: Sequence[str]) -> CapabilityRate:
    by_task = {task: [o.tasks[task] for o in outcomes if task in o.tasks] for task in tasks}
    right = [o.right for o in outcomes if o.right is not None]
    return CapabilityRate(
        kind=outcomes[0].case.kind,
        passed=_rate([o.passed for o in outcomes]),
        tasks={task: _rate(passed) for task, passed in by_task.items() if passed},
        right=_rate(right) if right else None,
    )


def _rate(passed: Sequence[bool]) -> Rate:
    return Rate(sum(passed) / len(passed), len(passed))


def _shown(row: LabelledStatement) -> dict[str, Any]:
    return {"openness": row.openness, "conditions": [*row.condition_labels], "stance": row.stance}


# -- Reading ---------------------------------------------------------------------------------------


def _read(path: Path) -> bytes:
    try:
        raw = path.read_bytes()
        raw.decode("utf-8")
    except OSError as error:
        raise InputError(path, problem=f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise InputError(path, raw[: error.start].count(b"\n") + 1, problem="is not UTF-8 text") from None
    return raw


def _parse(line: bytes, path: Path, number: int) -> Case:
    try:
        row = _ROW.validate_json(line, strict=True)
    except ValidationError as error:
        raise _fault(error, path, number) from None
    if row.capability != path.stem:
        raise InputError(path, number, "capability", f"{row.capability!r} in a file of another name", [path.stem])
    case = Case(row.case_id, row.capability, row.kind, _statement(row.statement))
    if isinstance(row, _Direction):
        for index, move in enumerate(row.moves):
            where = f"moves.{index}"
            if move.task not in TASKS:
                raise InputError(path, number, f"{where}.task", f"unknown task {move.task!r}", TASKS)
            if move.label not in TASKS[move.task].labels:
                labels = TASKS[move.task].labels
                raise InputError(path, number, f"{where}.label", f"unknown label {move.label!r}", labels)
        return replace(case, variants=(_statement(row.variant),), moves=row.moves)
    if row.expect is not None:
        case = replace(case, expect=_expected(row.statement, row.expect, path, number))
    if isinstance(row, _Invariance):
        case = replace(case, variants=tuple(_statement(variant) for variant in row.variants))
    return case


def _fault(error: ValidationError, path: Path, number: int) -> InputError:
    fault = error.errors()[0]
    if fault["type"].startswith("union_tag"):
        return InputError(path, number, "kind", "must be a kind of case", KINDS)
    field = ".".join(str(part) for part in fault["loc"][1:])  # after the kind
    return InputError(path, number, field, fault["msg"])


def _statement(row: _Text) -> Statement:
    return Statement(**row.model_dump())


def _expected(row: _Text, expect: _Expect, path: Path, number: int) -> LabelledStatement:
    spans = []
    for condition in expect.conditions:
        start = row.text.find(condition.text)
        if start < 0:
            raise InputError(path, number, "expect.conditions", f"the text does not hold {condition.text!r}")
        spans.append(ConditionSpan(start, start + len(condition.text), condition.label, condition.text))
    gold = LabelledStatement(
        **row.model_dump(), openness=expect.openness, conditions=tuple(spans), stance=expect.stance
    )
    for problem in gold_violations(gold):
        field, _, what = problem.partition(": ")
        raise InputError(path, number, f"expect.{field}", what)
    return gold
