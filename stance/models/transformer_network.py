"""The network: one encoder, a head per task, and a head that finds condition spans token by token."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from stance.encoders.batches import padded
from stance.models.transformer_inputs import input_arrays
from stance.models.transformer_spans import DEFAULT_DEPTH, EDGES, TOKEN_COLUMNS
from stance.tasks import CONDITIONS, Tasks

FAR_BELOW = -1e4  # a logit no token outside the statement can win with
EDGE_SHARES = (0.02, 0.02)  # how often the two hold, before anything is learnt


class StanceNetwork(nn.Module):
    """Encoder, pooled over the statement's own tokens by each task's attention, with a linear head per task.

    The token head gives every token the logits `TOKEN_COLUMNS`. A label's strongest token is added to
    its statement logit, so that the spans teach the labels.

    Shapes: `input_ids`, `attention_mask`, `token_type_ids` (int64) and `statement_mask` (bool, the
    tokens of the first segment) are (batch, length).
    """

    span_depth: Tensor
    encoder: Any  # what a Hugging Face model offers depends on its architecture

    def __init__(
        self,
        encoder: Any,
        tasks: Tasks,
        *,
        dropout: float,
        label_smoothing: float,
        span_weight: float,
        label_shares: Mapping[str, Tensor] | None = None,
    ) -> None:
        """`label_shares`, key of a task -> (n_labels,) shares of the labels in train, sets the heads' first biases."""
        super().__init__()
        if getattr(encoder, "pooler", None) is not None:
            encoder.pooler = None  # we pool ourselves; its weights would be saved for nothing
        self.encoder = encoder
        self.reads_segments = "token_type_ids" in inspect.signature(encoder.forward).parameters
        self.dropout = nn.Dropout(dropout)
        self.label_smoothing = label_smoothing
        self.span_weight = span_weight
        width = int(self.encoder.config.hidden_size)
        self.kinds = {task.key: task.kind for task in tasks.values()}
        self.queries = nn.Linear(width, len(tasks))  # which tokens each task looks at
        self.heads = nn.ModuleDict({task.key: nn.Linear(width, len(task.labels)) for task in tasks.values()})
        self.token_head: nn.Linear | None = None
        if CONDITIONS.name in tasks:
            self.token_head = nn.Linear(width, len(TOKEN_COLUMNS))
        self.register_buffer("span_depth", torch.tensor(DEFAULT_DEPTH))  # see `best_runs`; fitted on dev
        if label_shares is not None:
            self._start_from(label_shares)

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        token_type_ids: Tensor,
        statement_mask: Tensor,
        gold: Mapping[str, Tensor] | None = None,
    ) -> dict[str, Tensor]:
        """Logits per key of a task (batch, n_labels), and `tokens` (batch, length, n_token_columns).

        With `gold` (see `loss`) there is `loss`, a scalar, as well.
        """
        segments = {"token_type_ids": token_type_ids} if self.reads_segments else {}
        encoded = self.encoder(input_ids=input_ids, attention_mask=attention_mask, **segments)
        hidden: Tensor = encoded.last_hidden_state.float()
        outside = ~statement_mask.unsqueeze(-1)
        attention = self.queries(hidden).float().masked_fill(outside, FAR_BELOW).softmax(dim=1)
        attention = attention.masked_fill(outside, 0.0)  # an empty statement pools to nothing
        pooled = self.dropout(torch.einsum("blw,blt->tbw", hidden, attention))
        logits = {name: head(pooled[i]).float() for i, (name, head) in enumerate(self.heads.items())}
        if self.token_head is not None:
            tokens = self.token_head(self.dropout(hidden)).float()
            strongest = tokens[:, :, len(EDGES) :].masked_fill(outside, FAR_BELOW).amax(dim=1)
            logits[CONDITIONS.name] = logits[CONDITIONS.name] + strongest
            logits["tokens"] = tokens
        if gold is not None:
            logits["loss"] = self.loss(logits, gold, statement_mask)
        return logits

    def loss(self, logits: Mapping[str, Tensor], gold: Mapping[str, Tensor], statement_mask: Tensor) -> Tensor:
        """Sum of the heads' losses.

        `gold` holds per key of a task (batch, n_labels) and as `tokens` (batch, length, n_token_columns) what each
        label's probability should be in [0, 1], 0 or 1 where no teacher has a say; and `located` (batch,)
        bool: statements whose conditions have spans.
        """
        total = torch.zeros(())
        for name in self.heads:
            if self.kinds[name] == "multi":
                per_label = functional.binary_cross_entropy_with_logits(logits[name], gold[name], reduction="none")
                total = total + per_label.sum(dim=1).mean()
            else:
                total = total + functional.cross_entropy(logits[name], gold[name], label_smoothing=self.label_smoothing)
        if self.token_head is not None:
            per_token = functional.binary_cross_entropy_with_logits(
                logits["tokens"], gold["tokens"], reduction="none"
            ).sum(dim=-1)
            taught = statement_mask & gold["located"].unsqueeze(-1)
            total = total + self.span_weight * (per_token * taught).sum() / taught.sum().clamp(min=1)
        return total

    def _head(self, task: str) -> nn.Linear:
        head = self.heads[task]
        assert isinstance(head, nn.Linear)
        return head

    @torch.no_grad()
    def _start_from(self, label_shares: Mapping[str, Tensor]) -> None:
        """Begin with the labels' shares learnt; else the first epochs learn nothing but them."""
        for name, shares in label_shares.items():
            shares = shares.clamp(min=1e-3)
            if self.kinds[name] == "single":
                self._head(name).bias.copy_(shares.log())
        if self.token_head is not None:
            self._head(CONDITIONS.name).bias.zero_()
            self.token_head.bias[: len(EDGES)] = torch.logit(torch.tensor(EDGE_SHARES))
            self.token_head.bias[len(EDGES) :] = torch.logit(label_shares[CONDITIONS.name].clamp(1e-3, 0.5))


def collate(examples: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Pad statements of different length into one batch, as `StanceNetwork.forward` takes it.

    An example holds `input_ids`, `token_type_ids` and `statement_mask`, each (length,), and for training
    `gold` (see `StanceNetwork.loss`).
    """
    batch: dict[str, Any] = {name: torch.from_numpy(values) for name, values in input_arrays(examples).items()}
    if "gold" in examples[0]:
        gold = {name: [e["gold"][name] for e in examples] for name in examples[0]["gold"]}
        batch["gold"] = {
            name: torch.from_numpy(padded(values) if name == "tokens" else np.array(values))
            for name, values in gold.items()
        }
    return batch
