"""How many threads the math libraries use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def threads(wanted: int) -> Iterator[None]:
    """Keep every math library to `wanted` threads, 0 for one per core; torch reads it when it loads."""
    from threadpoolctl import threadpool_limits

    count = wanted or len(os.sched_getaffinity(0))
    before = os.environ.get("OMP_NUM_THREADS")
    os.environ["OMP_NUM_THREADS"] = str(count)
    try:
        with threadpool_limits(count):
            yield
    finally:
        os.environ.pop("OMP_NUM_THREADS") if before is None else os.environ.update(OMP_NUM_THREADS=before)
