"""What the token head learns and says: where condition spans begin, run and end, and of which label they are."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from stance.tasks import CONDITIONS

EDGES = ("first", "last")  # of a span of any label
TOKEN_COLUMNS = (*EDGES, *CONDITIONS.labels)  # of every array of token logits or targets; labels: inside one of it
EDGE_WEIGHT = 0.5  # of the edges' logits beside the label's own; 0.25 to 1 did alike on dev
SPAN_DEPTHS = (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6)  # tried on dev; see `best_runs`
DEFAULT_DEPTH = 0.4


def token_targets(n_tokens: int, spans: Iterable[tuple[str, NDArray[np.int64]]]) -> NDArray[np.float32]:
    """Targets of 0 and 1, shape (n_tokens, n_token_columns), of spans given as label and token rows."""
    targets = np.zeros((n_tokens, len(TOKEN_COLUMNS)), dtype=np.float32)
    for label, rows in spans:
        targets[rows, TOKEN_COLUMNS.index(label)] = 1.0
        targets[rows[:1], EDGES.index("first")] = targets[rows[-1:], EDGES.index("last")] = 1.0
    return targets


def best_runs(logits: NDArray[np.float64], depth: float = DEFAULT_DEPTH) -> NDArray[np.int64]:
    """Per condition label its likeliest span, shape (n_labels, 2): first and last row of `logits`.

    `logits` has shape (n_tokens, n_token_columns), n_tokens > 0. A token speaks for a label's span while its
    logit is in the upper `depth`, in [0, 1], of the stretch between the label's lowest and highest one here:
    the span is that of the label wherever it lies, whether or not the label applies. Linear in n_tokens.
    """
    opens, closes, own = np.split(logits, (1, len(EDGES)), axis=1)
    opens, closes = EDGE_WEIGHT * opens, EDGE_WEIGHT * closes
    highest, lowest = own.max(axis=0), own.min(axis=0)
    # None but a run's first token opens a span, none but its last one closes one.
    gain = own - highest + depth * (highest - lowest)
    gain -= EDGE_WEIGHT * (np.logaddexp(0.0, opens / EDGE_WEIGHT) + np.logaddexp(0.0, closes / EDGE_WEIGHT))
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
