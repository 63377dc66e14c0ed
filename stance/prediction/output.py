"""Where predictions end up, and the folder in which a run that was cut short can be gone on with.

A file `OUT.csv` is made of the parts in `.OUT.csv.parts/` beside it, which vanishes at the end. A folder `OUT`
holds its parts itself, its `.parts/` only the notes of the run, and at the end `manifest.json`.

`.parts` holds `run.json`, written first: what the run depends on; `part-00000.json` and so on, each written
after its part: what is done; `rejects`: what could not be read, anew in every attempt; and what is unfinished.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO, Any

from stance.errors import InputError, StanceError
from stance.prediction.outcome import Reject
from stance.prediction.shards import Part
from stance.report import JOINERS, WRITERS
from stance.report.files import PARTIAL, check_is_no_device, replacing, unwritable, write_json
from stance.report.rows import Columns

MANIFEST, RUN, LOCK, READING = "manifest.json", "run.json", "lock", "rejects"
PARTS, REJECTS = ".parts", ".rejects.jsonl"
MANIFEST_VERSION = 1
_PART = re.compile(r"part-\d{5,}\.(?:jsonl|csv|parquet)")
_NOTE = re.compile(r"part-\d{5,}\.json")
_OF_A_RUN = re.compile(rf"{_PART.pattern}|{_NOTE.pattern}|{LOCK}|{READING}|\..*{re.escape(PARTIAL)}")


@dataclass(frozen=True)
class Output:
    """A file or folder to predict into."""

    path: Path  # links followed
    ending: str  # of `WRITERS`: the format
    is_folder: bool

    @classmethod
    def at(cls, output: str | Path, format: str | None = None) -> Output:
        """The place a user names: a known ending is a file, no ending, a slash at the end or a folder a folder.

        `format` is that of a folder's parts: jsonl, csv or parquet.
        Raises `InputError` for other endings, and for a file whose ending is not `format`.
        """
        check_is_no_device(output)
        path = Path(os.path.realpath(output))
        ending = Path(output).suffix.lower()
        folder = os.path.isdir(path) or str(output).endswith(os.sep)
        if folder or not ending:
            if path.exists() and not path.is_dir():
                raise InputError(output, problem="is a file, and not of a known ending", allowed=WRITERS)
            wanted = f".{format or 'jsonl'}"
            if wanted not in WRITERS:
                raise InputError(output, problem=f"no format {format!r}", allowed=[e.lstrip(".") for e in WRITERS])
            return cls(path, wanted, is_folder=True)
        if ending not in WRITERS:
            allowed = [*WRITERS, "a folder by no ending or a slash at the end", "- for JSONL on standard output"]
            raise InputError(output, problem=f"cannot write files ending in {ending!r}", allowed=allowed)
        if format and ending != f".{format}":
            raise InputError(output, problem=f"a file's ending is its format, and --format says {format}")
        return cls(path, ending, is_folder=False)

    @property
    def notes(self) -> Path:
        """The folder of the run's notes."""
        return self.path / PARTS if self.is_folder else self.path.with_name(f".{self.path.name}{PARTS}")

    @property
    def parts(self) -> Path:
        """The folder that the parts are written into."""
        return self.path if self.is_folder else self.notes

    @property
    def unfinished(self) -> Path:
        """What to delete to be rid of a run that was cut short."""
        return self.path if self.is_folder else self.notes

    @property
    def rejects(self) -> Path:
        """The file that names what could not be used; absent where there is nothing."""
        return self.path.with_name(self.path.name + REJECTS)

    def check(self, inputs: Sequence[Path], *, resume: bool) -> None:
        """Raise `StanceError` where a run could not be begun, or with `resume` not be gone on with, here."""
        for file in inputs:
            place = _real(file)
            if place == self.path:
                raise InputError(self.path, problem="is an input; name another place for the output")
            if self.is_folder and self.path in place.parents:
                raise InputError(self.path, problem=f"holds the input {file}; name another place for the output")
            if place == self.rejects:
                raise InputError(file, problem="is where rejects are written, and cannot be an input")
        if self.is_folder and self.path.is_dir() and not self._is_ours():
            problem = "is not empty and holds no prediction; name a new folder or an empty one"
            raise InputError(self.path, problem=problem)
        self._check_names()
        if not resume and self._done_notes():
            raise StanceError(
                f"{self.path}: a run into it was cut short; --resume goes on with it, deleting {self.unfinished}"
                " starts over"
            )

    def _check_names(self) -> None:
        """Raise `InputError` where what is written beside the output could not be, or is not ours to replace."""
        try:
            self.rejects.name.encode()
        except UnicodeEncodeError:
            raise InputError(self.path, problem="the output's name is not valid Unicode; give another") from None
        for place in (self.rejects, self.notes):
            if os.path.isdir(self.path.parent) and len(place.name.encode()) > os.pathconf(
                self.path.parent, "PC_NAME_MAX"
            ):
                raise InputError(self.path, problem=f"the name is too long: {place.name[-20:]} is put to it")
        if self.rejects.is_dir():
            raise InputError(self.rejects, problem="is a folder; the file of rejects is written there")
        check_is_no_device(self.rejects)
        notes = self.notes
        if notes.is_symlink() or (notes.exists() and not notes.is_dir()):
            raise InputError(notes, problem="is in the way of a run's notes; remove it")
        if notes.is_dir() and not (notes / RUN).is_file():
            foreign = sorted(name for name in os.listdir(notes) if not _OF_A_RUN.fullmatch(name))
            if foreign:
                raise InputError(notes, problem=f"holds {foreign[0]!r}, no notes of a run; remove the folder")

    def _is_ours(self) -> bool:
        if not set(os.listdir(self.path)) - {PARTS} or (self.notes / RUN).is_file():
            return True
        try:
            manifest = json.loads((self.path / MANIFEST).read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return False
        return isinstance(manifest, dict) and {"manifest_version", "model", "parts"} <= manifest.keys()

    def _done_notes(self) -> list[Path]:
        if not (self.notes / RUN).is_file():
            return []
        return sorted(path for path in self.notes.iterdir() if _NOTE.fullmatch(path.name))


def _real(file: Path) -> Path:
    """The file without links; itself where its name can be none."""
    try:
        return Path(os.path.realpath(file))
    except ValueError:  # a NUL
        return file


class Run:
    """A run that writes into an `Output`: its notes, its parts, and how it ends."""

    def __init__(self, output: Output, rejects: IO[str]) -> None:
        self.output = output
        self._rejects = rejects  # of reading
        self.parts: dict[int, Part] = {}

    def begin_part(self) -> None:
        """A part is about to be written: from here on the folder is no longer what it was before."""
        if self.output.is_folder:
            (self.output.path / MANIFEST).unlink(missing_ok=True)

    def reject(self, reject: Reject) -> None:
        """Note what could not be read."""
        try:
            self._rejects.write(_line(reject))
        except OSError as error:
            raise unwritable(self.output.rejects, error) from error

    def add(self, part: Part) -> None:
        """Note that a part is done."""
        part = replace(part, kept=())
        write_json(asdict(part), self.output.notes / f"{Path(part.name).stem}.json")
        self.parts[part.number] = part

    def finish(self, columns: Columns, about: Mapping[str, Any]) -> Path | None:
        """Make the output of the parts; returns the file of rejects where there are any.

        `about` is what a folder's manifest says beside its parts.
        """
        output = self.output
        parts = [self.parts[number] for number in sorted(self.parts)]
        rejects = self._write_rejects(parts)
        if output.is_folder:
            names = {part.name for part in parts}
            for path in output.path.iterdir():
                if _PART.fullmatch(path.name) and path.name not in names:
                    path.unlink()
            write_json(
                {
                    "manifest_version": MANIFEST_VERSION,
                    **about,
                    "rows": sum(part.rows for part in parts),
                    "rejects": rejects.name if rejects else None,
                    "parts": [{k: getattr(part, k) for k in ("name", "rows", "size", "sha256")} for part in parts],
                },
                output.path / MANIFEST,
                within=output.notes,
            )
        else:
            with replacing(output.path, within=output.notes) as stream:
                JOINERS[output.ending]([output.parts / part.name for part in parts], stream, columns)
        self.discard()
        return rejects

    def discard(self) -> None:
        """Remove the notes, and for a file its parts."""
        shutil.rmtree(self.output.notes)

    def forget(self) -> None:
        """Remove the parts."""
        for part in self.parts.values():
            (self.output.parts / part.name).unlink(missing_ok=True)
        self.parts.clear()

    def abandon(self, *, is_new: bool) -> None:
        """Leave no trace of a run without parts, except in a folder that it has changed."""
        output = self.output
        holds = set(os.listdir(output.path)) - {PARTS} if output.is_folder else set()
        if holds and MANIFEST not in holds:
            return
        self.discard()
        if output.is_folder and is_new and not holds:
            output.path.rmdir()

    def _write_rejects(self, parts: Sequence[Part]) -> Path | None:
        path = self.output.rejects
        try:
            self._rejects.flush()
            if self._rejects.tell() or any(part.rejects for part in parts):
                with replacing(path, within=self.output.notes) as stream, open(self._rejects.name, "rb") as of_reading:
                    shutil.copyfileobj(of_reading, stream)
                    for part in parts:
                        stream.writelines(_line(reject).encode() for reject in part.rejects)
                return path
            path.unlink(missing_ok=True)
        except OSError as error:
            raise unwritable(path, error) from error
        return None


@contextmanager
def running(output: Output, settings: Mapping[str, Any], *, resume: bool) -> Iterator[Run]:
    """A run into `output`, gone on with where `resume` is set and there is one; nobody else has it meanwhile.

    `settings` are what the rows and their order depend on. Where the block fails and no part is done, no
    trace is left.
    Raises `StanceError` where the run to go on with had other settings.
    """
    notes = output.notes
    is_new = not output.path.exists()
    try:
        notes.mkdir(parents=True, exist_ok=True)
        lock = (notes / LOCK).open("w")
    except OSError as error:
        raise unwritable(output.path, error) from error
    with lock:
        _lock(lock, output)
        done = _done(output) if resume else {}
        if resume and (notes / RUN).is_file():
            _compare(output, settings)
            for unfinished in notes.glob(f".*{PARTIAL}"):
                unfinished.unlink()
        else:
            _start_over(output, settings)
        try:
            rejects = (notes / READING).open("w", encoding="utf-8", errors="surrogateescape")
        except OSError as error:
            raise unwritable(output.path, error) from error
        with rejects:
            run = Run(output, rejects)
            run.parts = done
            try:
                yield run
            except BaseException:
                if not run.parts and notes.exists():
                    run.abandon(is_new=is_new)
                raise


def _lock(lock: IO[str], output: Output) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise StanceError(f"{output.path}: another process is predicting into it") from None
    except OSError:  # a file system without locks
        pass


def _start_over(output: Output, settings: Mapping[str, Any]) -> None:
    """Remove what an earlier run left and write down what this one depends on."""
    for path in output.notes.iterdir():
        if path.name not in (LOCK, RUN):  # while there is the latter, the folder is known as ours
            path.unlink()
    write_json(settings, output.notes / RUN)


def _compare(output: Output, settings: Mapping[str, Any]) -> None:
    try:
        before = json.loads((output.notes / RUN).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StanceError(
            f"{output.notes / RUN}: cannot be read ({error}); deleting {output.unfinished} starts over"
        ) from None
    now = json.loads(json.dumps(settings))
    differing = [
        f"{name} ({_short(before.get(name))} then, {_short(now.get(name))} now)"
        for name in {**before, **now}
        if before.get(name) != now.get(name)
    ]
    if differing:
        raise StanceError(
            f"{output.path}: --resume: the run that was cut short had other settings: {'; '.join(differing)};"
            f" repeat its command, or delete {output.unfinished} to start over"
        )


def _short(value: object) -> str:
    said = value if isinstance(value, str) else json.dumps(value)
    return said if len(said) <= 60 else f"{said[:60]}…"


def _done(output: Output) -> dict[int, Part]:
    """The parts that are noted as done and are as they were then."""
    done: dict[int, Part] = {}
    for note in output._done_notes():
        try:
            record = json.loads(note.read_text(encoding="utf-8"))
            rejects = tuple(Reject(**reject) for reject in record["rejects"])
            part = Part(**{**record, "rejects": rejects, "kept": ()})
            with (output.parts / part.name).open("rb") as content:
                if hashlib.file_digest(content, "sha256").hexdigest() == part.sha256:
                    done[part.number] = part
        except (OSError, ValueError, TypeError, KeyError):
            continue  # it is done again
    return done


def _line(reject: Reject) -> str:
    return json.dumps(asdict(reject)) + "\n"
