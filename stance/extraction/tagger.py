"""A pretrained encoder that marks speakers, cues and contents in a text, and how each content is quoted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from stance.encoders import OnLog
from stance.encoders.batches import batches, longest_input
from stance.encoders.files import load_network, save_network
from stance.encoders.sources import DEFAULT_ENCODER, find_encoder, pretrained, quiet
from stance.extraction.sentences import paragraphs, sentences
from stance.extraction.tagger_labels import ROLES, Run, likeliest_tags, runs_of, tags_of
from stance.schema import QUOTATIONS, Span

TEXT_AT_ONCE = 200_000  # characters of a text whose tokens are held at once


@dataclass(frozen=True)
class Marks:
    """The stretches of a text in each role, in reading order; those of two roles may overlap."""

    speakers: tuple[Span, ...] = ()
    cues: tuple[Span, ...] = ()
    contents: tuple[Span, ...] = ()
    kinds: tuple[str, ...] = ()  # of the contents: direct, indirect or mixed; empty where not known

    def by_role(self) -> dict[str, tuple[Span, ...]]:
        return dict(zip(ROLES, (self.speakers, self.cues, self.contents), strict=True))


@dataclass(frozen=True)
class MarkedText:
    """A text with its gold marks; `lines` are the paragraphs that are read, all of them if None."""

    text: str
    marks: Marks
    lines: tuple[Span, ...] | None = None


class Tagger(BaseEstimator):
    """An encoder fine-tuned to mark who says what by which words, paragraphs together as far as they fit.

    Parameters: `encoder`, `package:NAME` (weights inside an installed package), a folder, or a hub id;
    `epochs`, `batch_size` (windows), `learning_rate` (of the encoder's top layer), `head_factor` (how many
    times faster the heads learn), `layer_decay` (factor from layer to layer down), `weight_decay`, `warmup`
    (share of steps), `dropout` (before the heads), `kind_weight` (of the kind of quotation in the loss),
    `max_tokens` (of a window), `patience` (epochs without a better dev score before stopping), `precision`
    (of training; auto: bf16 where the processor has it; marking is always fp32).
    """

    registered_as = "stance-extractor"  # in MLflow, apart from the models that label

    def __init__(
        self,
        *,
        encoder: str = DEFAULT_ENCODER,
        epochs: Annotated[int, Field(ge=1, le=1000)] = 6,
        batch_size: Annotated[int, Field(ge=1, le=4096)] = 8,
        learning_rate: Annotated[float, Field(gt=0, lt=1)] = 4e-4,
        head_factor: Annotated[float, Field(gt=0)] = 6.0,
        layer_decay: Annotated[float, Field(gt=0, le=1)] = 1.0,
        weight_decay: Annotated[float, Field(ge=0)] = 0.01,
        warmup: Annotated[float, Field(ge=0, lt=1)] = 0.1,
        dropout: Annotated[float, Field(ge=0, lt=1)] = 0.1,
        kind_weight: Annotated[float, Field(ge=0)] = 1.0,
        max_tokens: Annotated[int, Field(ge=8, le=8192)] = 192,
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
        self.kind_weight = kind_weight
        self.max_tokens = max_tokens
        self.patience = patience
        self.precision = precision

    def fit(
        self, train: Sequence[MarkedText], dev: Sequence[MarkedText], *, seed: int, on_log: OnLog | None = None
    ) -> Self:
        """Learn from `train`; the epoch that marks `dev` best is kept (the last one without `dev`).

        Raises `ModelError` if the encoder cannot be found or read.
        """
        import torch  # noqa: F401, first of all, so that its lack is what is named

        source = find_encoder(self.encoder)
        from stance.encoders import training  # torch and transformers load here
        from stance.extraction.tagger_network import collate

        with training.own_randomness(seed), quiet():
            encoder, self.tokenizer_ = pretrained(source)
            self.network_ = self._built(encoder)
            examples = [
                {**window.arrays(), **_gold(window, marked.marks)}
                for marked in train
                for window in self._windows(marked.text, marked.lines)
            ]
            training.train(
                self.network_,
                examples,
                training.recipe_of(self, seed),
                collate=collate,
                dev_scores=(lambda: self.scores(dev)) if dev else None,
                on_log=on_log,
            )
        return self

    def mark(self, text: str, lines: Sequence[Span] | None = None) -> Marks:
        """Mark a text; `lines` are the paragraphs to read, all of them if None. No stretch crosses two paragraphs."""
        check_is_fitted(self, "network_")
        found: dict[str, list[Span]] = {role: [] for role in ROLES}
        kinds: list[str] = []
        windows = list(self._windows(text, lines))
        for window, (tags, kind_scores) in zip(windows, self._tagged(windows), strict=True):
            for column, role in enumerate(ROLES):
                for first, last in window.within_lines(runs_of(tags[:, column])):
                    found[role].append(Span(int(window.offsets[first, 0]), int(window.offsets[last - 1, 1])))
                    if role == "content":
                        kinds.append(QUOTATIONS[int(kind_scores[first:last].mean(axis=0).argmax())])
        speakers, cues, contents = (tuple(found[role]) for role in ROLES)
        return Marks(speakers, cues, contents, tuple(kinds))

    def scores(self, dev: Sequence[MarkedText]) -> dict[str, float]:
        """F1 of exact stretches, mean over the roles first, then per role; in [0, 1]."""
        counts = {role: np.zeros(3) for role in ROLES}
        for marked in dev:
            ours = self.mark(marked.text, marked.lines).by_role()
            for role, gold in marked.marks.by_role().items():
                counts[role] += (len(set(gold) & set(ours[role])), len(set(ours[role])), len(set(gold)))
        each = {role: 2 * right / (found + wanted) if right else 0.0 for role, (right, found, wanted) in counts.items()}
        return {
            "dev_span_f1": float(np.mean(list(each.values()))),
            **{f"dev_span_f1_{role}": float(value) for role, value in each.items()},
        }

    def save(self, folder: Path) -> None:
        """Write weights, the encoder's architecture and the tokenizer into `folder`."""
        check_is_fitted(self, "network_")
        save_network(self.network_, self.tokenizer_, folder)

    @classmethod
    def load(cls, folder: Path, params: dict[str, Any]) -> Self:
        """Read what `save` wrote; needs neither the network nor the encoder's own package."""
        tagger = cls(**params)
        tagger.network_, tagger.tokenizer_ = load_network(folder, tagger._built)
        return tagger

    def _built(self, encoder: Any) -> Any:
        from stance.extraction.tagger_network import TaggerNetwork

        return TaggerNetwork(encoder, dropout=self.dropout, kind_weight=self.kind_weight)

    def _tagged(self, windows: Sequence[_Window]) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float64]]]:
        """Tags (n_words, n_roles) and kind scores (n_words, n_kinds) of every window, in their order."""
        import torch

        from stance.extraction.tagger_network import collate

        found: dict[int, tuple[NDArray[np.int64], NDArray[np.float64]]] = {}
        self.network_.eval()
        with torch.inference_mode():
            transitions, first = (part.double().cpu().numpy() for part in self.network_.chain())
            for rows in batches([len(window.ids) for window in windows]):
                batch = collate([windows[i].arrays() for i in rows])
                out = self.network_(**{name: tensor.to(self.network_.device) for name, tensor in batch.items()})
                lengths = [len(windows[i].starts) for i in rows]
                tags = likeliest_tags(out["tags"].double().cpu().numpy(), lengths, transitions, first)
                kinds = out["kinds"].double().cpu().numpy()
                for i, length, of_tags, of_kinds in zip(rows, lengths, tags, kinds, strict=True):
                    found[i] = of_tags[:length], of_kinds[:length]
        return (found[i] for i in range(len(windows)))

    def _windows(self, text: str, lines: Sequence[Span] | None) -> Iterator[_Window]:
        """The text in windows of whole paragraphs; one that is too long is cut between sentences, or words."""
        tokenizer = self.tokenizer_
        tokenizer.no_padding()
        tokenizer.no_truncation()
        around = tokenizer.encode("").ids  # what every text begins and ends with
        before, after = around[: len(around) // 2 or None], around[len(around) // 2 :]
        room = longest_input(self.network_.encoder.config, self.max_tokens) - len(before) - len(after)
        held: list[_Piece] = []
        size = 0
        for piece in self._pieces(text, paragraphs(text) if lines is None else lines, room):
            if held and size + len(after) + len(piece.ids) > room:
                yield _window(held, before, after)
                held, size = [], 0
            size += len(piece.ids) + (len(after) if held else 0)
            held.append(piece)
        if held:
            yield _window(held, before, after)

    def _pieces(self, text: str, lines: Sequence[Span] | Iterator[Span], room: int) -> Iterator[_Piece]:
        """Paragraphs as tokens, none longer than `room`."""
        for line in lines:
            for span in _not_longer(text, line, TEXT_AT_ONCE):
                whole = _piece(self.tokenizer_, text, span)
                if len(whole.ids) <= room:
                    yield from [whole] if len(whole.ids) else []
                    continue
                for sentence in sentences(text, span, []):
                    piece = _piece(self.tokenizer_, text, sentence)
                    yield from piece.cut(room)


@dataclass(frozen=True)
class _Piece:
    """Tokens of one stretch of a text; `offsets` (length, 2) count in the text."""

    ids: NDArray[np.int64]
    words: NDArray[np.int64]  # number of the word each token belongs to
    offsets: NDArray[np.int64]

    def cut(self, room: int) -> Iterator[_Piece]:
        """Itself in parts of at most `room` tokens, cut between words where a word fits."""
        at = 0
        while at < len(self.ids):
            end = min(at + room, len(self.ids))
            if end < len(self.ids) and self.words[end] == self.words[end - 1]:
                start_of_word = int(np.searchsorted(self.words, self.words[end]))
                end = start_of_word if start_of_word > at else end
            yield _Piece(self.ids[at:end], self.words[at:end], self.offsets[at:end])
            at = end


@dataclass(frozen=True)
class _Window:
    """What the network reads at once; `starts` (n_words,) are the words' first tokens, `offsets` their stretches."""

    ids: NDArray[np.int64]
    starts: NDArray[np.int64]
    offsets: NDArray[np.int64]
    pieces: NDArray[np.int64]  # number of the paragraph of each word

    def arrays(self) -> dict[str, NDArray[np.int64]]:
        return {"input_ids": self.ids, "word_starts": self.starts}

    def covered(self, span: Span) -> Run:
        """The words that lie in a stretch of the text."""
        return (
            int(np.searchsorted(self.offsets[:, 1], span.start, side="right")),
            int(np.searchsorted(self.offsets[:, 0], span.end, side="left")),
        )

    def within_lines(self, runs: Sequence[Run]) -> Iterator[Run]:
        """The runs, cut where a paragraph ends."""
        for first, last in runs:
            edges = [first, *(np.flatnonzero(np.diff(self.pieces[first:last])) + first + 1).tolist(), last]
            yield from pairwise(edges)


def _piece(tokenizer: Any, text: str, span: Span) -> _Piece:
    encoded = tokenizer.encode(text[span.start : span.end], add_special_tokens=False)
    words = [-1 if word is None else word for word in encoded.word_ids]
    offsets = np.array(encoded.offsets, dtype=np.int64).reshape(-1, 2) + span.start
    return _Piece(np.array(encoded.ids, dtype=np.int64), np.array(words, dtype=np.int64), offsets)


def _window(pieces: Sequence[_Piece], before: Sequence[int], after: Sequence[int]) -> _Window:
    """Pieces joined, each ended as a text of its own would be."""
    ids, starts, offsets, numbers = [np.array(before, dtype=np.int64)], [], [], []
    at = len(before)
    for number, piece in enumerate(pieces):
        first = np.flatnonzero(np.diff(piece.words, prepend=-2))
        last = np.append(first[1:], len(piece.words)) - 1
        starts.append(first + at)
        offsets.append(np.stack([piece.offsets[first, 0], piece.offsets[last, 1]], axis=1))
        numbers.append(np.full(len(first), number))
        ids += [piece.ids, np.array(after, dtype=np.int64)]
        at += len(piece.ids) + len(after)
    return _Window(*(np.concatenate(arrays) for arrays in (ids, starts, offsets, numbers)))


def _gold(window: _Window, marks: Marks) -> dict[str, NDArray[np.int64]]:
    """Gold tags and kinds of a window's words, as `collate` takes them."""
    from stance.extraction.tagger_network import NO_KIND

    runs: Mapping[str, list[Run]] = {
        role: [window.covered(span) for span in spans] for role, spans in marks.by_role().items()
    }
    kinds = np.full(len(window.starts), NO_KIND, dtype=np.int64)
    for (first, last), kind in zip(runs["content"], marks.kinds, strict=bool(marks.kinds)):
        if kind:
            kinds[first:last] = QUOTATIONS.index(kind)
    return {"tags": tags_of(len(window.starts), runs), "kinds": kinds}


def _not_longer(text: str, line: Span, limit: int) -> Iterator[Span]:
    for start in range(line.start, line.end, limit):
        yield Span(start, min(start + limit, line.end))
