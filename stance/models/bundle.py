"""The saved model: one folder layout for every kind, loaded without network and without pickle.

model.json      what it is: kind, versions, label order, temperatures, thresholds, doubts, digests of data and files
config.yaml     the filled config it was trained with
README.md       model card with its scores
(weights)       whatever the kind writes: skops, safetensors, tokenizer
evaluation/     scores, predictions on dev and test, pictures; not needed to predict
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from stance.config import RunConfig, load_config
from stance.encoders import Precision
from stance.encoders.runners import available
from stance.errors import ConfigError, ModelError
from stance.models import EXTRAS, MODELS, TAGGERS
from stance.models.base import Classifier
from stance.models.decision import Decision
from stance.schema import LabelledStatement, Statement
from stance.tasks import CODEBOOK_VERSION, CONDITIONS, Tasks

FORMAT_VERSION = 1
MODEL_FILE, CONFIG_FILE, CARD_FILE, EVALUATION = "model.json", "config.yaml", "README.md", "evaluation"
DISTRIBUTION = "stance-talks"


@dataclass(frozen=True)
class Bundle:
    """A trained classifier with all it takes to label statements."""

    classifier: Classifier
    decision: Decision
    config: RunConfig
    data_digest: str  # sha256 of the corpus it was trained on

    @property
    def kind(self) -> str:
        return self.config.model.kind

    @property
    def precision(self) -> Precision | None:
        """What the network is run in; None for kinds without one, and as it was trained."""
        found: Precision | None = getattr(self.classifier, "precision_", None)
        return found

    @property
    def name(self) -> str:
        """Kind and eight hexadecimal digits that change with settings and data."""
        return bundle_name(self.config, self.data_digest)

    def label(self, statements: Sequence[Statement], *, abstain_below: float = 0.0) -> list[LabelledStatement]:
        """Labelled copies of the statements, in their order; a row never depends on the others."""
        predicted = self.classifier.predict_proba(statements)
        return self.decision.label(statements, predicted, self.name, abstain_below=abstain_below)


def save_bundle(folder: Path, bundle: Bundle) -> None:
    """Write a model into an existing folder; the card and `evaluation/` are the trainer's to add."""
    bundle.classifier.save(folder)
    labels = {name: list(task.labels) for name, task in bundle.config.label_tasks.items()}
    write_about(folder, bundle.config, bundle.data_digest, {"labels": labels, **bundle.decision.to_dict()})


def add_to_about(folder: Path, more: Mapping[str, Any]) -> None:
    """Add fields to the `model.json` of a folder just saved."""
    about = json.loads((folder / MODEL_FILE).read_text(encoding="utf-8"))
    (folder / MODEL_FILE).write_text(json.dumps(about | dict(more), indent=2) + "\n", encoding="utf-8")


def label_agreement(folder: Path, statements: Sequence[Statement]) -> dict[str, float]:
    """Of every precision that can be run here, the share of statements whose labels are those of the model itself.

    Empty for kinds that have one precision only.
    """
    exact = load_bundle(folder)
    if not hasattr(exact.classifier, "use_precision") or not statements:
        return {}
    expected = [_labels(row) for row in exact.label(statements)]
    found: dict[str, float] = {}
    for precision in available(folder):
        exact.classifier.use_precision(folder, precision, {})
        rows = exact.label(statements)
        found[precision] = round(sum(_labels(r) == e for r, e in zip(rows, expected, strict=True)) / len(rows), 4)
    return found


def _labels(row: LabelledStatement) -> tuple[Any, ...]:
    return row.openness, frozenset(row.condition_labels), row.stance, dict(row.own)


def write_about(folder: Path, config: RunConfig, data_digest: str, more: Mapping[str, Any]) -> None:
    """Write `config.yaml` and `model.json`, with checksums of the files there; `more` is a kind of bundle's own."""
    files = {path.name: _sha256(path) for path in sorted(folder.iterdir()) if path.is_file()}
    (folder / CONFIG_FILE).write_text(config.to_yaml(), encoding="utf-8")
    about = {
        "format_version": FORMAT_VERSION,
        "kind": config.model.kind,
        "name": bundle_name(config, data_digest),
        "package_version": package_version(),
        "codebook_version": CODEBOOK_VERSION,
        **more,
        "data_digest": data_digest,
        "files": files,
    }
    (folder / MODEL_FILE).write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")


def load_bundle(folder: str | Path, precision: Precision | None = None) -> Bundle:
    """Read a model folder; kinds with a network predict in `precision` (see `encoders.runners`), others are exact.

    None: as it was trained, with torch in fp32 where that is installed.

    Raises `ModelError` for a folder that is missing, incomplete, of a newer format, trained with other
    labels than this codebook's, or that holds anything but data.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ModelError(f"{folder}: no such model folder; `stance train CONFIG` makes one")
    about = read_about(folder / MODEL_FILE)
    if about["kind"] in TAGGERS:
        raise ModelError(
            f"{folder}: kind {about['kind']!r} finds statements and labels none; name it with --extractor, and with"
            " --model one that labels"
        )
    config = read_settings(folder, about, MODELS)
    _check_decision(folder / MODEL_FILE, about, config.label_tasks)
    with extra_installed(config.model.kind):
        classifier = MODELS[config.model.kind].load(
            folder, dict(config.model.params), inputs=config.input, tasks=config.label_tasks
        )
    if precision is not None and hasattr(classifier, "use_precision"):
        classifier.use_precision(folder, precision, about.get("precisions", {}))
    decision = Decision(about["temperatures"], about["thresholds"], about["doubts"], config.label_tasks)
    return Bundle(classifier, decision, config, about["data_digest"])


def read_settings(folder: Path, about: Mapping[str, Any], kinds: Mapping[str, type]) -> RunConfig:
    """The filled config of a model folder; raises `ModelError` unless it, and every file saved, fits `model.json`."""
    for name, digest in about.get("files", {}).items():
        path = folder / name
        if Path(name).name != name or not path.is_file():
            raise ModelError(f"{path}: missing; the model folder is not complete")
        if _sha256(path) != digest:
            raise ModelError(f"{path}: is not the file that was saved (its sha256 differs from {MODEL_FILE}'s)")
    try:
        config = load_config(folder / CONFIG_FILE, kinds=kinds)
    except ConfigError as error:
        raise ModelError(f"not a usable model: {error}") from None
    if config.model.kind != about["kind"]:
        raise ModelError(
            f"{folder / MODEL_FILE}: kind {about['kind']!r} differs from config.yaml's {config.model.kind!r}"
        )
    return config


def bundle_name(config: RunConfig, data_digest: str) -> str:
    """Kind and eight hexadecimal digits that change with settings and data."""
    asked = config.model_dump(mode="json", include={"data", "input", "tasks", "own_tasks", "model", "training"})
    digest = hashlib.sha256(json.dumps([asked, data_digest], sort_keys=True).encode()).hexdigest()
    return f"{config.model.kind}-{digest[:8]}"


def folder_digest(folder: Path) -> str:
    """sha256 over all files of a model folder that labels depend on: not the card, not `evaluation/`."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_file() and name.parts[0] not in (CARD_FILE, EVALUATION):
            with path.open("rb") as stream:
                content = hashlib.file_digest(stream, "sha256").hexdigest()
            digest.update(f"{name.as_posix()}\0{content}\n".encode())
    return digest.hexdigest()


def package_version() -> str:
    """The installed version of this package."""
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return "0+unknown"


@contextmanager
def extra_installed(kind: str) -> Iterator[None]:
    """Turns the lack of a library that only some kinds need into a `ModelError` that says what to install."""
    try:
        yield
    except ModuleNotFoundError as error:
        extra = f"[{EXTRAS[kind]}]" if kind in EXTRAS else ""
        raise ModelError(f"model kind {kind!r} needs {error.name}: pip install '{DISTRIBUTION}{extra}'") from None


@contextmanager
def replaced_folder(folder: Path) -> Iterator[Path]:
    """An empty folder that takes the place of `folder` when the block ends well, and vanishes when not.

    Only a model folder, or an empty one, is ever replaced; anything else is refused with `ModelError`.
    """
    folder = Path(folder)
    check_replaceable(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    fresh.chmod(0o755)
    try:
        yield fresh
        if folder.exists():
            old = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
            os.replace(folder, old)
            os.replace(fresh, folder)
            shutil.rmtree(old)
        else:
            os.replace(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def check_replaceable(folder: Path) -> None:
    """Raises `ModelError` unless the folder is new, empty or an earlier model."""
    if folder.exists() and not (folder.is_dir() and ((folder / MODEL_FILE).is_file() or not any(folder.iterdir()))):
        raise ModelError(
            f"{folder}: exists and is no model folder, so it is not overwritten; name another output.folder"
        )


def read_about(path: Path) -> dict[str, Any]:
    """`model.json`, the fields checked that every kind has."""
    try:
        about: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelError(f"{path}: missing; the folder is no complete model") from None
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{path}: not readable as JSON ({str(error)[:120]})") from None
    found = about.get("format_version") if isinstance(about, dict) else None
    if type(found) is not int:
        raise ModelError(f"{path}: format_version: must be a whole number (got {json.dumps(found)})")
    if found > FORMAT_VERSION:
        raise ModelError(
            f"{path}: format_version: {found} is newer than this stance ({package_version()}) reads, which is"
            f" {FORMAT_VERSION}; install a newer {DISTRIBUTION}"
        )
    _check_types(path, {"files": {}, **about}, {"kind": str, "data_digest": str, "files": dict})
    return about


def _check_decision(path: Path, about: dict[str, Any], tasks: Tasks) -> None:
    """The fields of `model.json` by which probabilities become labels."""
    _check_types(path, {"precisions": {}, **about}, {"precisions": dict})
    _check_types(path, about, {"labels": dict, "temperatures": dict, "thresholds": dict, "doubts": dict})
    for name in {**about["labels"], **tasks}:
        labels = about["labels"].get(name)
        if name not in tasks or not isinstance(labels, list) or tuple(labels) != tasks[name].labels:
            source = tasks[name].source if name in tasks else f"codebook {CODEBOOK_VERSION}"
            raise ModelError(f"{path}: labels: {name} differs from {source}")
    _check_numbers(path, "temperatures", about["temperatures"], about["labels"], highest=float("inf"))
    _check_numbers(path, "thresholds", about["thresholds"], CONDITIONS.labels, highest=1.0)
    for precision, share in about.get("precisions", {}).items():
        if type(share) not in (int, float) or not 0 <= share <= 1:
            raise ModelError(f"{path}: precisions.{precision}: must be a number between 0 and 1")
    for name, scores in about["doubts"].items():
        numbers = isinstance(scores, list) and all(type(score) in (int, float) and 0 <= score <= 1 for score in scores)
        if name not in about["labels"] or not numbers or scores != sorted(scores):
            raise ModelError(f"{path}: doubts.{name}: must be rising numbers between 0 and 1, of a task in labels")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_types(path: Path, about: dict[str, Any], types: dict[str, type]) -> None:
    for field, kind in types.items():
        if not isinstance(about.get(field), kind):
            raise ModelError(f"{path}: {field}: missing, or not a {kind.__name__}")


def _check_numbers(path: Path, field: str, values: dict[str, Any], names: Sequence[str], highest: float) -> None:
    for name in names:
        value = values.get(name)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < highest:
            raise ModelError(
                f"{path}: {field}.{name}: must be a number between 0 and {highest} (got {json.dumps(value)})"
            )
