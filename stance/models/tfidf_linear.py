"""The baseline: word and character TF-IDF, one linear classifier per task, one for condition spans."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Self

import numpy as np
import skops.io
from numpy.typing import NDArray
from pydantic import Field
from scipy.sparse import csr_matrix, hstack
from sklearn.base import BaseEstimator
from sklearn.dummy import DummyClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.utils.validation import check_is_fitted

from stance.config import InputConfig
from stance.encoders import OnLog
from stance.errors import ModelError
from stance.features.cues import candidate_spans, dice
from stance.features.text import ModelInput, model_input
from stance.models.base import Predicted
from stance.schema import LabelledStatement, Statement
from stance.tasks import CONDITIONS, TASKS

WEIGHTS = "tfidf_linear.skops"
TRUSTED_TYPES: tuple[str, ...] = ()  # beyond what skops itself trusts: nothing
NEARBY = 40  # characters looked at before and after a clause
SAME_SPAN = 0.9  # a candidate that shares at least this much (Dice) with a gold span counts as cut right


class TfidfLinear(BaseEstimator):
    """Logistic regression over TF-IDF of the statement's words and characters and of its company's words.

    Parameters: `C`, `span_C` and `edge_C`, inverse regularisation strengths of the label classifiers, of the
    one that says what a clause requires and of the one that says where a requirement begins and ends;
    `word_ngrams` and `char_ngrams`, the longest n-grams; `company_weight`, weight of target, role and
    context beside the statement; `min_count`, statements an n-gram must occur in.
    """

    def __init__(
        self,
        *,
        C: Annotated[float, Field(gt=0)] = 4.0,
        span_C: Annotated[float, Field(gt=0)] = 4.0,
        edge_C: Annotated[float, Field(gt=0)] = 1.0,
        word_ngrams: Annotated[int, Field(ge=1, le=5)] = 3,
        char_ngrams: Annotated[int, Field(ge=1, le=8)] = 5,
        company_weight: Annotated[float, Field(ge=0)] = 0.3,
        min_count: Annotated[int, Field(ge=1)] = 2,
    ) -> None:
        self.C = C
        self.span_C = span_C
        self.edge_C = edge_C
        self.word_ngrams = word_ngrams
        self.char_ngrams = char_ngrams
        self.company_weight = company_weight
        self.min_count = min_count

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
        self.inputs_, self.tasks_ = inputs, tuple(tasks)
        read = [model_input(s, inputs) for s in train]
        token = r"(?u)\b\w\w*\b|[“”\"?!:;]"
        self.parts_ = {
            "words": TfidfVectorizer(
                ngram_range=(1, self.word_ngrams), min_df=self.min_count, sublinear_tf=True, token_pattern=token
            ),
            "characters": TfidfVectorizer(
                analyzer="char_wb", ngram_range=(2, self.char_ngrams), min_df=self.min_count, sublinear_tf=True
            ),
            "company": TfidfVectorizer(min_df=self.min_count, sublinear_tf=True, token_pattern=token),
        }
        self.parts_["words"].fit([r.text for r in read])
        self.parts_["characters"].fit([r.text for r in read])
        self.parts_["company"].fit([f"{r.company} company" for r in read])  # never an empty vocabulary
        x = self._features(read)
        self.heads_ = {name: self._fit_heads(name, x, TASKS[name].gold(train)) for name in self.tasks_}
        if CONDITIONS.name in self.tasks_:
            self._fit_spans(train, read)
        return self

    def predict_proba(self, statements: Sequence[Statement]) -> Predicted:
        check_is_fitted(self, "heads_")
        spans = np.zeros((len(statements), len(CONDITIONS.labels), 2), dtype=np.int64)
        if not statements:
            return Predicted({name: np.zeros((0, len(TASKS[name].labels))) for name in self.tasks_}, spans)
        read = [model_input(s, self.inputs_) for s in statements]
        x = self._features(read)
        proba = {}
        for name, heads in self.heads_.items():
            if TASKS[name].kind == "multi":
                columns = [_columns(head, x, 2)[:, 1] for head in heads]
                proba[name] = np.column_stack(columns)
            else:
                proba[name] = _columns(heads[0], x, len(TASKS[name].labels))
        if CONDITIONS.name in self.tasks_:
            spans = self._locate(statements, read)
        return Predicted(proba, spans)

    def save(self, folder: Path) -> None:
        state = {"parts": self.parts_, "heads": self.heads_, "spans": getattr(self, "spans_", {})}
        skops.io.dump(state, folder / WEIGHTS)

    @classmethod
    def load(cls, folder: Path, params: dict[str, Any], *, inputs: InputConfig, tasks: Sequence[str]) -> Self:
        path = folder / WEIGHTS
        try:
            foreign = sorted(set(skops.io.get_untrusted_types(file=path)) - set(TRUSTED_TYPES))
            if foreign:
                raise ModelError(f"{path}: holds foreign types, refused: {', '.join(foreign)[:300]}")
            state = skops.io.load(path, trusted=list(TRUSTED_TYPES))
            model = cls(**params)
            model.inputs_, model.tasks_ = inputs, tuple(tasks)
            model.parts_, model.heads_, model.spans_ = state["parts"], state["heads"], state["spans"]
            for name in tasks:
                if not all(isinstance(head, (LogisticRegression, DummyClassifier)) for head in model.heads_[name]):
                    raise ModelError(f"{path}: holds foreign types, refused: {name} is no linear classifier")
        except ModelError:
            raise
        except FileNotFoundError:
            raise ModelError(f"{path}: missing; the model folder is not complete") from None
        except Exception as error:  # skops raises whatever a broken or hostile file makes it raise
            raise ModelError(
                f"{path}: not a readable model file ({type(error).__name__}: {str(error)[:200]})"
            ) from None
        return model

    def _features(self, read: Sequence[ModelInput]) -> csr_matrix:
        texts = [r.text for r in read]
        features: csr_matrix = hstack(
            [
                self.parts_["words"].transform(texts),
                self.parts_["characters"].transform(texts),
                self.parts_["company"].transform([r.company for r in read]) * self.company_weight,
            ],
            format="csr",
        )
        return features

    def _fit_heads(self, task: str, x: csr_matrix, y: NDArray[np.int64]) -> list[LogisticRegression | DummyClassifier]:
        """One classifier for a single-label task, one per label for conditions."""
        targets = y.T if TASKS[task].kind == "multi" else [y]
        return [
            (self._linear(self.C) if len(set(target)) > 1 else DummyClassifier(strategy="prior")).fit(x, target)
            for target in targets
        ]

    def _linear(self, strength: float) -> LogisticRegression:
        return LogisticRegression(C=strength, class_weight="balanced", max_iter=1000)

    def _fit_spans(self, train: Sequence[LabelledStatement], read: Sequence[ModelInput]) -> None:
        """Two questions to every candidate clause: is it cut as a requirement is, and what does it require?"""
        edges: list[str] = []
        cut_right: list[bool] = []
        clauses: list[str] = []
        labels: list[int] = []
        for statement, reading in zip(train, read, strict=True):
            for start, end in candidate_spans(statement.text) if statement.conditions else ():
                shares = {c.label: dice((start, end), (c.start, c.end)) for c in statement.conditions}
                label, share = max(shares.items(), key=lambda pair: pair[1])
                edges.append(_edges(reading, start, end))
                cut_right.append(share >= SAME_SPAN)
                if share >= SAME_SPAN:
                    clauses.append(_clause(reading, start, end))
                    labels.append(CONDITIONS.labels.index(label))
        self.spans_ = {}
        if len(set(labels)) > 1 and not all(cut_right):
            tokens = {"token_pattern": r"\S+", "sublinear_tf": True, "min_df": self.min_count}
            edge_words, clause_words = TfidfVectorizer(norm=None, use_idf=False, **tokens), TfidfVectorizer(**tokens)
            self.spans_ = {
                "edge_words": edge_words,
                "edges": LogisticRegression(C=self.edge_C, max_iter=2000).fit(
                    edge_words.fit_transform(edges), cut_right
                ),
                "clause_words": clause_words,
                "clauses": self._linear(self.span_C).fit(clause_words.fit_transform(clauses), labels),
            }

    def _locate(self, statements: Sequence[Statement], read: Sequence[ModelInput]) -> NDArray[np.int64]:
        """The candidate clause that states each condition best, shape (n_statements, n_labels, 2)."""
        found = np.zeros((len(statements), len(CONDITIONS.labels), 2), dtype=np.int64)
        if not self.spans_:
            found[:, :, 1] = np.array([len(s.text) for s in statements])[:, None]
            return found
        candidates = [candidate_spans(s.text) for s in statements]
        pairs = [(r, *span) for r, spans in zip(read, candidates, strict=True) for span in spans]
        edges = self.spans_["edge_words"].transform([_edges(*pair) for pair in pairs])
        clauses = self.spans_["clause_words"].transform([_clause(*pair) for pair in pairs])
        cut_right = self.spans_["edges"].predict_proba(edges)[:, 1:]
        scores = cut_right * _columns(self.spans_["clauses"], clauses, len(CONDITIONS.labels))
        row = 0
        for i, spans in enumerate(candidates):
            found[i] = np.array(spans)[scores[row : row + len(spans)].argmax(axis=0)]
            row += len(spans)
        return found


def _columns(model: LogisticRegression | DummyClassifier, x: csr_matrix, n_labels: int) -> NDArray[np.float64]:
    """Probabilities in columns 0 to n_labels - 1, whichever of them the model has met."""
    proba = np.zeros((x.shape[0], n_labels))
    proba[:, model.classes_] = model.predict_proba(x)
    return proba


def _clause(reading: ModelInput, start: int, end: int) -> str:
    """The words of a candidate clause, names masked."""
    a, b = reading.from_statement(start, end)
    return reading.text[a:b]


def _edges(reading: ModelInput, start: int, end: int) -> str:
    """What shows where a requirement begins and ends: the words at both edges, and the length."""
    a, b = reading.from_statement(start, end)
    words = reading.text[a:b].lower().split() or [""]
    before = reading.text[max(0, a - NEARBY) : a].lower().split()[-2:]
    after = reading.text[b : b + NEARBY].lower().split()[:1]
    return " ".join(
        (
            f"first={words[0]} two={'_'.join(words[:2])} three={'_'.join(words[:3])} last={words[-1]}",
            f"before={'_'.join(before[-1:])} before2={'_'.join(before)} after={'_'.join(after)[:3]}",
            f"at={reading.text[b : b + 1].strip()}",
            f"comma={',' in reading.text[a:b]} and={'and' in words} words={min(len(words), 12) // 2}",
        )
    )
