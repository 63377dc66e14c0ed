"""What a prediction would do: everything read and checked, little labelled, nothing written."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from stance.pipeline import StanceModel
from stance.prediction.files import cores, output_of
from stance.prediction.labelling import Labelling
from stance.prediction.outcome import Outcome
from stance.prediction.shards import SHARD_SIZE, Item, cut
from stance.schema import Article
from stance.sources import input_files, read_located
from stance.threads import threads

SAMPLE = 256  # statements that are labelled to see how fast that goes
WARM_UP = 16  # statements labelled before, which a model's first batch makes slow


@dataclass
class DryRun:
    """What is in the inputs, and about how long labelling it takes."""

    files: int
    jobs: int
    outcome: Outcome = field(default_factory=Outcome)  # its `statements` would be labelled
    shards: int = 0
    reading_seconds: float = 0.0
    extraction_seconds: float = 0.0
    statements_per_second: float = 0.0  # labelled by one process; 0 where there is none to label

    @property
    def seconds(self) -> float:
        """The estimate: one process reads, `jobs` extract and label."""
        labelling = self.outcome.statements / self.statements_per_second if self.statements_per_second else 0.0
        return max(self.reading_seconds, (self.extraction_seconds + labelling) / self.jobs)


def dry_run(
    inputs: Sequence[str | Path],
    model: StanceModel,
    output: str | Path,
    *,
    jobs: int = 1,
    resume: bool = False,
    shard_size: int = SHARD_SIZE,
    format: str | None = None,
    on_items: Callable[[int], object] = lambda count: None,
) -> DryRun:
    """Read and check all inputs, extract the statements of articles, and label the first few hundred.

    What fails is in `DryRun.outcome`, as with `predict_files`; where all inputs fail the first failure is raised.
    Raises `StanceError` where `predict_files` would before it begins.
    """
    output_of(inputs, model, output, jobs=jobs, resume=resume, format=format)
    done = DryRun(len(input_files(inputs)), jobs or cores())
    outcome, sample = done.outcome, list[Item]()
    reading = _Timed(read_located(inputs, on_error=outcome.fail))
    started = time.perf_counter()
    for shard in cut(reading, shard_size):
        labelling = Labelling(model, shard.items, on_item=lambda: on_items(1))
        for located in labelling.statements():
            outcome.statements += 1
            if len(sample) < SAMPLE:
                sample.append(located)
        outcome.articles += sum(isinstance(item, Article) for _, item in shard.items)
        outcome.extracted += labelling.extracted
        outcome.unresolved += labelling.unresolved
        done.shards += 1
        for reject in labelling.rejects:
            outcome.fail(reject.error())
    done.reading_seconds = reading.seconds
    done.extraction_seconds = time.perf_counter() - started - reading.seconds
    if outcome.failed and not outcome.articles and not outcome.statements:
        raise outcome.failures[0]
    if sample:
        with threads(1):
            deque(Labelling(model, sample[:WARM_UP]).rows(), maxlen=0)
            labelling = Labelling(model, sample)
            started = time.perf_counter()
            deque(labelling.rows(), maxlen=0)
        done.statements_per_second = len(sample) / (time.perf_counter() - started)
        for reject in labelling.rejects:
            outcome.fail(reject.error())
    return done


class _Timed:
    """Items, and the seconds that getting them took."""

    def __init__(self, items: Iterator[Item]) -> None:
        self.items = items
        self.seconds = 0.0

    def __iter__(self) -> Iterator[Item]:
        return self

    def __next__(self) -> Item:
        started = time.perf_counter()
        try:
            return next(self.items)
        finally:
            self.seconds += time.perf_counter() - started
