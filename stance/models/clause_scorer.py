"""Which stretch of a statement states a requirement, and of which kind: linear models over candidate clauses."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.linear_model import LogisticRegression

from stance.features.clauses import Clauses
from stance.features.cues import dice
from stance.schema import LabelledStatement
from stance.tasks import CONDITIONS

SAME_SPAN = 0.9  # a candidate that shares at least this much (Dice) with a gold span counts as cut right
OTHER_SPAN = 0.3  # one that shares less than this much with every gold span counts as no requirement
EDGE_WEIGHT = 0.3  # of a mark at a clause's edges, where what is inside has length 1

Parts = dict[str, Any]  # vectorizers by what they read, and the three models; plain scikit-learn


def fit_clauses(
    statements: Sequence[LabelledStatement], clauses: Sequence[Clauses], *, C: float, label_C: float, min_count: int
) -> Parts:
    """Learn three questions to every clause: a requirement, or none? cut as one is? what does it require?

    `C` and `label_C` are inverse regularisation strengths of the first two and of the third. The result is
    empty if the statements teach nothing.
    """
    shares, labels = _gold(statements, clauses)
    right = shares >= SAME_SPAN
    if len(set(labels[right])) < 2 or right.all():
        return {}
    parts: Parts = {
        name: CountVectorizer(token_pattern=r"\S+", lowercase=False, min_df=min_count if name != "shapes" else 1).fit(
            [mark for some in clauses for mark in getattr(some, name)]
        )
        for name in ("inside", "openings", "closings", "shapes")
    }
    counts = _inside(parts, clauses)
    parts["weights"] = TfidfTransformer(sublinear_tf=True).fit(counts)
    inside, everything = _features(parts, clauses, counts)
    stated = np.repeat([bool(s.conditions) for s in statements], [len(some.spans) for some in clauses])
    clear = right | (shares < OTHER_SPAN)
    parts["required"] = LogisticRegression(C=C, solver="liblinear").fit(everything[clear], right[clear])
    parts["edges"] = LogisticRegression(C=C, solver="liblinear").fit(everything[stated], right[stated])
    parts["labels"] = LogisticRegression(C=label_C, class_weight="balanced", max_iter=1000).fit(
        inside[right], labels[right]
    )
    return parts


def score_clauses(parts: Parts, clauses: Sequence[Clauses]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """For every statement and condition, how surely some clause requires it, and the clause that states it best.

    Shapes (n_statements, n_labels), in [0, 1], and (n_statements, n_labels, 2), in the statement's characters.
    """
    inside, everything = _features(parts, clauses, _inside(parts, clauses))
    labels = np.zeros((everything.shape[0], len(CONDITIONS.labels)))
    labels[:, parts["labels"].classes_] = parts["labels"].predict_proba(inside)
    required = parts["required"].predict_proba(everything)[:, 1:] * labels
    placed = parts["edges"].predict_proba(everything)[:, 1:] * labels
    ends = [*accumulate(len(some.spans) for some in clauses)]
    found = [
        (required[end - len(some.spans) : end].max(axis=0), placed[end - len(some.spans) : end].argmax(axis=0))
        for some, end in zip(clauses, ends, strict=True)
    ]
    spans = np.array([np.array(some.spans)[best] for some, (_, best) in zip(clauses, found, strict=True)])
    return np.array([surest for surest, _ in found]), spans


def _gold(
    statements: Sequence[LabelledStatement], clauses: Sequence[Clauses]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Of every clause: how much it shares with the gold span nearest to it, and that span's label number."""
    shares, labels = [], []
    for statement, some in zip(statements, clauses, strict=True):
        for span in some.spans:
            near = [(dice(span, (c.start, c.end)), CONDITIONS.labels.index(c.label)) for c in statement.conditions]
            share, label = max(near, key=lambda pair: pair[0], default=(0.0, 0))
            shares.append(share)
            labels.append(label)
    return np.array(shares), np.array(labels)


def _inside(parts: Parts, clauses: Sequence[Clauses]) -> csr_matrix:
    """How often each mark stands inside each clause."""
    words = _counts(parts["inside"], [mark for some in clauses for mark in some.inside])
    before = [0, *accumulate(len(some.inside) for some in clauses)]
    stretches = [
        (at + first, at + last) for some, at in zip(clauses, before, strict=False) for first, last in some.words
    ]
    lengths = np.array([last - first for first, last in stretches])
    ends = lengths.cumsum()
    columns = np.arange(ends[-1]) + np.repeat([first for first, _ in stretches] - (ends - lengths), lengths)
    member = csr_matrix((np.ones(len(columns)), columns, [0, *ends]), shape=(len(stretches), words.shape[0]))
    counts: csr_matrix = member @ words
    return counts


def _features(parts: Parts, clauses: Sequence[Clauses], counts: csr_matrix) -> tuple[csr_matrix, csr_matrix]:
    """What is inside each clause, and that with its edges and shape."""
    inside = parts["weights"].transform(counts)
    edges = [_counts(parts["shapes"], [shape for some in clauses for shape in some.shapes])]
    for name, places in (("openings", "begins"), ("closings", "ends")):
        marks = [getattr(some, name) for some in clauses]
        before = [0, *accumulate(len(some) for some in marks)]
        rows = [at + place for some, at in zip(clauses, before, strict=False) for place in getattr(some, places)]
        edges.append(parts[name].transform([mark for some in marks for mark in some])[rows])
    return inside, hstack([inside, EDGE_WEIGHT * hstack(edges)], format="csr")


def _counts(vectorizer: CountVectorizer, marks: Sequence[str]) -> csr_matrix:
    """The vectorizer's counts; each different text is read once."""
    places: dict[str, int] = {}
    rows = [places.setdefault(mark, len(places)) for mark in marks]
    counts: csr_matrix = vectorizer.transform(places)[rows]
    return counts
