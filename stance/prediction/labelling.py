"""Items in, labelled rows out; and one shard written as a part."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path

from stance.errors import InputError, StanceError
from stance.extraction.scoring import is_unresolved
from stance.pipeline import CHUNK, Origin, StanceModel
from stance.prediction.outcome import Reject
from stance.prediction.shards import Item, Part, Shard
from stance.report import WRITERS
from stance.report.files import replacing
from stance.report.rows import Columns, columns_of
from stance.schema import LabelledStatement, Statement
from stance.sources import Place

Located = tuple[Place, Statement]
LONGEST_REASON = 300  # characters of an error that is not ours


@dataclass
class Labelling:
    """Rows of some items, and what is counted on the way."""

    model: StanceModel
    items: Iterable[Item]
    on_item: Callable[[], object] = lambda: None
    extracted: int = 0
    unresolved: int = 0
    rejects: list[Reject] = field(default_factory=list)

    def rows(self) -> Iterator[LabelledStatement]:
        """The rows in order; a statement or article that cannot be labelled goes to `rejects`."""
        statements = self.statements()
        while chunk := list(islice(statements, CHUNK)):
            try:
                rows = self.model.predict(statement for _, statement in chunk)
            except Exception:  # whatever it is, it is one statement's fault until all of them fail
                rows = [row for located in chunk for row in self._alone(located)]
            yield from rows

    def statements(self) -> Iterator[Located]:
        """The statements in order, those of articles extracted."""
        for place, item in self.items:
            self.on_item()
            if isinstance(item, Statement):
                yield place, item
                continue
            try:
                found = self.model.extractor.extract(item)
            except Exception as error:  # an article may hold anything
                self._reject(place, error, "no statements can be extracted")
                continue
            self.extracted += len(found)
            self.unresolved += sum(map(is_unresolved, found))
            for statement in found:
                yield place, statement

    def _alone(self, located: Located) -> list[LabelledStatement]:
        place, statement = located
        try:
            return self.model.predict(statement)
        except Exception as error:
            self._reject(place, error, f"statement {statement.statement_id!r} cannot be labelled")
            return []

    def _reject(self, place: Place, error: Exception, what: str) -> None:
        said = str(error) if isinstance(error, StanceError) else f"{type(error).__name__}: {error}"
        self.rejects.append(Reject.of(InputError(place.path, place.line, problem=f"{what} ({said[:LONGEST_REASON]})")))


@dataclass(frozen=True)
class PartWriter:
    """Labels a shard and writes its part: what every engine calls, in whichever process."""

    model: StanceModel
    folder: Path  # of the parts
    unfinished: Path  # folder for what is being written
    ending: str
    keep_rows: bool = False
    on_item: Callable[[], object] = lambda: None

    @cached_property
    def columns(self) -> Columns:
        """The flat columns of every row of this model."""
        return columns_of(self.model.predict("No."))

    def __call__(self, shard: Shard) -> Part:
        labelling = Labelling(self.model, shard.items, self.on_item)
        kept: list[LabelledStatement] = []
        if shard.trial:
            rows = sum(1 for _ in labelling.rows())
            return Part(shard.number, "", len(shard.items), rows, 0, "", 0, 0, ())
        path = self.folder / part_name(shard.number, self.ending)
        with replacing(path, within=self.unfinished) as stream:
            written = self._kept(labelling.rows(), kept) if self.keep_rows else labelling.rows()
            rows = WRITERS[self.ending](written, stream, self.columns)
        with path.open("rb") as content:
            sha256 = hashlib.file_digest(content, "sha256").hexdigest()
        return Part(
            number=shard.number,
            name=path.name,
            items=len(shard.items),
            rows=rows,
            size=path.stat().st_size,
            sha256=sha256,
            extracted=labelling.extracted,
            unresolved=labelling.unresolved,
            rejects=tuple(labelling.rejects),
            kept=tuple(kept),
        )

    @staticmethod
    def _kept(rows: Iterable[LabelledStatement], kept: list[LabelledStatement]) -> Iterator[LabelledStatement]:
        for row in rows:
            kept.append(row)
            yield row


@dataclass(frozen=True)
class LoadedPartWriter:
    """Makes a `PartWriter` in another process, where the model is loaded again."""

    origin: Origin
    folder: Path
    unfinished: Path
    ending: str
    keep_rows: bool = False

    def __call__(self) -> PartWriter:
        return PartWriter(self.origin.load(), self.folder, self.unfinished, self.ending, self.keep_rows)


def part_name(number: int, ending: str) -> str:
    return f"part-{number:05d}{ending}"
