"""Work on shards that needs no model and dies on demand; a module of its own, since workers import it."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path

from stance.errors import StanceError
from stance.prediction.shards import Part, Shard


@dataclass(frozen=True)
class Writer:
    """Writes the texts of a shard in capitals, a line each."""

    folder: Path

    def __call__(self, shard: Shard) -> Part:
        lines = []
        for _, item in shard.items:
            if item.text == "dies once" and not (self.folder / "died").exists():
                (self.folder / "died").touch()
                os.kill(os.getpid(), signal.SIGKILL)
            if item.text == "dies":
                os.kill(os.getpid(), signal.SIGKILL)
            if item.text == "dies in company" and len(shard.items) > 1:
                os.kill(os.getpid(), signal.SIGKILL)
            if item.text == "full disk":
                raise StanceError("no space left")
            if item.text == "parent dies":
                os.kill(os.getppid(), signal.SIGKILL)
                signal.pause()
            lines.append(item.text.upper())
        name = f"part-{shard.number}"
        if not shard.trial:
            (self.folder / name).write_text("".join(f"{line}\n" for line in lines))
        return Part(shard.number, name, len(shard.items), len(lines), 0, "", 0, 0, ())


@dataclass(frozen=True)
class Start:
    """Makes a `Writer` in a worker."""

    folder: Path
    fails: str = ""

    def __call__(self) -> Writer:
        if self.fails == "dies":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.fails:
            raise StanceError(self.fails)
        return Writer(self.folder)
