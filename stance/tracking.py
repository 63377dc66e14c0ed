"""A finished model folder -> a run in MLflow, and back; the only module that imports mlflow.

Everything a run records lies in the model folder first, so a failing server never loses a training:
`log_run` can be repeated at any time.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol

from stance.config import RunConfig, TrackingConfig
from stance.errors import ModelError, TrackingError
from stance.models import EXTRAS, TAGGERS
from stance.models.bundle import CARD_FILE, CONFIG_FILE, DISTRIBUTION, EVALUATION, package_version
from stance.schema import ARTICLE_FIELDS, STATEMENT_FIELDS, LabelledStatement
from stance.tasks import CODEBOOK_VERSION

if TYPE_CHECKING:
    from mlflow.models import ModelSignature

URI_VARIABLES = ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI")
SQLITE = "sqlite:///"
CHAMPION_ALIAS = "champion"
DEV_SCORE = "dev.mean_macro_f1"  # what the champion is chosen by
EXAMPLE = {"text": ["We will sit down once the shelling stops."], "target": ["ceasefire talks"]}
ARTICLE_EXAMPLE = {"text": ["“We will sit down once the shelling stops,” Foreign Minister Ilya Dorn said."]}
QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
}


class Trained(Protocol):
    """What is logged of a model, whether it labels statements or finds them."""

    @property
    def config(self) -> RunConfig: ...
    @property
    def data_digest(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def name(self) -> str: ...


@dataclass(frozen=True)
class RunRecord:
    """What one training leaves to be logged."""

    folder: Path  # the model folder, complete
    bundle: Trained
    name: str
    metrics: dict[str, float]  # "test.openness.macro_f1": 0.7
    curve: Sequence[tuple[int, dict[str, float]]]  # step, values
    parts: dict[str, tuple[LabelledStatement, ...]]  # train, dev, test
    seconds: float
    dev_score: str = DEV_SCORE  # which of the metrics the champion is chosen by


@dataclass(frozen=True)
class LoggedRun:
    """Where a training can be found."""

    run_id: str
    model_version: str  # of the registered model; empty if none was registered
    is_champion: bool


def log_run(record: RunRecord, tracking: TrackingConfig) -> LoggedRun:
    """Log a run, register its model, and make it champion if no version is better on dev.

    Raises `TrackingError`, with the server's own words, for whatever the store refuses.
    """
    with _mlflow(tracking) as mlflow:
        experiment_id = _experiment(mlflow, tracking)
        with mlflow.start_run(experiment_id=experiment_id, run_name=record.name) as run:
            mlflow.set_tags(_tags(record))
            mlflow.log_params(_flat_params(record.bundle))
            mlflow.log_metrics({**named(record.metrics), "train_seconds": record.seconds})
            for step, values in record.curve:
                mlflow.log_metrics(named(values), step=step)
            for part, statements in record.parts.items():
                mlflow.log_input(_dataset(mlflow, part, statements, record.bundle), context=part)
            mlflow.log_artifact(str(record.folder / CONFIG_FILE))
            mlflow.log_artifact(str(record.folder / CARD_FILE))
            mlflow.log_artifacts(str(record.folder / EVALUATION), EVALUATION)
            mlflow.log_dict(_environment(), "environment.json")
            version = _log_model(mlflow, record, tracking)
        champion = bool(version) and _crown(mlflow, tracking.register_as or "", version, record)
        return LoggedRun(run.info.run_id, version, champion)


def fetch_model(uri: str, tracking: TrackingConfig | None = None) -> Path:
    """The local folder of a model named by `models:/NAME@ALIAS`, `models:/NAME/VERSION` or `runs:/ID/model`.

    Raises `ModelError` where the store has no such model.
    """
    tracking = tracking or TrackingConfig()
    try:
        with _mlflow(tracking) as mlflow:
            from mlflow.models import Model

            folder = Path(mlflow.artifacts.download_artifacts(artifact_uri=uri))
            flavor = Model.load(str(folder)).flavors["python_function"]
            return folder / str(flavor["data"])
    except TrackingError as error:
        raise ModelError(f"{uri}: no such model ({error})") from None


@contextmanager
def _mlflow(tracking: TrackingConfig) -> Iterator[ModuleType]:
    """MLflow, pointed at the store and quiet; its errors become `TrackingError`."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    named_by_user = {name: os.environ.get(name) for name in URI_VARIABLES}
    uri = named_by_user["MLFLOW_TRACKING_URI"] or tracking.uri
    if uri.startswith(SQLITE):  # absolute, since MLflow keeps the store of a URI for the life of the process
        file = Path(uri.removeprefix(SQLITE)).resolve()
        file.parent.mkdir(parents=True, exist_ok=True)
        uri = f"{SQLITE}{file}"
    import logging

    import mlflow
    import requests
    import sqlalchemy
    from mlflow.exceptions import MlflowException

    for noisy in ("mlflow", "alembic"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    try:
        with warnings.catch_warnings(), redirect_stderr(StringIO()):  # notices; failures are raised
            warnings.simplefilter("ignore")
            yield mlflow
    except (MlflowException, OSError, requests.RequestException, sqlalchemy.exc.SQLAlchemyError) as error:
        raise TrackingError(f"{uri}: {str(error).splitlines()[0][:300]}") from error
    finally:
        for name, before in named_by_user.items():  # MLflow sets them, and the next config's store would be passed over
            os.environ.pop(name, None) if before is None else os.environ.update({name: before})


def _experiment(mlflow: ModuleType, tracking: TrackingConfig) -> str:
    found = mlflow.get_experiment_by_name(tracking.experiment)
    if found is not None:
        return str(found.experiment_id)
    local = mlflow.get_tracking_uri().startswith(SQLITE)
    location = Path(tracking.artifacts).resolve().as_uri() if local else None
    return str(mlflow.create_experiment(tracking.experiment, artifact_location=location))


def _log_model(mlflow: ModuleType, record: RunRecord, tracking: TrackingConfig) -> str:
    """Log the folder as a pyfunc without pickle; returns the registered version, or an empty string."""
    import pandas

    logged = mlflow.pyfunc.log_model(
        name="model",
        loader_module="stance.pyfunc",
        data_path=str(record.folder),
        signature=_signature(record.bundle.kind),
        input_example=pandas.DataFrame(ARTICLE_EXAMPLE if record.bundle.kind in TAGGERS else EXAMPLE),
        pip_requirements=[_requirement(record.bundle.kind)],
        registered_model_name=tracking.register_as or None,
        metadata={"kind": record.bundle.kind, "codebook_version": CODEBOOK_VERSION},
    )
    return str(logged.registered_model_version or "")


def _crown(mlflow: ModuleType, name: str, version: str, record: RunRecord) -> bool:
    """Give the alias to this version unless the present champion has a higher score on dev."""
    client = mlflow.MlflowClient()
    score = record.metrics.get(record.dev_score, 0.0)
    client.set_model_version_tag(name, version, record.dev_score, f"{score:.6f}")
    current = client.get_registered_model(name).aliases.get(CHAMPION_ALIAS)
    if current is not None:
        held = client.get_model_version(name, current).tags.get(record.dev_score, "0")
        if float(held) >= score:
            return False
    client.set_registered_model_alias(name, CHAMPION_ALIAS, version)
    return True


def _signature(kind: str) -> ModelSignature:
    """`text` is needed, every other field of a statement, or of an article, is optional."""
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema

    columns = [
        ColSpec("long" if name in ("start", "end") else "string", name, required=name == "text")
        for name in (ARTICLE_FIELDS if kind in TAGGERS else STATEMENT_FIELDS)
    ]
    return ModelSignature(inputs=Schema(columns))


def _requirement(kind: str) -> str:
    extra = f"[{EXTRAS[kind]}]" if kind in EXTRAS else ""
    return f"{DISTRIBUTION}{extra}=={package_version()}"


def _tags(record: RunRecord) -> dict[str, str]:
    git = shutil.which("git")
    asked = subprocess.run([git, "rev-parse", "HEAD"], capture_output=True, text=True, check=False) if git else None
    commit = asked.stdout.strip() if asked and asked.returncode == 0 else ""
    return {
        "kind": record.bundle.kind,
        "model": record.bundle.name,
        "data_digest": record.bundle.data_digest,
        "codebook_version": CODEBOOK_VERSION,
        "stance_version": package_version(),
        **({"git_commit": commit} if commit else {}),
    }


def named(metrics: Mapping[str, float]) -> dict[str, float]:
    """The same metrics under names that MLflow takes: other signs, as a user's label may have, become `_`."""
    found: dict[str, float] = {}
    for name, value in metrics.items():
        plain = re.sub(r"[^\w./ -]", "_", name)
        while plain in found:
            plain += "_"
        found[plain] = value
    return found


def _flat_params(bundle: Trained) -> dict[str, Any]:
    config = bundle.config
    params = {f"model.{name}": value for name, value in config.model.params.items()}
    return {
        "model.kind": config.model.kind,
        **params,
        **{f"input.{name}": value for name, value in config.input.model_dump().items()},
        "training.seed": config.training.seed,
        "tasks": ",".join(config.label_tasks),
        "data.corpus": str(config.data.corpus),
    }


def _dataset(mlflow: ModuleType, part: str, statements: Sequence[LabelledStatement], bundle: Trained) -> Any:
    import pandas

    fields = ("statement_id", "domain", "text")
    tasks = [task for task in bundle.config.label_tasks.values() if task.kind == "single"]
    frame = pandas.DataFrame(
        [{n: getattr(s, n) for n in fields} | {task.name: task.label_of(s) for task in tasks} for s in statements]
    )
    return mlflow.data.from_pandas(frame, source=str(bundle.config.data.corpus), name=part)


def _environment() -> dict[str, Any]:
    from importlib.metadata import distributions

    packages = {d.metadata["Name"]: d.version for d in distributions()}
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": dict(sorted(packages.items(), key=lambda item: item[0].lower())),
    }
