"""Is anything lost, repeated or changed when prediction is killed, and how much memory does it take?

    python experiments/crash_safety/run.py --model models/baseline

Kills main and worker processes at random moments and goes on with --resume until the output is there, then
compares it with that of a run left alone; labels many statements and notes each process's peak memory.
Writes result.md.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from typing import Annotated

import typer

HERE = Path(__file__).resolve().parent
CORPUS = HERE.parents[1] / "seeds" / "written" / "statements.jsonl"
FIELDS = ("text", "context", "speaker", "speaker_id", "side", "target", "quotation", "date")
SHARD, JOBS = 100, 2
ENDINGS = ("jsonl", "csv", "parquet")


@dataclass
class Kills:
    """What was killed, and what became of the outputs."""

    killed: Counter[str] = field(default_factory=Counter)
    outputs: int = 0
    lost: int = 0
    repeated: int = 0
    differing: int = 0
    left_over: int = 0


def statements(count: int) -> Iterator[str]:
    """JSON lines of statements from the corpus, over and over, each with an id of its own."""
    rows = [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]
    for number, row in enumerate(islice(cycle(rows), count)):
        kept = {name: row[name] for name in FIELDS} | {"statement_id": f"s{number}"}
        yield json.dumps(kept, ensure_ascii=False) + "\n"


def started(source: Path, output: Path, model: Path, *options: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "stance", "predict", source, "--model", model, "--output", output, *options]
    return subprocess.Popen(command, stderr=subprocess.DEVNULL)


def workers(main: int) -> list[int]:
    """The processes of `main` that label."""
    try:
        children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
        return [int(child) for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def killed_again_and_again(
    source: Path, folder: Path, model: Path, ending: str, count: int, draw: random.Random, found: Kills
) -> Path:
    """An output whose run was killed `count` times, then left to end."""
    output = folder / f"killed-{found.outputs}.{ending}"
    options = ("--shard-size", str(SHARD), "--jobs", str(JOBS), "--resume")
    notes = folder / f".{output.name}.parts"
    while count:
        process = started(source, output, model, *options)
        for _ in range(count):
            done = len(list(notes.glob("part-*.json")))
            while process.poll() is None and len(list(notes.glob("part-*.json"))) == done:
                time.sleep(0.01)  # until one more part is done, so that every run gets somewhere
            time.sleep(draw.uniform(0, 0.5))
            alive = workers(process.pid)
            if process.poll() is not None:
                break
            who = draw.choice(["main", "worker"]) if alive else "main"
            try:
                os.kill(process.pid if who == "main" else draw.choice(alive), signal.SIGKILL)
            except ProcessLookupError:
                continue
            found.killed[who] += 1
            count -= 1
            if who == "main":
                break
        if process.poll() is None and not count:
            break
        process.wait()
        if output.exists():
            return output
    process.wait()
    if not output.exists():
        started(source, output, model, *options).wait()
    return output


def ids(output: Path) -> Counter[str]:
    import pandas

    readers = {".jsonl": lambda path: pandas.read_json(path, lines=True), ".csv": pandas.read_csv}
    table = readers.get(output.suffix, pandas.read_parquet)(output)
    return Counter(table["statement_id"])


def kill_test(folder: Path, model: Path, kills: int, count: int, seed: int) -> Kills:
    source = folder / "in.jsonl"
    source.write_text("".join(statements(count)), encoding="utf-8")
    draw, found = random.Random(seed), Kills()
    alone = {}
    for ending in ENDINGS:
        alone[ending] = folder / f"alone.{ending}"
        started(source, alone[ending], model, "--shard-size", str(SHARD)).wait()
    while (left := kills - found.killed.total()) > 0:
        ending = ENDINGS[found.outputs % len(ENDINGS)]
        output = killed_again_and_again(source, folder, model, ending, min(left, 4), draw, found)
        found.outputs += 1
        seen = ids(output)
        found.lost += count - len(seen)
        found.repeated += seen.total() - len(seen)
        found.differing += output.read_bytes() != alone[ending].read_bytes()
        found.left_over += len([path for path in folder.iterdir() if path.name.startswith(".")])
        print(found, flush=True)
    return found


def memory_test(folder: Path, model: Path, count: int) -> tuple[dict[str, int], float]:
    """Peak memory in MiB of main and of the largest worker, and wall seconds."""
    source = folder / "many.jsonl"
    with source.open("w", encoding="utf-8") as stream:
        stream.writelines(statements(count))
    began = time.perf_counter()
    process = started(source, folder / "many.csv", model, "--jobs", str(JOBS))
    peak: Counter[str] = Counter()
    while process.poll() is None:
        for name, pids in (("main", [process.pid]), ("worker", workers(process.pid))):
            peak[name] = max([peak[name], *map(_peak, pids)])
        time.sleep(0.5)
    return dict(peak), time.perf_counter() - began


def _peak(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) // 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0)


def main(
    model: Annotated[Path, typer.Option(help="Folder of the model that labels.")] = Path("models/baseline"),
    kills: Annotated[int, typer.Option(help="Processes to kill.")] = 20,
    count: Annotated[int, typer.Option(help="Statements of the outputs that are cut short.")] = 2000,
    many: Annotated[int, typer.Option(help="Statements of the run whose memory is noted.")] = 200_000,
    seed: Annotated[int, typer.Option(help="Of the moments and of who is killed.")] = 13,
) -> None:
    os.environ["OMP_NUM_THREADS"] = "1"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = kill_test(folder, model, kills, count, seed)
        peak, seconds = memory_test(folder, model, many)
    report = [
        "# Kills and memory",
        "",
        f"{found.outputs} outputs of {count:,} statements (shards of {SHARD}, {JOBS} processes; seed {seed}):",
        "",
        f"- killed with -9: {found.killed['main']} times the main process, {found.killed['worker']} times a worker",
        f"- statements lost: {found.lost}; repeated: {found.repeated}",
        f"- outputs that differ from those of a run left alone: {found.differing}",
        f"- working folders left over: {found.left_over}",
        "",
        f"{many:,} statements, shards of the default size, {JOBS} processes: peak memory {peak['main']} MiB of the"
        f" process that reads (it holds a model too), {peak['worker']} MiB of the larger worker; {seconds:.0f} s on a"
        " busy machine.",
    ]
    (HERE / "result.md").write_text("\n".join(report) + "\n", encoding="utf-8")
    print("\n".join(report))


if __name__ == "__main__":
    typer.run(main)
