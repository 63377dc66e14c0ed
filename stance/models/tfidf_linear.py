"""The baseline: TF-IDF of words, characters and cues, linear classifiers for statements and for clauses."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Self

import numpy as np
import skops.io
from numpy.typing import NDArray
from pydantic import Field
from scipy.sparse import csr_matrix
from scipy.special import expit, logit
from sklearn.base import BaseEstimator
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.utils.validation import check_is_fitted

from stance.config import InputConfig
from stance.encoders import OnLog
from stance.errors import ModelError
from stance.features.clauses import clauses_of
from stance.features.lexicon import Lexicon, shipped_lexicon
from stance.features.marks import Marked, marked
from stance.features.text import ModelInput, model_input
from stance.models.base import Predicted
from stance.models.clause_scorer import fit_clauses, score_clauses
from stance.models.statement_features import fit_features, statement_features
from stance.schema import LabelledStatement, Statement
from stance.tasks import CONDITIONS, Tasks

WEIGHTS = "tfidf_linear.skops"
TRUSTED_TYPES: tuple[str, ...] = ()  # beyond what skops itself trusts: nothing
UNLIKELY = 0.15  # below this probability of any requirement, the clauses are not looked at
NO_CLAUSE = 0.001  # what a clause not looked at counts as
SMALLEST = 1e-6  # probabilities are kept this far from 0 and 1 before logarithms


class TfidfLinear(BaseEstimator):
    """Logistic regression over TF-IDF of a statement's words, characters and cues, and of its company's words.

    Conditions are asked for in steps: does the statement require anything, if so what is it about, and which
    clause requires what. The answers of statement and clauses are averaged as log-odds.

    Parameters: `C`, `clause_C` and `clause_label_C`, inverse regularisation strengths of the statement
    classifiers, of those that say whether a clause states a requirement and where one begins and ends, and of
    the one that says what it requires; `clause_weight`, share of the clauses in a condition's log-odds;
    `word_ngrams` and `char_ngrams`, the longest n-grams; `company_weight`, weight of target, role and
    context beside the statement; `min_count`, statements an n-gram must occur in.
    """

    def __init__(
        self,
        *,
        C: Annotated[float, Field(gt=0)] = 4.0,
        clause_C: Annotated[float, Field(gt=0)] = 1.0,
        clause_label_C: Annotated[float, Field(gt=0)] = 16.0,
        clause_weight: Annotated[float, Field(ge=0, le=1)] = 0.7,
        word_ngrams: Annotated[int, Field(ge=1, le=5)] = 2,
        char_ngrams: Annotated[int, Field(ge=2, le=8)] = 4,
        company_weight: Annotated[float, Field(ge=0)] = 0.3,
        min_count: Annotated[int, Field(ge=1)] = 2,
    ) -> None:
        self.C = C
        self.clause_C = clause_C
        self.clause_label_C = clause_label_C
        self.clause_weight = clause_weight
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
        tasks: Tasks,
        seed: int,
        on_log: OnLog | None = None,
    ) -> Self:
        self.inputs_, self.tasks_ = inputs, dict(tasks)
        self.lexicon_ = shipped_lexicon()
        readings, cues = self._read(train)
        self.parts_ = fit_features(
            readings, cues, word_ngrams=self.word_ngrams, char_ngrams=self.char_ngrams, min_count=self.min_count
        )
        everything, about = statement_features(self.parts_, readings, cues, self.company_weight)
        self.heads_: dict[str, list[LogisticRegression | DummyClassifier]] = {}
        self.clauses_: dict[str, Any] = {}
        for name, task in self.tasks_.items():
            y = task.gold(train)
            if task.kind == "single":
                self.heads_[name] = [self._head(everything, y)]
                continue
            required = np.asarray(y.max(axis=1), dtype=np.int64)
            some = np.flatnonzero(required) if required.any() else np.arange(len(y))
            self.heads_[name] = [
                self._head(everything, required),
                *(self._head(about[some], column) for column in y[some].T),
            ]
            clauses = [clauses_of(s.text, r, c) for s, r, c in zip(train, readings, cues, strict=True)]
            self.clauses_ = fit_clauses(
                train, clauses, C=self.clause_C, label_C=self.clause_label_C, min_count=self.min_count
            )
        return self

    def predict_proba(self, statements: Sequence[Statement]) -> Predicted:
        check_is_fitted(self, "heads_")
        n_labels = {name: len(task.labels) for name, task in self.tasks_.items()}
        spans = np.zeros((len(statements), len(CONDITIONS.labels), 2), dtype=np.int64)
        if not statements:
            return Predicted({name: np.zeros((0, n)) for name, n in n_labels.items()}, spans)
        readings, cues = self._read(statements)
        everything, about = statement_features(self.parts_, readings, cues, self.company_weight)
        proba = {}
        for name, heads in self.heads_.items():
            if self.tasks_[name].kind == "single":
                proba[name] = _columns(heads[0], everything, n_labels[name])
                continue
            required = _columns(heads[0], everything, 2)[:, 1]
            labels = np.column_stack([_columns(head, about, 2)[:, 1] for head in heads[1:]])
            by_clauses, spans = self._by_clauses(statements, readings, cues, np.flatnonzero(required >= UNLIKELY))
            weight = self.clause_weight if self.clauses_ else 0.0
            proba[name] = expit((1 - weight) * _log_odds(required[:, None] * labels) + weight * _log_odds(by_clauses))
        return Predicted(proba, spans)

    def save(self, folder: Path) -> None:
        state = {
            "lexicon": [list(entry) for entry in self.lexicon_.entries],
            "parts": self.parts_,
            "heads": self.heads_,
            "clauses": self.clauses_,
        }
        skops.io.dump(state, folder / WEIGHTS)

    @classmethod
    def load(cls, folder: Path, params: dict[str, Any], *, inputs: InputConfig, tasks: Tasks) -> Self:
        path = folder / WEIGHTS
        try:
            foreign = sorted(set(skops.io.get_untrusted_types(file=path)) - set(TRUSTED_TYPES))
            if foreign:
                raise ModelError(f"{path}: holds foreign types, refused: {', '.join(foreign)[:300]}")
            state = skops.io.load(path, trusted=list(TRUSTED_TYPES))
            model = cls(**params)
            model.inputs_, model.tasks_, model.lexicon_ = inputs, dict(tasks), Lexicon(state["lexicon"])
            model.parts_, model.heads_, model.clauses_ = state["parts"], state["heads"], state["clauses"]
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

    def _read(self, statements: Sequence[Statement]) -> tuple[list[ModelInput], list[Marked]]:
        """Every statement's text with names masked, and the cues in it."""
        readings = [model_input(s, self.inputs_) for s in statements]
        return readings, [marked(r.text, self.lexicon_) for r in readings]

    def _head(self, x: csr_matrix, y: NDArray[np.int64]) -> LogisticRegression | DummyClassifier:
        """A classifier, or the one label that all share."""
        n_labels = len(set(y))
        solver = "liblinear" if n_labels == 2 else "lbfgs"
        head = LogisticRegression(C=self.C, class_weight="balanced", max_iter=1000, solver=solver)
        return (head if n_labels > 1 else DummyClassifier(strategy="prior")).fit(x, y)

    def _by_clauses(
        self,
        statements: Sequence[Statement],
        readings: Sequence[ModelInput],
        cues: Sequence[Marked],
        chosen: NDArray[np.int64],
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Conditions and their spans as the clauses of the chosen statements give them; shapes as `score_clauses`.

        For the other statements, and where no clauses were learnt from: next to no condition, and the whole text.
        """
        n_labels = len(CONDITIONS.labels)
        proba = np.full((len(statements), n_labels), NO_CLAUSE)
        spans = np.zeros((len(statements), n_labels, 2), dtype=np.int64)
        spans[:, :, 1] = np.array([len(s.text) for s in statements])[:, None]
        if self.clauses_ and len(chosen):
            clauses = [clauses_of(statements[i].text, readings[i], cues[i]) for i in chosen]
            proba[chosen], spans[chosen] = score_clauses(self.clauses_, clauses)
        return proba, spans


def _log_odds(proba: NDArray[np.float64]) -> NDArray[np.float64]:
    odds: NDArray[np.float64] = logit(proba.clip(SMALLEST, 1 - SMALLEST))
    return odds


def _columns(model: LogisticRegression | DummyClassifier, x: csr_matrix, n_labels: int) -> NDArray[np.float64]:
    """Probabilities in columns 0 to n_labels - 1, whichever of them the model has met."""
    proba = np.zeros((x.shape[0], n_labels))
    proba[:, model.classes_] = model.predict_proba(x)
    return proba
