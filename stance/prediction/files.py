"""The two jobs on files: label what they hold, or only take articles apart."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from stance.errors import InputError, StanceError
from stance.extraction import Extractor
from stance.extraction.scoring import is_unresolved
from stance.models.bundle import folder_digest, package_version
from stance.pipeline import StanceModel
from stance.prediction.labelling import Labelling, LoadedPartWriter, PartWriter
from stance.prediction.outcome import Outcome, Reject
from stance.prediction.output import Output, Run, running
from stance.prediction.shards import SHARD_SIZE, Item, Part, Shard, cut, in_process, in_workers
from stance.report import check_output, write_statements
from stance.schema import Article, LabelledStatement, Statement
from stance.sources import input_files, read_located
from stance.threads import threads


def predict_files(
    inputs: Sequence[str | Path],
    model: StanceModel,
    output: str | Path,
    *,
    jobs: int = 1,
    resume: bool = False,
    shard_size: int = SHARD_SIZE,
    format: str | None = None,
    on_row: Callable[[LabelledStatement], None] | None = None,
    on_items: Callable[[int], object] = lambda count: None,
) -> Outcome:
    """Label every statement in the inputs and write the rows to `output`, a file or a folder of parts.

    `jobs` processes label, each with one thread and a model of its own, 0 for one per core; the output is the
    same for any number, byte for byte. What a run that was cut short has done stays, and `resume` goes on
    with it. `format` is that of a folder's parts. `on_row` gets every row that this run labels, in order;
    `on_items` how many more articles and statements are done. With `-` rows go to standard output as JSONL,
    from this process, and nothing can be gone on with.

    An input, row or statement that fails is counted and kept in the `Outcome`, and named in the file
    `OUTPUT.rejects.jsonl`; the others are written. Where all fail nothing is written and the first failure
    is raised.
    Raises `StanceError` for an output that cannot be written, that holds an input or what is not ours, for
    an unfinished run there without `resume`, and with it for one of other settings.
    """
    place = output_of(inputs, model, output, jobs=jobs, resume=resume, format=format)
    if place is None:
        return _to_stdout(inputs, model, on_row, on_items)
    jobs = jobs or cores()
    settings = _settings(inputs, model, place, shard_size)
    outcome = Outcome()
    # One thread whatever `jobs` is: several add numbers up in another order, and so not to the last digit alike.
    with threads(1), running(place, settings, resume=resume) as run:
        writer = PartWriter(
            model, place.parts, place.notes, place.ending, on_row is not None, on_item=lambda: on_items(1)
        )
        shards = _shards(inputs, run, outcome, shard_size, on_items)
        try:
            for part in _parts(writer, shards, jobs, on_items):
                run.add(part)
                for row in part.kept:
                    if on_row is not None:
                        on_row(row)
            _count(run, outcome)
            if outcome.failed and not outcome.articles and not outcome.statements:
                run.forget()
                raise outcome.failures[0]
            outcome.rejects = run.finish(writer.columns, settings)
        except StanceError as error:
            if run.parts:
                raise StanceError(f"{error}; what is done is kept, and --resume goes on with it") from error
            raise
    return outcome


def extract_files(
    inputs: Sequence[str | Path],
    output: str | Path,
    extractor: Extractor,
    *,
    on_row: Callable[[Statement], None] = lambda row: None,
) -> Outcome:
    """Write the statements of every article in the inputs to `output`, a file or `-`, in one pass.

    An input that fails is counted and kept in the `Outcome`, the others are written; where all fail nothing
    is written and the first failure is raised.
    """
    outcome = Outcome()
    check_output(output)

    def statements() -> Iterator[Statement]:
        for place, item in _articles_counted(read_located(inputs, on_error=outcome.fail), outcome):
            if isinstance(item, Statement):
                problem = "is a statement already; extract takes articles"
                outcome.fail(InputError(place.path, place.line, problem=problem))
                continue
            for statement in extractor.extract(item):
                outcome.extracted += 1
                outcome.unresolved += is_unresolved(statement)
                on_row(statement)
                yield statement
        _raise_if_all_failed(outcome, outcome.extracted)

    outcome.statements = write_statements(statements(), output)
    return outcome


def output_of(
    inputs: Sequence[str | Path],
    model: StanceModel,
    output: str | Path,
    *,
    jobs: int,
    resume: bool,
    format: str | None,
) -> Output | None:
    """The place to predict into, None for standard output; raises `StanceError` where that cannot be done."""
    if resume and "-" in map(str, inputs):
        raise StanceError("--resume: standard input cannot be read a second time; save it to a file first")
    if jobs != 1 and model.origin is None:
        raise StanceError("jobs: a model that was not loaded from a folder labels in one process only")
    if str(output) == "-":
        for option, is_set in (
            ("--resume", resume),
            ("--jobs", jobs != 1),
            ("--format", format not in (None, "jsonl")),
        ):
            if is_set:
                raise StanceError(f"{option}: needs a file or folder as output, not standard output")
        return None
    place = Output.at(output, format)
    place.check(input_files(inputs), resume=resume)
    return place


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0))


def _to_stdout(
    inputs: Sequence[str | Path],
    model: StanceModel,
    on_row: Callable[[LabelledStatement], None] | None,
    on_items: Callable[[int], object],
) -> Outcome:
    outcome = Outcome()
    items = _articles_counted(read_located(inputs, on_error=outcome.fail), outcome)
    labelling = Labelling(model, items, on_item=lambda: on_items(1))

    def rows() -> Iterator[LabelledStatement]:
        for row in labelling.rows():
            outcome.statements += 1
            if on_row is not None:
                on_row(row)
            yield row
        for reject in labelling.rejects:
            outcome.fail(reject.error())
        _raise_if_all_failed(outcome, outcome.statements)

    write_statements(rows(), "-")
    outcome.extracted, outcome.unresolved = labelling.extracted, labelling.unresolved
    return outcome


def _shards(
    inputs: Sequence[str | Path], run: Run, outcome: Outcome, size: int, on_items: Callable[[int], object]
) -> Iterator[Shard]:
    """The shards that are still to be done."""

    def failed(error: StanceError) -> None:
        outcome.fail(error)
        run.reject(Reject.of(error))
        on_items(1)

    for shard in cut(_articles_counted(read_located(inputs, on_error=failed), outcome), size):
        if shard.number in run.parts:
            on_items(len(shard.items))
        else:
            run.begin_part()
            yield shard


def _parts(writer: PartWriter, shards: Iterator[Shard], jobs: int, on_items: Callable[[int], object]) -> Iterator[Part]:
    """The parts of all shards, in order, by this process or by `jobs` others."""
    if jobs == 1 or writer.model.origin is None:
        yield from in_process(writer, shards)
        return
    start = LoadedPartWriter(writer.model.origin, writer.folder, writer.unfinished, writer.ending, writer.keep_rows)
    for part in in_workers(start, shards, jobs):
        on_items(part.items)
        yield part


def _count(run: Run, outcome: Outcome) -> None:
    """Add up all parts, those of an earlier run included."""
    for number in sorted(run.parts):
        part = run.parts[number]
        outcome.statements += part.rows
        outcome.extracted += part.extracted
        outcome.unresolved += part.unresolved
        for reject in part.rejects:
            outcome.fail(reject.error())


def _articles_counted(items: Iterable[Item], outcome: Outcome) -> Iterator[Item]:
    for item in items:
        outcome.articles += isinstance(item[1], Article)
        yield item


def _raise_if_all_failed(outcome: Outcome, written: int) -> None:
    if outcome.failed and not outcome.articles and not written:
        raise outcome.failures[0]


def _settings(inputs: Sequence[str | Path], model: StanceModel, place: Output, shard_size: int) -> dict[str, Any]:
    """All that the rows, their order and the parts depend on, as plain data."""
    origin = model.origin
    extractor, speakers = (origin.extractor, origin.speakers) if origin else (None, None)
    return {
        "inputs": [os.fsencode(path).decode("utf-8", "backslashreplace") for path in inputs],
        "input_files": _state_of(input_files(inputs)),
        "model": model.name,
        "model_sha256": folder_digest(origin.folder) if origin else "",
        "extractor": model.extractor.name,
        "extractor_sha256": folder_digest(extractor) if isinstance(extractor, Path) else "",
        "speakers_sha256": hashlib.sha256(Path(speakers).read_bytes()).hexdigest() if speakers else "",
        "abstain_below": model.abstain_below,
        "precision": origin.precision if origin else None,
        "shard_size": shard_size,
        "format": place.ending.lstrip("."),
        "package_version": package_version(),
    }


def _state_of(files: Sequence[Path]) -> str:
    """Number, and sha256 over names, sizes and times of change; what is inside is not read."""
    digest = hashlib.sha256()
    for file in files:
        try:
            status = os.stat(file)
            state = f"{status.st_size} {status.st_mtime_ns}"
        except (OSError, ValueError):
            state = "missing"
        digest.update(os.fsencode(file) + f"\0{state}\n".encode())
    return f"{len(files)} of sha256 {digest.hexdigest()}"
