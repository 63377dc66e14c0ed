"""Scores by how much of the written corpus is learnt from.

    python experiments/learning_curve/run.py --config baseline --seeds 5

A seed draws which articles are learnt from, and the training. Every finished training is a line of results.jsonl,
so that an interrupted run goes on where it stopped; curve.md and curve.png are made of it.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import matplotlib.pyplot as plt
import numpy as np
import typer

from stance.config import RunConfig, load_config
from stance.corpus import Corpus, load_corpus, split_corpus
from stance.metrics import score
from stance.models import MODELS
from stance.schema import LabelledStatement
from stance.threads import threads
from stance.training import fit_bundle

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
RESULTS = HERE / "results.jsonl"
SHARES = (1 / 16, 1 / 8, 1 / 4, 1 / 2, 1)  # of the articles of train
FIGURES = ("openness", "stance", "conditions micro")


def main(
    config: Annotated[str, typer.Option(help="A config of configs/, by its name.")] = "baseline",
    seeds: Annotated[int, typer.Option(help="How many seeds, from 1.")] = 5,
) -> None:
    settings = load_config(ROOT / "configs" / f"{config}.yaml", ["data.test=null"], kinds=MODELS)
    corpus = load_corpus(ROOT / settings.data.corpus)
    news = load_corpus(ROOT / "seeds" / "news").statements
    for share in SHARES:
        for seed in range(1, seeds + 1):
            about = {"config": config, "digest": corpus.digest, "share": share, "seed": seed}
            if any(about.items() <= row.items() for row in finished()):
                continue
            row = about | measure(settings, corpus, news, share, seed)
            with RESULTS.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
            print(row, flush=True)
    rows = [row for row in finished() if row["digest"] == corpus.digest]
    (HERE / "curve.md").write_text(table(rows))
    draw(rows, HERE / "curve.png")


def finished() -> list[dict[str, Any]]:
    """Every training measured so far."""
    return [json.loads(line) for line in RESULTS.read_text().splitlines()] if RESULTS.exists() else []


def measure(
    settings: RunConfig, corpus: Corpus, news: Sequence[LabelledStatement], share: float, seed: int
) -> dict[str, Any]:
    """Train on a share of train's articles; dev stays whole."""
    settings = settings.model_copy(update={"training": settings.training.model_copy(update={"seed": seed})})
    split = split_corpus(corpus, settings.data)
    articles = sorted({s.article_id for s in split.train})
    chosen = set(np.random.default_rng(seed).permutation(articles)[: round(share * len(articles))])
    split = replace(split, train=tuple(s for s in split.train if s.article_id in chosen))
    with threads(settings.training.threads):
        bundle = fit_bundle(settings, corpus, split)
        found = {}
        for name, gold in (("test", split.test), ("news", news)):
            tasks = score(gold, bundle.label(gold), settings.evaluation).tasks
            figures = (tasks["openness"].macro_f1, tasks["stance"].macro_f1, tasks["conditions"].micro_f1)
            found[name] = dict(zip(FIGURES, (round(figure, 4) for figure in figures), strict=True))
    return {"train": len(split.train), **found}


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Markdown: mean ± standard deviation over seeds, a line per config, set and share."""
    parts = [f"| | learnt from | {' | '.join(FIGURES)} | seeds |", f"| {' | '.join(['---'] * (len(FIGURES) + 3))} |"]
    for config in dict.fromkeys(row["config"] for row in rows):
        for of in ("test", "news"):
            for share in SHARES:
                some = [row for row in rows if (row["config"], row["share"]) == (config, share)]
                if some:
                    size = f"{statistics.mean(row['train'] for row in some):,.0f}"
                    cells = [_spread([row[of][figure] for row in some]) for figure in FIGURES]
                    parts.append(f"| {config}, {of} | {size} | {' | '.join(cells)} | {len(some)} |")
    return "\n".join(parts) + "\n"


def _spread(values: Sequence[float]) -> str:
    spread = f" ± {statistics.stdev(values):.3f}" if len(values) > 1 else ""
    return f"{statistics.mean(values):.3f}{spread}"


def draw(rows: Sequence[dict[str, Any]], place: Path) -> None:
    """Means over seeds against statements learnt from, held-out domains and real articles."""
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.6), sharey=True, layout="constrained")
    for axis, of, title in zip(axes, ("test", "news"), ("Held-out domains", "Five real articles"), strict=True):
        for config in dict.fromkeys(row["config"] for row in rows):
            for style, name in zip(("-", "--", ":"), FIGURES, strict=True):
                points = []
                for share in SHARES:
                    some = [row for row in rows if (row["config"], row["share"]) == (config, share)]
                    if some:
                        point = [statistics.mean(row["train"] for row in some)]
                        points.append([*point, statistics.mean(row[of][name] for row in some)])
                axis.plot(*zip(*points, strict=True), style, marker="o", markersize=3, label=f"{config}, {name}")
        axis.set(xscale="log", xlabel="statements learnt from", title=title, ylim=(0, 1))
        sizes = sorted({round(statistics.mean(r["train"] for r in rows if r["share"] == share)) for share in SHARES})
        axis.set_xticks(sizes, [f"{size:,}" for size in sizes])
        axis.minorticks_off()
        axis.grid(alpha=0.3)
    axes[0].set_ylabel("F1")
    axes[1].legend(fontsize=7, loc="upper left")
    figure.savefig(place, dpi=150)


if __name__ == "__main__":
    typer.run(main)
