"""Statements a second of our models in every precision, beside a transformers pipeline on the same encoder.

    python experiments/speed/run.py PATH_TO_UNLABELLED_NEWS --models models/held_out

Writes result.md.
"""

from __future__ import annotations

import json
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from stance.config import DataConfig
from stance.corpus import load_corpus, split_corpus
from stance.encoders.runners import available
from stance.encoders.sources import DEFAULT_ENCODER, find_encoder
from stance.models.bundle import label_agreement, load_bundle
from stance.schema import Statement
from stance.threads import threads

HERE = Path(__file__).resolve().parent
WRITTEN = HERE.parents[1] / "seeds" / "written"
TEXTS, NAIVE_TEXTS = 1000, 200  # the slowest way gets fewer
NAIVE, BATCHED = "transformers pipeline, one by one", "transformers pipeline, batch_size=32"


def main(
    path: Annotated[Path, typer.Argument(help="Folder of current_events_talks.jsonl.")],
    models: Annotated[Path, typer.Option(help="Folder of baseline-1 and transformer-1.")] = Path("models/held_out"),
    rounds: Annotated[int, typer.Option(help="Times every way is measured.")] = 3,
) -> None:
    lines = (path / "current_events_talks.jsonl").read_text(encoding="utf-8").splitlines()[:TEXTS]
    texts = [json.loads(line)["text"] for line in lines]
    with threads(1):
        ways = {**pipelines(), **ours(models)}
        measured: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
        for _ in range(rounds):
            for name, label in ways.items():
                measured[name].append(per_second(label, texts[:NAIVE_TEXTS] if name == NAIVE else texts))
            print({name: round(of[-1][1], 1) for name, of in measured.items()}, flush=True)
        dev = split_corpus(load_corpus(WRITTEN), DataConfig(corpus=WRITTEN)).dev
        agreement = label_agreement(models / "transformer-1", dev)
    (HERE / "result.md").write_text(table(measured, agreement, len(dev)))


def pipelines() -> dict[str, Callable[[list[str]], Any]]:
    """One head on the default encoder, untrained: speed does not ask what the weights are."""
    from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline

    folder = find_encoder(DEFAULT_ENCODER).place
    classifier = pipeline(
        "text-classification",
        model=AutoModelForSequenceClassification.from_pretrained(folder, num_labels=4),
        tokenizer=AutoTokenizer.from_pretrained(folder),
        truncation=True,
    )
    return {
        NAIVE: lambda texts: [classifier(text) for text in texts],
        BATCHED: lambda texts: list(classifier(texts, batch_size=32)),
    }


def ours(models: Path) -> dict[str, Callable[[list[str]], Any]]:
    """Every precision of the transformer, and the baseline; from texts to labelled rows."""
    ways = {}
    small = models / "transformer-1"
    for precision in (None, *available(small)):
        ways[f"ours, small transformer, {precision or 'torch fp32'}"] = labeller(load_bundle(small, precision))
    ways["ours, baseline"] = labeller(load_bundle(models / "baseline-1"))
    return ways


def labeller(bundle: Any) -> Callable[[list[str]], Any]:
    return lambda texts: bundle.label([Statement(text) for text in texts])


def per_second(label: Callable[[list[str]], Any], texts: list[str]) -> tuple[float, float]:
    """Statements a second of wall clock, and of CPU time."""
    label(texts[:8])
    wall, cpu = time.perf_counter(), time.process_time()
    label(texts)
    return len(texts) / (time.perf_counter() - wall), len(texts) / (time.process_time() - cpu)


def table(measured: dict[str, list[tuple[float, float]]], agreement: dict[str, float], dev: int) -> str:
    """Markdown, with ratios to the naive pipeline."""
    naive = statistics.median(cpu for _, cpu in measured[NAIVE])
    lines = [
        f"{platform.machine()}, one thread; medians of {len(measured[NAIVE])} rounds; {TEXTS} items of news "
        f"({NAIVE_TEXTS} for the first way); equal labels on {dev:,} statements of dev\n",
        "| | statements a CPU second | a second of wall clock | times the first | equal labels |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, values in measured.items():
        wall, cpu = (statistics.median(column) for column in zip(*values, strict=True))
        share = agreement.get(name.rpartition(", ")[2])
        lines.append(f"| {name} | {cpu:,.0f} | {wall:,.0f} | {cpu / naive:.1f} | {f'{share:.2%}' if share else ''} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    typer.run(main)
