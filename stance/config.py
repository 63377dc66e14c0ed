"""Run settings: one YAML file per run, holding only what differs from the defaults below.

Hyperparameters of a model kind default in its class's signature, not here; `load_config` checks
`model.params` against that signature and fills it in.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model, field_validator, model_validator

from stance.errors import ConfigError
from stance.schema import STATEMENT_FIELDS
from stance.tasks import TASKS, LabelTask

SectionT = TypeVar("SectionT", bound=BaseModel)
OUTPUT_FIELDS = ("body", "proba", "model", "own", "condition_labels", "conditions_spans")  # beside fields and tasks
MAX_CONFIG_BYTES = 1_000_000  # a config is a page, not a corpus


class Section(BaseModel):
    """A part of the config: unknown keys fail, values never change."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class DataConfig(Section):
    """Which labelled statements are used, and how they are divided; no group straddles two parts."""

    kind: Literal["corpus", "table"] = Field(
        "corpus",
        description="corpus: every codebook field is there and is checked against the codebook; table: a .jsonl, .csv "
        "or .parquet file with a text and the labels of the trained tasks.",
    )
    corpus: Path = Field(
        Path("seeds/written"), description="Corpus folder with statements.jsonl, or such a file; or the table."
    )
    columns: dict[str, str] = Field(
        default_factory=dict,
        description="Of a table: field or codebook task -> its column, where the names differ (`text: tweet`).",
    )
    group_by: Literal["domain", "article_id"] = Field("domain", description="What never straddles two parts.")
    split: Path | None = Field(
        None,
        description="YAML naming the groups of dev and test (the rest is train); "
        "left out: split.yaml beside the corpus if group_by is domain, else the shares below.",
    )
    test: Path | None = Field(
        None,
        description="A corpus of its own to test on; the groups the split names as test are then learnt from.",
    )
    dev_share: float = Field(0.15, gt=0, lt=0.5, description="Share of groups in dev where no split is named.")
    test_share: float = Field(0.2, gt=0, lt=0.5, description="Share of groups in test where no split is named.")
    seed: int = Field(13, ge=0, description="Draws the groups where no split is named.")

    @field_validator("columns")
    @classmethod
    def _known_fields(cls, columns: dict[str, str]) -> dict[str, str]:
        allowed = (*STATEMENT_FIELDS, *TASKS)
        for name in columns:
            if name not in allowed:
                raise ValueError(f"unknown field {name!r} (allowed: {', '.join(allowed)})")
        return columns

    @model_validator(mode="after")
    def _columns_of_a_table(self) -> DataConfig:
        if self.columns and self.kind != "table":
            raise ValueError("columns: only a table's columns can be renamed; set kind: table")
        return self


class OwnTask(Section):
    """A label task of the user's own: one label a statement."""

    labels: tuple[Annotated[str, Field(min_length=1, max_length=100)], ...] = Field(
        min_length=2, description="Every label the column can hold, in the order of the output's columns."
    )
    column: str | None = Field(None, min_length=1, description="Where the labels stand; left out: the task's name.")

    @field_validator("labels")
    @classmethod
    def _distinct(cls, labels: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(labels)) < len(labels):
            raise ValueError("must be distinct")
        return labels


class InputConfig(Section):
    """What a model reads of a statement."""

    context: bool = Field(
        False, description="The sentence before the statement; it made no kind better on dev and costs time."
    )
    target: bool = Field(True, description="Which talks the statement is about.")
    role: bool = Field(True, description="The speaker as printed, names masked (`SIDE foreign minister SPEAKER`).")
    mask: Literal["all", "known", "none"] = Field(
        "all",
        description="known: the names in speaker, side and target become SPEAKER, SIDE and OTHER; "
        "all: every other capitalised name becomes NAME as well; none: names stay.",
    )


class ModelConfig(Section):
    """The model kind and its hyperparameters."""

    kind: str = Field("tfidf_linear", description="A model kind.")
    params: dict[str, Any] = Field(default_factory=dict, description="Hyperparameters of the kind.")


class TrainingConfig(Section):
    """How a training runs, whatever the kind."""

    seed: int = Field(13, ge=0, description="Seeds every random draw of the training.")
    threads: int = Field(
        1, ge=0, description="Threads per math library; 0: one per core. On busy cores one is much the fastest."
    )


class EvaluationConfig(Section):
    """How scores and their intervals are computed."""

    resamples: int = Field(1000, ge=0, le=100_000, description="Bootstrap resamples of whole articles; 0: none.")
    confidence: float = Field(0.95, gt=0.5, lt=1, description="Coverage of the bootstrap interval.")
    seed: int = Field(13, ge=0, description="Seeds the bootstrap.")
    behaviour: Path | None = Field(
        None, description="Folder of behavioural cases to put to the model after training; left out: none."
    )


class TrackingConfig(Section):
    """Where runs are logged. MLFLOW_TRACKING_URI in the environment goes before `uri`."""

    enabled: bool = Field(True, description="Log the run with MLflow.")
    uri: str = Field("sqlite:///mlflow.db", description="Tracking store.")
    artifacts: str = Field("mlartifacts", description="Artefact folder of a local store.")
    experiment: str = Field("stance", min_length=1, description="MLflow experiment.")
    register_as: str | None = Field(
        None,
        description="Registered model to add a version to; left out: stance, stance-extractor for a tagger, none for "
        "a model of other tasks than the codebook's three; empty: none.",
    )


class ExtractionConfig(Section):
    """How statements are found where the trained model is given articles; the command line goes before it."""

    extractor: str | None = Field(
        None, description="rules, tagger, or an extractor's folder or MLflow URI; left out: rules."
    )
    speakers: Path | None = Field(None, description="CSV file of known speakers: speaker_id,name,aliases,side.")


class OutputConfig(Section):
    """Where the trained model goes."""

    folder: Path | None = Field(None, description="Model folder; left out: models/NAME_OF_THE_CONFIG.")


class RunConfig(Section):
    """Everything a training needs to know."""

    data: DataConfig = DataConfig()
    input: InputConfig = InputConfig()
    tasks: tuple[str, ...] = Field(tuple(TASKS), description="The codebook's label tasks to train and score.")
    own_tasks: dict[str, OwnTask] = Field(
        default_factory=dict, description="Label tasks of your own to train and score beside them, by name."
    )
    model: ModelConfig = ModelConfig()
    training: TrainingConfig = TrainingConfig()
    evaluation: EvaluationConfig = EvaluationConfig()
    extraction: ExtractionConfig = ExtractionConfig()
    tracking: TrackingConfig = TrackingConfig()
    output: OutputConfig = OutputConfig()

    @field_validator("tasks")
    @classmethod
    def _known_tasks(cls, tasks: tuple[str, ...]) -> tuple[str, ...]:
        if not set(tasks) <= set(TASKS) or len(set(tasks)) < len(tasks):
            raise ValueError(f"must be distinct names out of {', '.join(TASKS)}")
        return tasks

    @field_validator("own_tasks")
    @classmethod
    def _new_names(cls, own: dict[str, OwnTask]) -> dict[str, OwnTask]:
        taken = {*STATEMENT_FIELDS, *TASKS, *OUTPUT_FIELDS}
        for name in own:
            if name in taken or "_proba_" in name or not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name):
                raise ValueError(
                    f"{name!r} cannot name a task: lower-case letters, digits and _ only, at most 40, and no column "
                    "of the codebook or of the output"
                )
        return own

    @model_validator(mode="after")
    def _some_task(self) -> RunConfig:
        if not self.label_tasks:
            raise ValueError("tasks: name at least one, or one of your own under own_tasks")
        return self

    @property
    def label_tasks(self) -> dict[str, LabelTask]:
        """The tasks to train and score, by name: the codebook's first, then the user's own."""
        own = {
            name: LabelTask(name, "single", task.labels, None, f"config, own_tasks.{name}", own=True)
            for name, task in self.own_tasks.items()
        }
        return {name: TASKS[name] for name in self.tasks} | own

    def filled(self) -> dict[str, Any]:
        """The whole config as plain data, paths as text."""
        return self.model_dump(mode="json")

    def to_yaml(self) -> str:
        """The whole config as YAML that `load_config` reads back to the same values."""
        return yaml.dump(self.filled(), Dumper=_Dumper, sort_keys=False, allow_unicode=True)


# -- YAML, without its surprises -------------------------------------------------------------------


class _Loader(yaml.SafeLoader):
    """Scalars as YAML 1.2 means them: `1e-5` is a number, `no` is text, dates stay text."""


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"null|Null|NULL|~|", ["n", "N", "~", ""]),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.inf|\.nan", "-+.0123456789"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"(?:{_pattern})$"), [*_first])


class _Dumper(yaml.SafeDumper):
    """Quotes whatever `_Loader` would not read back as the same text."""


_Dumper.yaml_implicit_resolvers = _Loader.yaml_implicit_resolvers


def _construct_int(loader: _Loader, node: yaml.ScalarNode) -> int:
    return int(node.value)


def _construct_float(loader: _Loader, node: yaml.ScalarNode) -> float:
    return float(node.value.replace(".inf", "inf").replace(".nan", "nan"))


_Loader.add_constructor("tag:yaml.org,2002:int", _construct_int)
_Loader.add_constructor("tag:yaml.org,2002:float", _construct_float)


def parse_yaml(text: str, path: str | Path) -> tuple[dict[str, Any], dict[tuple[str, ...], int]]:
    """Read a mapping of mappings.

    Returns the data and, for every key in it (as a tuple of names), its line, counted from 1.
    Raises `ConfigError` for broken YAML, aliases, duplicate keys and a top level that is no mapping.
    """
    lines: dict[tuple[str, ...], int] = {}
    try:
        for token in yaml.scan(text, Loader=_Loader):
            if isinstance(token, (yaml.AliasToken, yaml.AnchorToken, yaml.TagToken)):
                raise ConfigError(path, token.start_mark.line + 1, problem="aliases, anchors and tags are not allowed")
        node = yaml.compose(text, Loader=_Loader)
        if node is None:
            return {}, lines
        if not isinstance(node, yaml.MappingNode):
            raise ConfigError(path, node.start_mark.line + 1, problem="must be a mapping of sections")
        _collect_lines(node, (), lines, path)
        data = yaml.load(text, Loader=_Loader)  # noqa: S506, a SafeLoader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise ConfigError(path, mark.line + 1 if mark else None, problem=f"not readable as YAML: {what}") from None
    except RecursionError:
        raise ConfigError(path, problem="nested too deeply") from None
    return data, lines


def _collect_lines(
    node: yaml.Node, above: tuple[str, ...], lines: dict[tuple[str, ...], int], path: str | Path
) -> None:
    if isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            lines[(*above, str(number))] = item.start_mark.line + 1
            _collect_lines(item, (*above, str(number)), lines, path)
    if not isinstance(node, yaml.MappingNode):
        return
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise ConfigError(path, line, problem="keys must be plain words")
        here = (*above, key.value)
        if here in lines:
            raise ConfigError(path, line, ".".join(here), f"given twice (first on line {lines[here]})")
        lines[here] = line
        _collect_lines(value, here, lines, path)


# -- Loading a run's config ------------------------------------------------------------------------


def load_config(
    source: str | Path | Mapping[str, Any],
    overrides: Mapping[str, Any] | Sequence[str] = (),
    *,
    kinds: Mapping[str, type],
) -> RunConfig:
    """Read a config file (or plain data), apply overrides, check everything, fill in the defaults.

    `overrides` are `{"model.params.C": 4}` or `["model.params.C=4"]`; `kinds` maps the model kinds to
    their classes, whose signatures hold the hyperparameters and their defaults.
    Raises `ConfigError` with file, line, key, value and what would be right.
    """
    if isinstance(source, Mapping):
        path: str | Path = "config"
        data: dict[str, Any] = json.loads(json.dumps(source, default=str))
        lines: dict[tuple[str, ...], int] = {}
    else:
        path = source
        data, lines = parse_yaml(_read(path), path)
    data = {section: values for section, values in data.items() if values is not None}  # `data:` and no more
    given = _apply_overrides(data, overrides)
    where = _Where(path, lines, given)
    config = _validate(RunConfig, data, (), where)
    if config.model.kind not in kinds:
        raise where.error(("model", "kind"), f"unknown model kind {config.model.kind!r}", kinds)
    params = params_schema(kinds[config.model.kind])
    filled = _validate(params, config.model.params, ("model", "params"), where)
    model = config.model.model_copy(update={"params": filled.model_dump(mode="json")})
    output = config.output
    if output.folder is None:
        name = "run" if isinstance(source, Mapping) else Path(source).stem
        output = output.model_copy(update={"folder": Path("models") / name})
    tracking = config.tracking
    if tracking.register_as is None:
        alike = set(config.tasks) == set(TASKS) and not config.own_tasks  # champions are compared by their mean
        usual = "stance" if alike else ""
        name = getattr(kinds[config.model.kind], "registered_as", usual)
        tracking = tracking.model_copy(update={"register_as": name})
    return config.model_copy(update={"model": model, "tracking": tracking, "output": output})


def params_schema(kind: type) -> type[BaseModel]:
    """The hyperparameters of a model kind as a checked type, read off its `__init__`."""
    hints = get_type_hints(vars(kind).get("__init__", object.__init__), include_extras=True)
    fields: dict[str, Any] = {
        name: (hints[name], parameter.default) for name, parameter in inspect.signature(kind).parameters.items()
    }
    return create_model(f"{kind.__name__}Params", __base__=Section, **fields)


def config_schema(kinds: Mapping[str, type]) -> dict[str, Any]:
    """JSON Schema of a config file, with the hyperparameters of every model kind, for editors."""
    schema = RunConfig.model_json_schema()
    schema["title"] = "stance run config"
    model = schema["$defs"]["ModelConfig"]
    model["properties"]["kind"]["enum"] = list(kinds)
    default = RunConfig().model.kind
    model["allOf"] = [
        {
            "if": {"properties": {"kind": {"const": name}}, **({} if name == default else {"required": ["kind"]})},
            "then": {"properties": {"params": params_schema(kinds[name]).model_json_schema()}},
        }
        for name in kinds
    ]
    return schema


def _read(path: str | Path) -> str:
    try:
        raw = Path(path).read_bytes()
    except OSError as error:
        raise ConfigError(path, problem=f"cannot be read: {error.strerror}") from None
    if len(raw) > MAX_CONFIG_BYTES:
        raise ConfigError(path, problem=f"is {len(raw):,} bytes; a config has at most {MAX_CONFIG_BYTES:,}")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(path, raw[: error.start].count(b"\n") + 1, problem="is not UTF-8 text") from None


def _apply_overrides(data: dict[str, Any], overrides: Mapping[str, Any] | Sequence[str]) -> dict[tuple[str, ...], str]:
    """Set dotted keys in place; returns which keys came from an override, as typed."""
    if not isinstance(overrides, Mapping):
        pairs: dict[str, Any] = {}
        for text in overrides:
            key, equals, value = text.partition("=")
            if not equals or not key.strip("."):
                raise ConfigError("override", problem=f"{text!r} must be dotted.key=value")
            pairs[key] = parse_yaml(f"value: {value}", f"override {key}")[0]["value"]
        overrides = pairs
    given = {}
    for key, value in overrides.items():
        *above, last = names = tuple(key.split("."))
        place = data
        for name in above:
            if place.get(name) is None:
                place[name] = {}
            place = place[name]
            if not isinstance(place, dict):
                raise ConfigError(f"override {key}", problem=f"{name!r} is a value, not a section")
        place[last] = json.loads(json.dumps(value, default=str))
        given[names] = f"override {key}"
    return given


class _Where:
    """Knows where each key was written: a line of the file, an override, or the defaults."""

    def __init__(
        self, path: str | Path, lines: Mapping[tuple[str, ...], int], given: Mapping[tuple[str, ...], str]
    ) -> None:
        self.path, self.lines, self.given = path, lines, given

    def error(self, key: tuple[str, ...], problem: str, allowed: Any = ()) -> ConfigError:
        for names, text in self.given.items():
            if key[: len(names)] == names:
                return ConfigError(text, None, ".".join(key), problem, allowed)
        line = next((self.lines[key[:n]] for n in range(len(key), 0, -1) if key[:n] in self.lines), None)
        return ConfigError(self.path, line, ".".join(key), problem, allowed)


def _validate(schema: type[SectionT], data: Any, above: tuple[str, ...], where: _Where) -> SectionT:
    """Check plain data against a section; strict, as JSON is: text is no number, a number no text."""
    try:
        return schema.model_validate_json(json.dumps(data), strict=True)
    except ValidationError as error:
        fault = error.errors()[0]
        key = (*above, *(str(part) for part in fault["loc"]))
        if fault["type"] == "extra_forbidden":
            raise where.error(key, "unknown key", _siblings(schema, fault["loc"])) from None
        message, value = fault["msg"].removeprefix("Value error, "), fault["input"]
        for plain, short in (
            ("Input should be ", "must be "),
            ("greater than or equal to", ">="),
            ("less than or equal to", "<="),
            ("greater than", ">"),
            ("less than", "<"),
        ):
            message = message.replace(plain, short)
        shown = "" if isinstance(value, dict) else f" (got {json.dumps(value)})"
        raise where.error(key, message + shown) from None


def _siblings(schema: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    """The keys that would have been right where an unknown one was found."""
    found: Any = schema
    for part in location[:-1]:
        inside = get_origin(found) is dict  # whose keys are the user's own
        found = get_args(found)[1] if inside else found.model_fields[str(part)].annotation
    return list(found.model_fields)
