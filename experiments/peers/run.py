"""Our classifiers beside what people would use instead: same statements, same splits, same seeds, one run.

    python experiments/peers/run.py --seeds 3 --ours models/held_out

Every finished measurement is a line of results.jsonl, so that an interrupted run goes on where it stopped, and
runs with different --only share the work. results.md is made of it.
"""

from __future__ import annotations

import hashlib
import json
import statistics
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from os import times
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from peers import PEERS, Peer, Proba, texts_of

from stance.config import EvaluationConfig, load_config
from stance.corpus import Corpus, Split, load_corpus, split_corpus
from stance.encoders.sources import quiet, stay_offline
from stance.metrics import Scores, score
from stance.models import MODELS
from stance.models.base import Predicted
from stance.models.bundle import MODEL_FILE, Bundle, load_bundle
from stance.models.decision import fit_decision
from stance.schema import ConditionSpan, LabelledStatement
from stance.tasks import CONDITIONS, TASKS
from stance.threads import threads

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
RESULTS = HERE / "results.jsonl"
TRAINED = ROOT / "experiments" / "held_out" / "results.jsonl"  # tells how long the trainings of our models took
OURS = ("baseline", "transformer", "transformer-distilled", "transformer-large")  # folders are called NAME-SEED
SETS = {"test": "Held-out domains", "news": "Five real articles"}
TASKS_SHOWN = ("openness", "conditions", "stance")
THRESHOLD = 0.5  # for a condition of a peer, as its users would have it

Labelled = tuple[LabelledStatement, ...]


@dataclass(frozen=True)
class Data:
    """What everybody learns from and is scored on."""

    split: Split
    news: Labelled
    digest: str
    evaluation: EvaluationConfig

    def sets(self) -> dict[str, Labelled]:
        return {"test": self.split.test, "news": self.news}


class NotMeasured(Exception):
    """A row that cannot be measured here; says why."""


def main(
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds, from 1.")] = 3,
    only: Annotated[str, typer.Option(help="One row: " + ", ".join([*PEERS, *OURS]))] = "",
    ours: Annotated[Path, typer.Option(help="Folder of our models NAME-SEED, as experiments/held_out leaves them.")] = (
        Path("models/held_out")
    ),
    limit: Annotated[int, typer.Option(min=0, help="A quick try with so many training statements; keeps nothing.")] = 0,
) -> None:
    names = [*PEERS, *OURS]
    if only and only not in names:
        raise typer.BadParameter(f"no row {only!r} (allowed: {', '.join(names)})", param_hint="--only")
    with threads(1), quiet():
        data = load(limit)
        for name in [only] if only else names:
            for seed in range(1, seeds + 1):
                try:
                    row = measured(name, seed, data, ours, [] if limit else finished())
                except NotMeasured as reason:
                    print(f"{name} {seed}: left out, {reason}", flush=True)
                    continue
                if row is None:
                    continue
                if not limit:
                    with RESULTS.open("a", encoding="utf-8") as file:
                        file.write(json.dumps(row) + "\n")
                seconds = {key: row[key] for key in ("cpu_seconds", "per_second", "megabytes")}
                print(name, seed, {s: row[s]["macro_f1"] for s in SETS}, seconds, flush=True)
    rows = current(finished(), data.digest)
    if rows and not limit:
        (HERE / "results.md").write_text(tables(rows), encoding="utf-8")


def load(limit: int) -> Data:
    """The written corpus with three domains held out, and the real articles; evenly thinned for a quick try."""
    settings = load_config(ROOT / "configs" / "baseline.yaml", ["data.test=null"], kinds=MODELS)
    corpus, news = load_corpus(ROOT / settings.data.corpus), load_corpus(ROOT / "seeds" / "news")
    split = split_corpus(corpus, settings.data)
    if limit:
        split = Split(**{part: rows[:: -(-len(rows) // limit)] for part, rows in split.parts().items()})
    return Data(split, news.statements, digest_of(corpus, news), settings.evaluation)


def digest_of(*corpora: Corpus) -> str:
    """One digest for the corpus learnt from and the one scored on."""
    return hashlib.sha256("".join(corpus.digest for corpus in corpora).encode()).hexdigest()


def finished() -> list[dict[str, Any]]:
    """Everything measured so far."""
    return [json.loads(line) for line in RESULTS.read_text().splitlines()] if RESULTS.exists() else []


def current(rows: Iterable[dict[str, Any]], digest: str) -> list[dict[str, Any]]:
    """The last row of every model and seed, of today's data alone."""
    return list({(row["model"], row["seed"]): row for row in rows if row["digest"] == digest}.values())


def measured(name: str, seed: int, data: Data, ours: Path, known: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """A row's figures, None where they are known. Raises `NotMeasured` where it cannot be done here."""
    if name in PEERS:
        _, make = PEERS[name]
        peer = make()
        about = {"model": name, "seed": seed, "digest": data.digest, "params": dict(peer.params)}
        if any(about.items() <= row.items() for row in known):
            return None
        return about | measure_peer(peer, seed, data)
    folder = ours / f"{name}-{seed}"
    if not folder.is_dir():
        raise NotMeasured(f"no folder {folder}")
    about_model = hashlib.sha256((folder / MODEL_FILE).read_bytes()).hexdigest()
    about = {"model": name, "seed": seed, "digest": data.digest, "params": {"sha256": about_model}}
    if any(about.items() <= row.items() for row in known):
        return None
    return about | measure_ours(name, seed, folder, data)


def measure_peer(peer: Peer, seed: int, data: Data) -> dict[str, Any]:
    """Train once; scores with the peer's own labels, and with labels decided as our models decide them."""
    split = data.split
    try:
        stay_offline()
        for module in peer.needs:  # before the clock starts
            import_module(module)
    except ModuleNotFoundError as missing:
        raise NotMeasured(f"{missing.name} is not installed; see {HERE / 'README.md'}") from None
    with tempfile.TemporaryDirectory() as scratch:
        work, saved = Path(scratch) / "work", Path(scratch) / "saved"
        work.mkdir()
        saved.mkdir()
        started = cpu_seconds()
        peer.fit(split.train, split.dev, seed, work)
        seconds = cpu_seconds() - started
        peer.save(saved)
        size = megabytes(saved)
        found = {"news": peer.predict_proba(texts_of(data.news))}
        started = cpu_seconds()
        found["test"] = peer.predict_proba(texts_of(split.test))
        labelling = cpu_seconds() - started
        decision = fit_decision(predicted(split.dev, peer.predict_proba(texts_of(split.dev))), split.dev)
    plain, decided = {}, {}
    for of, gold in data.sets().items():
        plain[of] = brief(score(gold, plainly(gold, found[of]), data.evaluation), False)
        rows = decision.label(gold, predicted(gold, found[of]))
        decided[of] = brief(score(gold, rows, data.evaluation), False)
    return {
        "train": len(split.train),
        "cpu_seconds": round(seconds, 1),
        "per_second": round(len(split.test) / max(labelling, 1e-3)),
        "megabytes": size,
        **plain,
        "decided": decided,
    }


def measure_ours(name: str, seed: int, folder: Path, data: Data) -> dict[str, Any]:
    """Read a model that experiments/held_out trained, and score it."""
    bundle = load_bundle(folder)
    corpus = load_corpus(ROOT / bundle.config.data.corpus)
    if bundle.config.data.test is not None or bundle.config.training.seed != seed:
        raise NotMeasured(f"{folder} was not trained with the three domains held out, or not with seed {seed}")
    if bundle.data_digest != corpus.digest:
        raise NotMeasured(f"{folder} was trained on another state of {bundle.config.data.corpus}")
    found = {"news": bundle.label(data.news)}
    started = cpu_seconds()
    found["test"] = bundle.label(data.split.test)
    labelling = cpu_seconds() - started
    return {
        "train": None,
        "cpu_seconds": training_seconds(name, seed, bundle),
        "per_second": round(len(data.split.test) / max(labelling, 1e-3)),
        "megabytes": megabytes(folder),
        **{of: brief(score(gold, found[of], data.evaluation), True) for of, gold in data.sets().items()},
        "decided": None,
    }


def training_seconds(name: str, seed: int, bundle: Bundle) -> float | None:
    """What experiments/held_out wrote down of this training; None where it did not."""
    about = {"model": name, "seed": seed, "digest": bundle.data_digest}
    rows = [json.loads(line) for line in TRAINED.read_text().splitlines()] if TRAINED.exists() else []
    return next((float(row["cpu_seconds"]) for row in reversed(rows) if about.items() <= row.items()), None)


def cpu_seconds() -> float:
    """CPU seconds of this process so far, and of its children that have ended."""
    spent = times()
    return time.process_time() + spent.children_user + spent.children_system


def megabytes(folder: Path) -> float:
    """Size of all files of a saved model."""
    return round(sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6, 3)


def predicted(statements: Labelled, proba: Proba) -> Predicted:
    """A peer's probabilities as our decision reads them; it has no spans, so each is the whole statement."""
    whole = np.array([[0, len(s.text)] for s in statements], dtype=np.int64).reshape(-1, 1, 2)
    return Predicted(proba, np.repeat(whole, len(CONDITIONS.labels), axis=1))


def plainly(statements: Labelled, proba: Proba) -> list[LabelledStatement]:
    """The likeliest label of each task, and every condition that is at least as likely as not."""
    singles = {n: proba[n].argmax(axis=1) for n, task in TASKS.items() if task.kind == "single"}
    chosen = proba[CONDITIONS.name] >= THRESHOLD
    return [
        replace(
            statement,
            **{n: TASKS[n].labels[labels[i]] for n, labels in singles.items()},
            conditions=tuple(
                ConditionSpan(0, len(statement.text), CONDITIONS.labels[c], statement.text)
                for c in np.flatnonzero(chosen[i])
            ),
        )
        for i, statement in enumerate(statements)
    ]


def brief(scores: Scores, spans: bool) -> dict[str, Any]:
    assert scores.spans is not None
    return {
        "statements": scores.statements,
        "articles": scores.articles,
        "macro_f1": {task: round(of_task.macro_f1, 4) for task, of_task in scores.tasks.items()},
        "micro_f1": {task: round(of_task.micro_f1, 4) for task, of_task in scores.tasks.items()},
        "spans": round(scores.spans.overlap_f1, 4) if spans else None,
    }


def tables(rows: Sequence[dict[str, Any]]) -> str:
    """Markdown: mean over seeds and, behind ±, their standard deviation where there are several."""
    parts = []
    for of, title in SETS.items():
        some = rows[0][of]
        parts.append(f"**{title}** ({some['statements']} statements in {some['articles']} articles)\n")
        parts += score_table([(row["model"], row[of]) for row in rows], [*PEERS, *OURS], spans=True)
    for of, title in SETS.items():
        parts.append(f"**{title}: the peers' probabilities, labels decided on dev as ours are**\n")
        decided = [(row["model"], row["decided"][of]) for row in rows if row["decided"]]
        parts += score_table(decided, list(PEERS), spans=False)
    parts.append("**Cost**\n")
    parts += ["| | CPU s to train | statements a CPU second | MB | seeds |", "| --- | --- | --- | --- | --- |"]
    for name in [*PEERS, *OURS]:
        of_name = [row for row in rows if row["model"] == name]
        if of_name:
            cells = [spread((row[key] for row in of_name), 0) for key in ("cpu_seconds", "per_second")]
            size = spread((row["megabytes"] for row in of_name[:1]), 1)
            parts.append(f"| {title_of(name)} | {' | '.join([*cells, size])} | {len(of_name)} |")
    return "\n".join(parts) + "\n"


def score_table(rows: Sequence[tuple[str, Any]], names: Sequence[str], spans: bool) -> Iterator[str]:
    heads = ["macro-F1", *TASKS_SHOWN, "conditions micro", *(["spans overlap"] if spans else []), "seeds"]
    yield f"| {' | '.join(heads)} |"
    yield f"| {' | '.join(['---'] * len(heads))} |"
    for name in names:
        found = [scores for model, scores in rows if model == name]
        if not found:
            continue
        cells = [spread((of["macro_f1"][task] for of in found), 3) for task in TASKS_SHOWN]
        cells.append(spread((of["micro_f1"]["conditions"] for of in found), 3))
        if spans:
            cells.append(spread((of["spans"] for of in found), 3))
        yield f"| {title_of(name)} | {' | '.join(cells)} | {len(found)} |"
    yield ""


def title_of(name: str) -> str:
    return PEERS[name][0] if name in PEERS else f"{name} (ours)"


def spread(values: Iterable[float | None], decimals: int) -> str:
    """Mean and standard deviation; n/a where a value is lacking."""
    found = list(values)
    numbers = [value for value in found if value is not None]
    if not found or len(numbers) < len(found):
        return "n/a"
    behind = f" ± {statistics.stdev(numbers):,.{decimals}f}" if len(numbers) > 1 else ""
    return f"{statistics.mean(numbers):,.{decimals}f}{behind}"


if __name__ == "__main__":
    typer.run(main)
