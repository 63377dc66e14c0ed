"""What the token head learns and says: where condition spans begin, run and end, and of which label they are."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from stance.tasks import CONDITIONS

EDGES = ("inside", "first", "last")  # of a span of any label
TOKEN_COLUMNS = (*EDGES, *CONDITIONS.labels)  # of every array of token logits or targets; labels: inside one of it
LABEL_SLACK = 2.0  # logits a label may fall below its maximum inside its own span; 1 to 3 did alike on dev


def token_targets(n_tokens: int, spans: Iterable[tuple[str, NDArray[np.int64]]]) -> NDArray[np.float32]:
    """Targets of 0 and 1, shape (n_tokens, n_token_columns), of spans given as label and token rows."""
    targets = np.zeros((n_tokens, len(TOKEN_COLUMNS)), dtype=np.float32)
    for label, rows in spans:
        targets[rows, EDGES.index("inside")] = targets[rows, TOKEN_COLUMNS.index(label)] = 1.0
        targets[rows[:1], EDGES.index("first")] = targets[rows[-1:], EDGES.index("last")] = 1.0
    return targets


def best_runs(logits: NDArray[np.float64]) -> NDArray[np.int64]:
    """Per condition label its likeliest span, shape (n_labels, 2): first and last row of `logits`.

    `logits` has shape (n_tokens, n_token_columns), n_tokens > 0. Linear in n_tokens.
    """
    inside, opens, closes, own = np.split(logits, (1, 2, len(EDGES)), axis=1)
    # Every token of a run is inside a span, and one of this label unless the label is much surer elsewhere;
    # none but its first token opens a span, none but its last one closes one.
    gain = inside + np.minimum(0.0, own - own.max(axis=0) + LABEL_SLACK)
    gain -= np.logaddexp(0.0, opens) + np.logaddexp(0.0, closes)
    n_labels = own.shape[1]
    total, best = np.full(n_labels, -np.inf), np.full(n_labels, -np.inf)
    start, runs = np.zeros(n_labels, dtype=np.int64), np.zeros((n_labels, 2), dtype=np.int64)
    for i in range(len(logits)):  # the best run that ends here, for all labels at once (after Kadane)
        fresh = total <= opens[i]
        start[fresh] = i
        total = np.where(fresh, opens[i], total) + gain[i]
        better = total + closes[i] > best
        best[better] = (total + closes[i])[better]
        runs[better, 0], runs[better, 1] = start[better], i
    return runs
