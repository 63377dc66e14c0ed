"""One encoder for all tasks: a Hugging Face model with a head per task, fine-tuned as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.special import expit, softmax
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from stance.config import InputConfig
from stance.encoders import OnLog, Precision
from stance.encoders.batches import batches, longest_input
from stance.encoders.files import load_network, load_reader, save_network, saved_array
from stance.encoders.runners import ONNX, OnnxRunner, Runner, TorchRunner, export, runner_of
from stance.encoders.sources import DEFAULT_ENCODER, find_encoder, pretrained, quiet
from stance.errors import ModelError, StanceError
from stance.features.cues import dice, snapped
from stance.features.text import ModelInput, model_input
from stance.models.base import Predicted
from stance.models.blend import BLEND, Blend, fit_blend, macro_f1
from stance.models.decision import fit_decision
from stance.models.transformer_inputs import input_arrays
from stance.models.transformer_spans import SPAN_DEPTHS, best_runs, token_targets
from stance.schema import LabelledStatement, Statement
from stance.tasks import CONDITIONS, LabelTask, Tasks

if TYPE_CHECKING:
    import torch
    from tokenizers import Tokenizer

    from stance.models.tfidf_linear import TfidfLinear
    from stance.models.transformer_network import StanceNetwork

EXPORTED = (Statement("We will come once the guns stop."), Statement("No."))  # shapes the export is traced with
CHARACTERS_PER_TOKEN = 20  # text beyond this many per token of `max_tokens` is not looked at


class TransformerClassifier(BaseEstimator):
    """An encoder fine-tuned on all tasks at once, with a token head that finds condition spans.

    Parameters: `encoder`, `package:NAME` (weights inside an installed package), a folder, or a hub id;
    `epochs`, `batch_size`, `learning_rate` (of the encoder's top layer), `head_factor` (how many times
    faster the heads learn), `layer_decay` (factor from layer to layer down), `weight_decay`, `warmup`
    (share of steps), `dropout` (before the heads), `label_smoothing` (single-label tasks),
    `span_weight` (of the token head in the loss), `max_tokens` (statement and company together),
    `patience` (epochs without a better dev score before stopping), `teachers` (folders of trained
    models whose mean calibrated probabilities the network learns beside the gold labels; distillation after
    Hinton et al., 2015), `teacher_weight` (their share in the targets), `lexical` (whether a `TfidfLinear` learns
    the same statements and has a say, its share chosen on `dev`; see `blend.py`), `precision` (of training; auto: bf16
    where the processor has it).
    """

    runner_: Runner
    lexical_: TfidfLinear | None = None
    blend_: Blend | None = None

    def __init__(
        self,
        *,
        encoder: str = DEFAULT_ENCODER,
        epochs: Annotated[int, Field(ge=1, le=1000)] = 6,
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
        teachers: tuple[str, ...] = (),
        teacher_weight: Annotated[float, Field(ge=0, le=1)] = 0.7,
        lexical: bool = True,
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
        self.teachers = teachers
        self.teacher_weight = teacher_weight
        self.lexical = lexical
        self.precision = precision

    def fit(
        self,
        train: Sequence[LabelledStatement],
        dev: Sequence[LabelledStatement],
        *,
        inputs: InputConfig,
        tasks: Tasks,
        seed: int,
        on_log: OnLog | None = None,
    ) -> Self:
        """Learn from `train`; the epoch that scores best on `dev` is kept (the last one without `dev`).

        Raises `ModelError` if the encoder cannot be found or read.
        """
        import torch  # noqa: F401, first of all, so that its lack is what is named

        source = find_encoder(self.encoder)
        from stance.encoders import training  # torch and transformers load here
        from stance.models.transformer_network import collate

        self.inputs_, self.tasks_ = inputs, dict(tasks)
        self.lexical_ = self.blend_ = None
        with training.own_randomness(seed), quiet():
            encoder, self.tokenizer_ = pretrained(source)
            self.network_ = self._built(encoder, train)
            self._run_in_torch()
            encoded = self._encode(train)
            targets = [_gold(*pair, self.tasks_) for pair in zip(train, encoded, strict=True)]
            if self.teachers:
                with training.fast_precision():
                    self._mix_in_teachers(targets, train)
            examples = [{**_arrays(e), "gold": target} for e, target in zip(encoded, targets, strict=True)]
            training.train(
                self.network_,
                examples,
                training.recipe_of(self, seed),
                collate=collate,
                dev_scores=(lambda: self._scores(dev)) if dev else None,
                on_log=on_log,
            )
        if dev and CONDITIONS.name in self.tasks_:
            self._fit_span_depth(dev)
        if dev and self.lexical:
            self._fit_lexical(train, dev, seed=seed)
        return self

    def _fit_lexical(self, train: Sequence[LabelledStatement], dev: Sequence[LabelledStatement], *, seed: int) -> None:
        """Let a `TfidfLinear` have a say beside the network, which stays as it is."""
        from stance.encoders.training import own_randomness
        from stance.models.tfidf_linear import TfidfLinear  # which loads torch by way of skops

        with own_randomness(seed):
            try:
                self.lexical_ = TfidfLinear().fit(train, dev, inputs=self.inputs_, tasks=self.tasks_, seed=seed)
            except StanceError:  # too few words in common to learn from
                return
        said = (self._network_proba(dev), self.lexical_.predict_proba(dev))
        self.blend_ = fit_blend(*said, dev, self.tasks_)

    def predict_proba(self, statements: Sequence[Statement]) -> Predicted:
        """Label probabilities and condition spans, in the order given."""
        check_is_fitted(self, "runner_")
        predicted = self._network_proba(statements)
        if self.lexical_ is None or self.blend_ is None:
            return predicted
        return self.blend_.mixed(predicted, self.lexical_.predict_proba(statements), self.tasks_)

    def _network_proba(self, statements: Sequence[Statement]) -> Predicted:
        """What the network says by itself."""
        encoded = self._encode(statements)
        logits = {name: np.zeros((len(statements), len(task.labels))) for name, task in self.tasks_.items()}
        spans = np.zeros((len(statements), len(CONDITIONS.labels), 2), dtype=np.int64)
        for i, out in self._logits(encoded):
            for name, task in self.tasks_.items():
                logits[name][i] = out[task.key]
            if CONDITIONS.name in self.tasks_:
                spans[i] = _best_spans(out["tokens"], encoded[i], statements[i].text, self.span_depth_)
        return Predicted({name: _proba(self.tasks_[name], values) for name, values in logits.items()}, spans)

    def _logits(self, encoded: Sequence[_Encoded]) -> Iterator[tuple[int, dict[str, NDArray[np.float64]]]]:
        """What the network says of each statement, shortest first: (n_labels,) per task, (length, ...) `tokens`."""
        for rows in batches([len(e.ids) for e in encoded]):
            out = self.runner_(input_arrays([_arrays(encoded[i]) for i in rows]))
            for at, i in enumerate(rows):
                row = {name: values[at].astype(np.float64) for name, values in out.items()}
                if "tokens" in row:
                    row["tokens"] = row["tokens"][: len(encoded[i].ids)]
                yield i, row

    def save(self, folder: Path) -> None:
        """Write weights, the encoder's architecture and the tokenizer into `folder`; the network as ONNX too."""
        check_is_fitted(self, "network_")
        save_network(self.network_, self.tokenizer_, folder)
        example = input_arrays([_arrays(e) for e in self._encode(EXPORTED)])
        outputs = [
            *(task.key for task in self.tasks_.values()),
            *(["tokens"] if CONDITIONS.name in self.tasks_ else []),
        ]
        export(self.network_, example, outputs, folder / ONNX)
        if self.lexical_ is not None and self.blend_ is not None:
            self.lexical_.save(folder)
            self.blend_.save(folder)

    @classmethod
    def load(cls, folder: Path, params: dict[str, Any], *, inputs: InputConfig, tasks: Tasks) -> Self:
        """Read what `save` wrote; needs neither the network nor the encoder's own package.

        Where torch is not installed the exported network is run.
        """
        model = cls(**params)
        model.inputs_, model.tasks_ = inputs, dict(tasks)
        if (folder / BLEND).is_file():
            from stance.models.tfidf_linear import TfidfLinear

            model.blend_ = Blend.load(folder, tasks)
            model.lexical_ = TfidfLinear.load(folder, {}, inputs=inputs, tasks=tasks)
        if find_spec("torch") is None:
            architecture, model.tokenizer_ = load_reader(folder)
            model.room_ = longest_input(architecture, model.max_tokens)
            model.span_depth_ = float(saved_array(folder, "span_depth"))
            model.runner_ = OnnxRunner(folder / ONNX)
            return model
        model.network_, model.tokenizer_ = load_network(folder, lambda encoder: model._built(encoder, ()))
        model._run_in_torch()
        return model

    def use_precision(self, folder: Path, precision: Precision, agreement: Mapping[str, float]) -> None:
        """Predict from now on in another precision; `folder` is where the model was loaded from.

        `agreement`: precision -> share of dev's statements whose labels are as in fp32. See `runner_of`.
        """
        self.runner_ = runner_of(folder, precision, lambda: self.network_, agreement)
        self.precision_ = self.runner_.precision

    def _run_in_torch(self) -> None:
        """Predict with the network itself, in fp32."""
        self.runner_ = TorchRunner(self.network_)
        self.span_depth_ = float(self.network_.span_depth)
        self.room_ = longest_input(self.network_.encoder.config, self.max_tokens)

    def _built(self, encoder: torch.nn.Module, train: Sequence[LabelledStatement]) -> StanceNetwork:
        """A network around `encoder`; heads start from the label shares of `train` where it is given."""
        import torch

        from stance.models.transformer_network import StanceNetwork

        shares: dict[str, torch.Tensor] | None = None
        if train:
            shares = {}
            for task in self.tasks_.values():
                gold = task.gold(train)
                one_hot = gold if task.kind == "multi" else np.eye(len(task.labels))[gold]
                shares[task.key] = torch.tensor(one_hot.mean(axis=0), dtype=torch.float32)
        return StanceNetwork(
            encoder,
            self.tasks_,
            dropout=self.dropout,
            label_smoothing=self.label_smoothing,
            span_weight=self.span_weight,
            label_shares=shares,
        )

    def _fit_span_depth(self, dev: Sequence[LabelledStatement]) -> None:
        """Choose how far a label's span reaches by how much it shares with the gold spans of `dev`."""
        told = [s for s in dev if s.conditions]
        encoded = self._encode(told)
        said = dict(self._logits(encoded))
        shares = np.zeros(len(SPAN_DEPTHS))
        for row, depth in enumerate(SPAN_DEPTHS):
            for i, statement in enumerate(told):
                spans = _best_spans(said[i]["tokens"], encoded[i], statement.text, depth)
                for gold in statement.conditions:
                    start, end = spans[CONDITIONS.labels.index(gold.label)].tolist()
                    shares[row] += dice((start, end), (gold.start, gold.end))
        if told:
            self.span_depth_ = SPAN_DEPTHS[int(shares.argmax())]
            self.network_.span_depth.fill_(self.span_depth_)

    def _mix_in_teachers(self, targets: Sequence[dict[str, Any]], train: Sequence[LabelledStatement]) -> None:
        """Move every statement's targets towards what the teachers say, by `teacher_weight`; spans stay the gold's."""
        from stance.models.bundle import load_bundle  # which needs the table of model kinds, and so this one

        said = {name: np.zeros((len(train), len(task.labels))) for name, task in self.tasks_.items()}
        for folder in self.teachers:
            bundle = load_bundle(folder)
            if any(bundle.config.label_tasks.get(name) != task for name, task in self.tasks_.items()):
                raise ModelError(f"teacher {folder}: must be trained on {', '.join(self.tasks_)}")
            proba = bundle.decision.calibrate(bundle.classifier.predict_proba(train)).proba
            for name in self.tasks_:
                said[name] += proba[name] / len(self.teachers)
        for i, target in enumerate(targets):
            for name, task in self.tasks_.items():
                mixed = (1 - self.teacher_weight) * target[task.key] + self.teacher_weight * said[name][i]
                target[task.key] = mixed.astype("f4")

    def _encode(self, statements: Sequence[Statement]) -> list[_Encoded]:
        """Tokens of every statement and its company, cut to `max_tokens`."""
        tokenizer: Tokenizer = self.tokenizer_
        room = self.room_
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
        predicted = self._network_proba(dev)
        labelled = fit_decision(predicted, dev, self.tasks_).label(dev, predicted)
        scores = {f"dev_macro_f1_{name}": macro_f1(task, dev, labelled) for name, task in self.tasks_.items()}
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


def _proba(task: LabelTask, logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities of a task's labels, shape (n, n_labels) as `logits`."""
    proba: NDArray[np.float64] = expit(logits) if task.kind == "multi" else softmax(logits, axis=1)
    return proba


def _gold(statement: LabelledStatement, encoded: _Encoded, tasks: Tasks) -> dict[str, Any]:
    """What `StanceNetwork.loss` compares with: float32 arrays of 0 and 1, (n_labels,) per task."""
    gold: dict[str, Any] = {}
    for task in tasks.values():
        label = task.gold([statement])[0]
        gold[task.key] = (label if task.kind == "multi" else np.eye(len(task.labels))[label]).astype("f4")
    if CONDITIONS.name in tasks:
        spans = [
            (c.label, np.flatnonzero(encoded.covers(*encoded.reading.from_statement(c.start, c.end))))
            for c in statement.conditions
        ]
        gold["tokens"] = token_targets(len(encoded.ids), spans)
        gold["located"] = all(span.start < span.end for span in statement.conditions)
    return gold


def _best_spans(logits: NDArray[np.float64], encoded: _Encoded, text: str, depth: float) -> NDArray[np.int64]:
    """Per label the stretch `[start, end)` of the statement that states it best, shape (n_labels, 2)."""
    rows = np.flatnonzero(encoded.in_statement)
    if not len(rows):
        return np.zeros((len(CONDITIONS.labels), 2), dtype=np.int64)
    offsets = encoded.offsets[rows]
    runs = [
        encoded.reading.to_statement(int(offsets[first, 0]), int(offsets[last, 1]))
        for first, last in best_runs(logits[rows], depth)
    ]
    return np.array(snapped(runs, text), dtype=np.int64)
