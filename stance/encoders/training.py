"""Fine-tuning of a network around an encoder with `transformers.Trainer`, which takes seconds to import."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import Sampler
from tqdm import tqdm
from transformers import (
    PrinterCallback,
    Trainer,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
    set_seed,
)

from stance.encoders import OnLog
from stance.encoders.runners import fast_in_bf16

LOG_EVERY = 10  # steps
POOLED_BATCHES = 25  # batches' worth of statements sorted by length together: little padding, much chance
DevScores = Callable[[], dict[str, float]]  # of the network as it stands; the first one picks the best epoch
Collate = Callable[[Sequence[dict[str, Any]]], dict[str, Any]]  # examples of different length -> one padded batch


@dataclass(frozen=True)
class Recipe:
    """How a network is trained; the numbers are the hyperparameters of the model kinds."""

    epochs: int
    batch_size: int
    learning_rate: float
    head_factor: float
    layer_decay: float
    weight_decay: float
    warmup: float
    patience: int
    bf16: bool
    seed: int


def recipe_of(kind: Any, seed: int) -> Recipe:
    """The recipe that a model kind's hyperparameters describe; `precision` auto is bf16 where that is fast."""
    bf16 = fast_in_bf16() if kind.precision == "auto" else kind.precision == "bf16"
    given = {field.name: getattr(kind, field.name) for field in fields(Recipe) if field.name not in ("bf16", "seed")}
    return Recipe(**given, bf16=bf16, seed=seed)


def train(
    network: nn.Module,
    examples: Sequence[dict[str, Any]],
    recipe: Recipe,
    *,
    collate: Collate,
    dev_scores: DevScores | None,
    on_log: OnLog | None,
) -> None:
    """Train in place; afterwards the network holds the weights of its best epoch, on the CPU or the GPU.

    `network.encoder` is the pretrained part, everything else learns as heads do; called with a batch that
    `collate` made of `examples`, it returns a mapping with `loss`. Examples hold `input_ids`.

    Writes nothing that stays, reports to no tracker, prints nothing; a progress bar on a terminal's stderr.
    """
    optimizer = torch.optim.AdamW(
        parameter_groups(
            network,
            learning_rate=recipe.learning_rate,
            head_factor=recipe.head_factor,
            layer_decay=recipe.layer_decay,
            weight_decay=recipe.weight_decay,
        ),
        fused=True,
    )
    with tempfile.TemporaryDirectory() as folder:
        trainer = _Trainer(
            model=network,
            args=TrainingArguments(
                output_dir=folder,
                num_train_epochs=recipe.epochs,
                per_device_train_batch_size=recipe.batch_size,
                warmup_steps=recipe.warmup,
                max_grad_norm=1.0,
                bf16=recipe.bf16,
                use_cpu=not torch.cuda.is_available(),
                seed=recipe.seed,
                logging_steps=LOG_EVERY,
                save_strategy="no",
                report_to=[],
                disable_tqdm=True,
                remove_unused_columns=False,
                dataloader_pin_memory=False,
            ),
            train_dataset=examples,
            data_collator=collate,
            optimizers=(optimizer, None),
            callbacks=[_Watch(network, recipe.patience, dev_scores, on_log)],
        )
        trainer.remove_callback(PrinterCallback)
        trainer.train()
        trainer.accelerator.unwrap_model(network, keep_fp32_wrapper=False)  # prediction is in fp32
        trainer.accelerator.free_memory()


def parameter_groups(
    network: nn.Module,
    *,
    learning_rate: float,
    head_factor: float,
    layer_decay: float,
    weight_decay: float,
) -> list[dict[str, object]]:
    """AdamW's groups: heads learn `head_factor` times faster, each layer down `layer_decay` times slower.

    Biases and norms are not decayed.
    """
    layers = int(network.encoder.config.num_hidden_layers)  # type: ignore[union-attr, arg-type]
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        if not name.startswith("encoder."):
            rate = learning_rate * head_factor
        else:
            numbers = [int(part) for part in name.split(".") if part.isdigit()]
            below_top = layers - numbers[0] - 1 if numbers else layers
            rate = learning_rate * layer_decay**below_top
        groups.setdefault((rate, 0.0 if parameter.ndim < 2 else weight_decay), []).append(parameter)
    return [{"params": found, "lr": rate, "weight_decay": decay} for (rate, decay), found in groups.items()]


class _Trainer(Trainer):
    """Draws batches of like length in random order; the library's own order goes from long to short."""

    def _get_train_sampler(self, train_dataset: Sequence[dict[str, Any]] | None = None) -> _LikeLength:
        examples = self.train_dataset if train_dataset is None else train_dataset
        return _LikeLength([len(e["input_ids"]) for e in examples], self.args.train_batch_size)


class _LikeLength(Sampler[int]):
    """Row numbers for consecutive batches; drawn anew from torch's randomness for every epoch."""

    def __init__(self, lengths: Sequence[int], batch_size: int) -> None:
        self.lengths, self.batch_size = lengths, batch_size

    def __len__(self) -> int:
        return len(self.lengths)

    def __iter__(self) -> Iterator[int]:
        drawn = torch.randperm(len(self.lengths)).tolist()
        pool = POOLED_BATCHES * self.batch_size
        batches: list[list[int]] = []
        for first in range(0, len(drawn), pool):
            rows = sorted(drawn[first : first + pool], key=self.lengths.__getitem__)
            batches += [rows[i : i + self.batch_size] for i in range(0, len(rows), self.batch_size)]
        short = [batch for batch in batches if len(batch) < self.batch_size]  # at most one; comes last
        full = [batch for batch in batches if len(batch) == self.batch_size]
        for i in torch.randperm(len(full)).tolist():
            yield from full[i]
        for batch in short:
            yield from batch


class _Watch(TrainerCallback):
    """Scores dev after every epoch, keeps the best weights in memory, stops when they stay the best."""

    def __init__(self, network: nn.Module, patience: int, dev_scores: DevScores | None, report: OnLog | None) -> None:
        self.network, self.patience, self.dev_scores, self.report = network, patience, dev_scores, report
        self.best_score, self.epochs_since = -1.0, 0
        self.best_weights: dict[str, torch.Tensor] = {}

    def on_train_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        self.bar = tqdm(total=state.max_steps, desc="training", unit="step", disable=None)  # only on a terminal

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        self.bar.update()

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float],
        **_: Any,
    ) -> None:
        if self.report is not None and "loss" in logs:
            self.report(state.global_step, {"train_loss": logs["loss"], "learning_rate": logs["learning_rate"]})

    def on_epoch_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        if self.dev_scores is None:
            return
        with torch.autocast(next(self.network.parameters()).device.type, torch.bfloat16, enabled=args.bf16):
            scores = self.dev_scores()
        if self.report is not None:
            self.report(state.global_step, scores)
        self.epochs_since += 1
        first = next(iter(scores.values()))
        if first > self.best_score:
            self.best_score, self.epochs_since = first, 0
            self.best_weights = {name: tensor.clone() for name, tensor in self.network.state_dict().items()}
        control.should_training_stop = control.should_training_stop or self.epochs_since >= self.patience

    def on_train_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        self.bar.close()
        if self.best_weights:
            self.network.load_state_dict(self.best_weights)


def fast_precision() -> AbstractContextManager[Any]:
    """bfloat16 where that is fast: for probabilities that need no fourth digit."""
    return torch.autocast("cuda" if torch.cuda.is_available() else "cpu", torch.bfloat16, enabled=fast_in_bf16())


@contextmanager
def own_randomness(seed: int) -> Iterator[None]:
    """Seed every source of randomness, and leave the caller's as they were."""
    plain, numpy_state = random.getstate(), np.random.get_state()
    with torch.random.fork_rng():
        set_seed(seed)
        try:
            yield
        finally:
            random.setstate(plain)
            np.random.set_state(numpy_state)
