"""The tagger's network: one encoder, a chain of tags per role over the words, and the kind of quotation."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from stance.extraction.tagger_labels import FAR_BELOW, FORBIDDEN, INSIDE, ROLES, TAGS
from stance.schema import QUOTATIONS

NO_KIND = -100  # where the kind of quotation is not known, or the word is no content
TAG_SHARES = (0.8, 0.05, 0.15)  # how often the tags occur, before anything is learnt


class TaggerNetwork(nn.Module):
    """Encoder, then per role a linear-chain conditional random field over the words' first tokens.

    Shapes: `input_ids`, `attention_mask` (int64) are (batch, length); `word_starts` (int64), the places of
    the words' first tokens, and `word_mask` (bool) are (batch, n_words).
    Source: Lafferty, McCallum, Pereira (2001), "Conditional Random Fields", ICML.
    """

    encoder: Any  # what a Hugging Face model offers depends on its architecture

    def __init__(self, encoder: Any, *, dropout: float, kind_weight: float) -> None:
        super().__init__()
        if getattr(encoder, "pooler", None) is not None:
            encoder.pooler = None  # its weights would be saved for nothing
        self.encoder = encoder
        for name, module in encoder.named_modules():
            if isinstance(module, nn.Dropout) and ".self." in f".{name}.":
                module.p = 0.0  # on attention it cost a third of the training time
        self.reads_segments = "token_type_ids" in inspect.signature(encoder.forward).parameters
        self.dropout = nn.Dropout(dropout)
        self.kind_weight = kind_weight
        width = int(self.encoder.config.hidden_size)
        self.tag_head = nn.Linear(width, len(ROLES) * len(TAGS))
        self.kind_head = nn.Linear(width, len(QUOTATIONS))
        self.transitions = nn.Parameter(torch.zeros(len(ROLES), len(TAGS), len(TAGS)))
        self.first = nn.Parameter(torch.zeros(len(ROLES), len(TAGS)))
        with torch.no_grad():
            self.tag_head.bias.copy_(torch.tensor(TAG_SHARES * len(ROLES)).log())

    @property
    def device(self) -> torch.device:
        return self.tag_head.weight.device

    def chain(self) -> tuple[Tensor, Tensor]:
        """Scores of going from tag to tag, (n_roles, n_tags, n_tags), and of the first tag, (n_roles, n_tags)."""
        barred, first = torch.zeros_like(self.transitions), torch.zeros_like(self.first)
        for before, after in FORBIDDEN:
            barred[:, before, after] = FAR_BELOW
        first[:, INSIDE] = FAR_BELOW
        return self.transitions + barred, self.first + first

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        word_starts: Tensor,
        word_mask: Tensor,
        gold: Mapping[str, Tensor] | None = None,
    ) -> dict[str, Tensor]:
        """`tags` (batch, n_words, n_roles, n_tags) and `kinds` (batch, n_words, n_kinds), scores.

        With `gold`, `tags` (batch, n_words, n_roles) and `kinds` (batch, n_words) or NO_KIND, there is
        `loss`, a scalar, as well.
        """
        segments = {"token_type_ids": torch.zeros_like(input_ids)} if self.reads_segments else {}
        encoded = self.encoder(input_ids=input_ids, attention_mask=attention_mask, **segments)
        places = word_starts.unsqueeze(-1).expand(-1, -1, encoded.last_hidden_state.shape[-1])
        hidden = self.dropout(encoded.last_hidden_state.float().gather(1, places))
        tags = self.tag_head(hidden).float().unflatten(-1, (len(ROLES), len(TAGS)))
        out = {"tags": tags, "kinds": self.kind_head(hidden).float()}
        if gold is not None:
            out["loss"] = self._loss(out, gold, word_mask)
        return out

    def _loss(self, out: Mapping[str, Tensor], gold: Mapping[str, Tensor], word_mask: Tensor) -> Tensor:
        """Surprise at the gold tags per hundred words, and at the gold kinds per word of content."""
        transitions, first = self.chain()
        surprise = log_of_all(out["tags"], word_mask, transitions, first) - score_of(
            out["tags"], gold["tags"], word_mask, transitions, first
        )
        loss = 100 * surprise.sum() / word_mask.sum().clamp(min=1) / len(ROLES)
        known = gold["kinds"] != NO_KIND
        if self.kind_weight and bool(known.any()):
            loss = loss + self.kind_weight * functional.cross_entropy(out["kinds"][known], gold["kinds"][known])
        return loss


def log_of_all(tags: Tensor, word_mask: Tensor, transitions: Tensor, first: Tensor) -> Tensor:
    """Log of the summed exponentials of the scores of all sequences of tags, (batch, n_roles)."""
    with torch.autocast(tags.device.type, enabled=False):
        total = first + tags[:, 0]
        for of_word, there in zip(tags.unbind(1)[1:], word_mask[:, :, None, None].unbind(1)[1:], strict=True):
            further = (total.unsqueeze(-1) + transitions).logsumexp(dim=-2) + of_word
            total = torch.where(there, further, total)
        return total.logsumexp(dim=-1)


def score_of(tags: Tensor, gold: Tensor, word_mask: Tensor, transitions: Tensor, first: Tensor) -> Tensor:
    """Score of one sequence of tags, (batch, n_roles); `gold` is (batch, n_words, n_roles)."""
    role = torch.arange(len(ROLES), device=tags.device)
    own = tags.gather(-1, gold.unsqueeze(-1)).squeeze(-1)
    steps = transitions[role, gold[:, :-1], gold[:, 1:]]
    score = (own * word_mask.unsqueeze(-1)).sum(dim=1) + (steps * word_mask[:, 1:].unsqueeze(-1)).sum(dim=1)
    return score + first[role, gold[:, 0]]


def collate(examples: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Pad windows of different length into one batch, as `TaggerNetwork.forward` takes it.

    An example holds `input_ids` (length,) and `word_starts` (n_words,), and for training `tags`
    (n_words, n_roles) and `kinds` (n_words,).
    """

    def padded(name: str, value: int = 0) -> Tensor:
        arrays = [torch.from_numpy(e[name]) for e in examples]
        return nn.utils.rnn.pad_sequence(arrays, batch_first=True, padding_value=value)

    def mask(name: str) -> Tensor:
        lengths = torch.tensor([len(e[name]) for e in examples])
        return torch.arange(int(lengths.max())) < lengths.unsqueeze(-1)

    batch: dict[str, Any] = {
        "input_ids": padded("input_ids"),
        "attention_mask": mask("input_ids").long(),
        "word_starts": padded("word_starts"),
        "word_mask": mask("word_starts"),
    }
    if "tags" in examples[0]:
        batch["gold"] = {"tags": padded("tags"), "kinds": padded("kinds", NO_KIND)}
    return batch
