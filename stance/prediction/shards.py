"""Items cut into shards, and shards worked on by one process or several; knows nothing of models.

An engine takes shards and gives their parts, in order. `work` labels a shard and writes its part; one that
runs in other processes gets a function that makes `work` there, since a model is loaded where it is used.
Another engine (a cluster's) is another function of this shape.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from multiprocessing.connection import wait
from typing import Any

from stance.errors import StanceError
from stance.prediction.outcome import Reject
from stance.schema import Article, LabelledStatement, Statement
from stance.sources import Place

SHARD_SIZE = 2000  # items; what a crash costs at most, and what is held in memory, a few times over
SHARD_CHARACTERS = 1_000_000  # of text; articles are longer than statements, and one shard is one step of progress
SHARDS_AHEAD = 2  # shards that wait for a worker, beside those being worked on
DEATHS_IN_COMPANY = 2  # of workers while a shard was under way, until it is worked on alone
DEATHS_ALONE = 100  # of workers over one shard, until the run ends: not single items are at fault then

Item = tuple[Place, Article | Statement]


@dataclass(frozen=True)
class Shard:
    """A stretch of the input."""

    number: int
    items: tuple[Item, ...]
    trial: bool = False  # work on it and write nothing: does the worker live?


@dataclass(frozen=True)
class Part:
    """What became of a shard: a file in the folder of parts, and what to say of it."""

    number: int
    name: str
    items: int
    rows: int
    size: int  # bytes
    sha256: str
    extracted: int
    unresolved: int
    rejects: tuple[Reject, ...]
    kept: tuple[LabelledStatement, ...] = ()  # the rows themselves, where the caller asked for them


Work = Callable[[Shard], Part]


def cut(items: Iterable[Item], size: int) -> Iterator[Shard]:
    """Shards of `size` items, or fewer where these hold more than `SHARD_CHARACTERS`; the last is what is left."""
    held: list[Item] = []
    characters = number = 0
    for item in items:
        held.append(item)
        characters += len(item[1].text)
        if len(held) == size or characters >= SHARD_CHARACTERS:
            yield Shard(number, tuple(held))
            held, characters, number = [], 0, number + 1
    if held:
        yield Shard(number, tuple(held))


def in_process(work: Work, shards: Iterable[Shard]) -> Iterator[Part]:
    """Work on the shards here, one after the other."""
    yield from map(work, shards)


def in_workers(start: Callable[[], Work], shards: Iterable[Shard], jobs: int) -> Iterator[Part]:
    """Work on the shards in `jobs` processes, each of which calls `start` once; parts come in the shards' order.

    A worker that dies is replaced and its shard done again. A shard over which workers keep dying is worked
    on alone; items that kill the worker even then become rejects of its part. What `start` and `work` raise
    is raised here. When this process dies, however it dies, the workers end at once.
    Raises `StanceError` where workers die and no item is at fault.
    """
    source = iter(shards)
    under_way: deque[tuple[Shard, Future[Part]]] = deque()
    deaths: Counter[int] = Counter()
    pool = _pool(start, jobs)
    try:
        while True:
            while len(under_way) < jobs + SHARDS_AHEAD and (shard := next(source, None)) is not None:
                under_way.append((shard, _submit(pool, shard)))
            if not under_way:
                return
            shard, future = under_way[0]
            try:
                part = future.result()
            except BrokenProcessPool:
                pool.shutdown()
                deaths.update([s.number for s, f in under_way if f.exception() is not None][:jobs])
                if deaths[shard.number] >= DEATHS_IN_COMPANY:
                    under_way.popleft()
                    yield _alone(start, shard)
                pool = _pool(start, jobs)
                under_way = deque((s, f if f.exception() is None else _submit(pool, s)) for s, f in under_way)
            else:
                under_way.popleft()
                yield part
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _alone(start: Callable[[], Work], shard: Shard) -> Part:
    """Work on a shard over which workers died, each attempt in a process of its own; killers become rejects."""
    try:
        return _attempt(start, shard)
    except BrokenProcessPool:
        pass
    if not _survives(start, replace(shard, items=())):
        raise StanceError("a worker dies as it starts; is there memory for one more model? --jobs 1 needs one only")
    fatal = _fatal_items(start, shard)
    try:
        part = _attempt(start, replace(shard, items=tuple(item for item in shard.items if item not in fatal)))
    except BrokenProcessPool:
        raise StanceError(f"workers die over shard {shard.number}, and not over any one item of it") from None
    reason = "the process that labelled it died"
    return replace(part, rejects=(*part.rejects, *(Reject(place.path, place.line, "", reason) for place, _ in fatal)))


def _fatal_items(start: Callable[[], Work], shard: Shard) -> list[Item]:
    """The items that kill a worker, found by halving."""
    fatal: list[Item] = []
    suspects = [shard.items]
    deaths = 0
    while suspects:
        items = suspects.pop()
        if _survives(start, Shard(shard.number, items, trial=True)):
            continue
        deaths += 1
        if deaths > DEATHS_ALONE:
            raise StanceError(f"{deaths} workers died over shard {shard.number}; is there memory enough?")
        if len(items) == 1:
            fatal += items
        else:
            middle = len(items) // 2
            suspects += [items[middle:], items[:middle]]
    return fatal


def _survives(start: Callable[[], Work], shard: Shard) -> bool:
    try:
        _attempt(start, replace(shard, trial=True))
    except BrokenProcessPool:
        return False
    return True


def _attempt(start: Callable[[], Work], shard: Shard) -> Part:
    with _pool(start, 1) as pool:
        return pool.submit(_work_on, shard).result()


def _pool(start: Callable[[], Work], jobs: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), _begin, (start,))


def _submit(pool: ProcessPoolExecutor, shard: Shard) -> Future[Part]:
    """As `pool.submit`; where the pool is broken already the future says so."""
    try:
        return pool.submit(_work_on, shard)
    except BrokenProcessPool as error:
        broken: Future[Part] = Future()
        broken.set_exception(error)
        return broken


_here: dict[str, Any] = {}  # of a worker: "start", and "work" once that was called


def _begin(start: Callable[[], Work]) -> None:
    """Set up a worker; what can fail is left to `_work_on`, whose errors are handed over."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # ends it at once, without a traceback
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _here["start"] = start


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _work_on(shard: Shard) -> Part:
    if "work" not in _here:
        _here["work"] = _here["start"]()
    work: Work = _here["work"]
    return work(shard)
