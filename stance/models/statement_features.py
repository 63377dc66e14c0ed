"""A whole statement as numbers for a linear model: TF-IDF of its words, characters, company and cues."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer, TfidfVectorizer

from stance.errors import StanceError
from stance.features.marks import Marked, statement_marks, topic_marks
from stance.features.text import ModelInput

WORD = r"(?u)\b\w\w*\b|[“”\"?!:;]"
Parts = dict[str, Any]  # vectorizers by what they read


def fit_features(
    readings: Sequence[ModelInput],
    statements: Sequence[Marked],
    *,
    word_ngrams: int,
    char_ngrams: int,
    min_count: int,
) -> Parts:
    """Learn vocabularies and weights of n-grams up to the lengths given, seen in `min_count` statements or more.

    Raises `StanceError` where no n-gram is.
    """
    try:
        return _fitted(readings, statements, word_ngrams, char_ngrams, min_count)
    except ValueError:
        problem = (
            f"no words occur in {min_count} or more of {len(readings):,} statements; give more, or lower min_count"
        )
        raise StanceError(f"model.params.min_count: {problem}") from None


def _fitted(
    readings: Sequence[ModelInput], statements: Sequence[Marked], word_ngrams: int, char_ngrams: int, min_count: int
) -> Parts:
    common = {"min_df": min_count, "sublinear_tf": True}
    texts = [r.text for r in readings]
    parts: Parts = {
        "words": TfidfVectorizer(ngram_range=(1, word_ngrams), token_pattern=WORD, **common).fit(texts),
        "characters": CountVectorizer(analyzer="char_wb", ngram_range=(2, char_ngrams), min_df=min_count).fit(texts),
        "company": TfidfVectorizer(token_pattern=WORD, **common).fit([_company(r) for r in readings]),
    }
    parts["character_weights"] = TfidfTransformer(sublinear_tf=True).fit(_characters(parts, texts))
    for name, marks in (("cues", statement_marks), ("topics", topic_marks)):
        vectorizer = TfidfVectorizer(token_pattern=r"\S+", lowercase=False, **common)
        parts[name] = vectorizer.fit([f"any {marks(s)}" for s in statements])
    return parts


def statement_features(
    parts: Parts, readings: Sequence[ModelInput], statements: Sequence[Marked], company_weight: float
) -> tuple[csr_matrix, csr_matrix]:
    """One row per statement: all that is known of it; and only what it is about, whoever says it how."""
    texts = [r.text for r in readings]
    words = parts["words"].transform(texts)
    characters = parts["character_weights"].transform(_characters(parts, texts))
    company = parts["company"].transform([_company(r) for r in readings]) * company_weight
    cues = parts["cues"].transform([f"any {statement_marks(s)}" for s in statements])
    topics = parts["topics"].transform([f"any {topic_marks(s)}" for s in statements])
    everything = hstack([words, characters, company, cues], format="csr")
    return everything, hstack([words, characters, topics], format="csr")


def _company(reading: ModelInput) -> str:
    return f"{reading.company} company"  # never an empty vocabulary


def _characters(parts: Parts, texts: Sequence[str]) -> csr_matrix:
    """Counts of character n-grams, which lie within words: each different word is read once."""
    split = [text.split() for text in texts]
    places: dict[str, int] = {}
    columns = [places.setdefault(word, len(places)) for word in chain.from_iterable(split)]
    ends = np.cumsum([0, *(len(words) for words in split)])
    member = csr_matrix((np.ones(len(columns)), columns, ends), shape=(len(split), max(1, len(places))))
    counts: csr_matrix = member @ parts["characters"].transform(places or [""])
    return counts
