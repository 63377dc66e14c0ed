"""Scores on held-out domains and on the five real articles, over seeds; writes results.jsonl and results.md.

    python experiments/held_out/run.py --seeds 5

Every finished training is a line of results.jsonl, so that an interrupted run goes on where it stopped.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from stance.config import RunConfig, load_config
from stance.corpus import Corpus, load_corpus, split_corpus
from stance.metrics import Scores, score
from stance.models import MODELS
from stance.schema import LabelledStatement
from stance.training import fit_bundle, threads

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
RESULTS, TABLE = HERE / "results.jsonl", HERE / "results.md"
ROWS = {
    "majority": ("baseline", ["model.kind=majority"]),
    "baseline": ("baseline", []),
    "transformer": ("transformer", []),
}
SETS = {"test": "held-out domains", "news": "five real articles"}


def main(seeds: Annotated[int, typer.Option(help="How many seeds, from 1.")] = 5) -> None:
    news = load_corpus(ROOT / "seeds" / "news")
    done = [json.loads(line) for line in RESULTS.read_text().splitlines()] if RESULTS.exists() else []
    for name, (config, overrides) in ROWS.items():
        settings = load_config(ROOT / "configs" / f"{config}.yaml", overrides, kinds=MODELS)
        corpus = load_corpus(ROOT / settings.data.corpus)
        for seed in range(1, seeds + 1):
            about = {"model": name, "seed": seed, "digest": corpus.digest, "params": settings.model.params}
            if any(about.items() <= row.items() for row in done):
                continue
            row = about | measure(settings, seed, corpus, news)
            done.append(row)
            with RESULTS.open("a") as file:
                file.write(json.dumps(row) + "\n")
            print(name, seed, {s: row[s]["macro_f1"] for s in SETS}, flush=True)
    used = [row for row in done if row["digest"] == load_corpus(ROOT / "seeds" / "written").digest]
    TABLE.write_text(table(used))
    print(TABLE.read_text())


def measure(settings: RunConfig, seed: int, corpus: Corpus, news: Corpus) -> dict[str, Any]:
    """Train once; macro-F1 per task, spans and support on each set."""
    settings = settings.model_copy(update={"training": settings.training.model_copy(update={"seed": seed})})
    split = split_corpus(corpus, settings.data)
    with threads(settings.training.threads):
        bundle = fit_bundle(settings, corpus, split)
        sets: dict[str, tuple[LabelledStatement, ...]] = {"test": split.test, "news": news.statements}
        return {name: _brief(score(gold, bundle.label(gold), settings.evaluation)) for name, gold in sets.items()}


def _brief(scores: Scores) -> dict[str, Any]:
    assert scores.spans is not None
    return {
        "statements": scores.statements,
        "articles": scores.articles,
        "macro_f1": {task: round(of_task.macro_f1, 4) for task, of_task in scores.tasks.items()},
        "interval": {
            task: [round(of_task.low or 0, 4), round(of_task.high or 0, 4)] for task, of_task in scores.tasks.items()
        },
        "spans": {"exact": round(scores.spans.exact_f1, 4), "overlap": round(scores.spans.overlap_f1, 4)},
    }


def table(rows: list[dict[str, Any]]) -> str:
    """Markdown: mean over seeds and, behind ±, their standard deviation."""
    parts = []
    for name, title in SETS.items():
        some = rows[0][name]
        parts.append(f"**{title.capitalize()}** ({some['statements']} statements in {some['articles']} articles)\n")
        parts.append("| macro-F1 | openness | conditions | stance | spans exact | spans overlap | seeds |")
        parts.append("| --- | --- | --- | --- | --- | --- | --- |")
        for model in ROWS:
            of_model = [row[name] for row in rows if row["model"] == model]
            cells = [_spread(r["macro_f1"][task] for r in of_model) for task in ("openness", "conditions", "stance")]
            cells += [_spread(r["spans"][how] for r in of_model) for how in ("exact", "overlap")]
            parts.append(f"| {model} | {' | '.join(cells)} | {len(of_model)} |")
        parts.append("")
    return "\n".join(parts)


def _spread(values: Iterable[float]) -> str:
    found = list(values)
    spread = statistics.stdev(found) if len(found) > 1 else 0.0
    return f"{statistics.mean(found):.3f} ± {spread:.3f}"


if __name__ == "__main__":
    typer.run(main)
