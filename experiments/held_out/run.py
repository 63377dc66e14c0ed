"""Scores on held-out domains, on their headlines and on the five real articles, over seeds.

    python experiments/held_out/run.py --seeds 5

Every finished training is a line of results.jsonl, so that an interrupted run goes on where it stopped, and
two runs with different --only share the work. results.md, behaviour.md and growth.md are
made of it.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from stance.behaviour import load_cases, run_cases
from stance.config import RunConfig, load_config
from stance.corpus import Corpus, load_corpus, split_corpus
from stance.metrics import Scores, score
from stance.models import MODELS
from stance.models.bundle import replaced_folder, save_bundle
from stance.schema import LabelledStatement
from stance.training import fit_bundle, threads

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
RESULTS = HERE / "results.jsonl"
KEPT = Path("models/held_out")  # every model trained here, NAME-SEED; the large one teaches the distilled one
GROWN = (
    "digest_conflicts",
    "digest_politics",
    "agency_diplomacy",
    "world_bulletins",
    "acts_and_calls",
    "truce_bulletins",
)
MODELS_SHOWN = {  # row: config, overrides, trained on the corpus before it grew
    "majority": ("baseline", ["model.kind=majority"], False),
    "baseline": ("baseline", [], False),
    "transformer": ("transformer", [], False),
    "transformer-distilled": (
        "transformer-distilled",
        [f"model.params.teachers=[{KEPT / 'transformer-large-1'}]"],
        False,
    ),
    "transformer-large": ("transformer-large", [], False),
    "baseline before": ("baseline", [], True),
    "transformer before": ("transformer", [], True),
}
SETS = {
    "test": "Held-out domains",
    "headlines": "Headlines of the held-out domains",
    "news": "Five real articles",
}
TASKS_SHOWN = ("openness", "conditions", "stance")


def main(
    seeds: Annotated[int, typer.Option(help="How many seeds, from 1.")] = 5,
    only: Annotated[str, typer.Option(help="One row: " + ", ".join(MODELS_SHOWN))] = "",
) -> None:
    news = load_corpus(ROOT / "seeds" / "news")
    for name in [only] if only else list(MODELS_SHOWN):
        config, overrides, before = MODELS_SHOWN[name]
        settings = load_config(ROOT / "configs" / f"{config}.yaml", [*overrides, "data.test=null"], kinds=MODELS)
        corpus = load_corpus(ROOT / settings.data.corpus)
        for seed in range(1, seeds + 1):
            about = {"model": name, "seed": seed, "digest": corpus.digest, "params": settings.model.params}
            if any(about.items() <= row.items() for row in finished()):
                continue
            row = about | measure(name, settings, seed, corpus, news, before)
            with RESULTS.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
            print(name, seed, {s: row[s]["macro_f1"] for s in SETS}, flush=True)
    digest = load_corpus(ROOT / "seeds" / "written").digest
    rows = [row for row in finished() if row["digest"] == digest]
    shown = [name for name in MODELS_SHOWN if any(row["model"] == name for row in rows)]
    now = [n for n in shown if "before" not in n]
    (HERE / "results.md").write_text(table(rows, now, ("test", "news")))
    (HERE / "behaviour.md").write_text(behaviour_table(rows, now))
    twice = [n for n in shown if f"{n.removesuffix(' before')} before" in shown]
    (HERE / "growth.md").write_text(table(rows, twice, tuple(SETS), spans=False))


def finished() -> list[dict[str, Any]]:
    """Every training measured so far."""
    return [json.loads(line) for line in RESULTS.read_text().splitlines()] if RESULTS.exists() else []


def measure(name: str, settings: RunConfig, seed: int, corpus: Corpus, news: Corpus, before: bool) -> dict[str, Any]:
    """Train once, keep the model; scores and support on each set, pass rates on the behavioural cases."""
    settings = settings.model_copy(update={"training": settings.training.model_copy(update={"seed": seed})})
    split = split_corpus(corpus, settings.data)
    sets: dict[str, tuple[LabelledStatement, ...]] = {
        "test": split.test,
        "headlines": tuple(s for s in split.test if is_headline(s)),
        "news": news.statements,
    }
    if before:
        split = replace(split, train=_before(split.train), dev=_before(split.dev))
    with threads(settings.training.threads):
        started = time.process_time()
        bundle = fit_bundle(settings, corpus, split)
        seconds = time.process_time() - started
        with replaced_folder(KEPT / f"{name}-{seed}") as folder:
            save_bundle(folder, bundle)
        found = {of: _brief(score(gold, bundle.label(gold), settings.evaluation)) for of, gold in sets.items()}
        kinds = run_cases(bundle, load_cases(ROOT / "tests" / "behaviour")).kinds
    behaviour = {kind: round(rate.rate, 4) for kind, rate in kinds.items()}
    return {"cpu_seconds": round(seconds), "train": len(split.train), "behaviour": behaviour, **found}


def _before(statements: Iterable[LabelledStatement]) -> tuple[LabelledStatement, ...]:
    """The corpus as it was before the last domains were added."""
    return tuple(s for s in statements if s.domain not in GROWN)


def is_headline(statement: LabelledStatement) -> bool:
    """Does the statement stand in its article's first line?"""
    article = ROOT / "seeds" / "written" / "articles" / f"{statement.article_id}.txt"
    with article.open(encoding="utf-8") as file:
        return statement.end is not None and statement.end < len(file.readline())


def _brief(scores: Scores) -> dict[str, Any]:
    assert scores.spans is not None
    return {
        "statements": scores.statements,
        "articles": scores.articles,
        "macro_f1": {task: round(of_task.macro_f1, 4) for task, of_task in scores.tasks.items()},
        "micro_f1": {task: round(of_task.micro_f1, 4) for task, of_task in scores.tasks.items()},
        "ece": {task: round(of_task.ece or 0, 4) for task, of_task in scores.tasks.items()},
        "accuracy": {task: round(of_task.accuracy, 4) for task, of_task in scores.tasks.items()},
        "interval": {
            task: [round(of_task.low or 0, 4), round(of_task.high or 0, 4)] for task, of_task in scores.tasks.items()
        },
        "spans": {"exact": round(scores.spans.exact_f1, 4), "overlap": round(scores.spans.overlap_f1, 4)},
    }


def table(rows: list[dict[str, Any]], models: list[str], sets: tuple[str, ...], spans: bool = True) -> str:
    """Markdown: mean over seeds and, behind ±, their standard deviation where there are several."""
    parts = []
    for name in sets:
        some = rows[0][name]
        parts.append(f"**{SETS[name]}** ({some['statements']} statements in {some['articles']} articles)\n")
        heads = ["macro-F1", *TASKS_SHOWN, "conditions micro", *(["spans exact", "spans overlap"] if spans else [])]
        parts += [f"| {' | '.join([*heads, 'seeds'])} |", f"| {' | '.join(['---'] * (len(heads) + 1))} |"]
        for model in models:
            of_model = [row[name] for row in rows if row["model"] == model]
            cells = [_spread(r["macro_f1"][task] for r in of_model) for task in TASKS_SHOWN]
            cells.append(_spread(r["micro_f1"]["conditions"] for r in of_model))
            if spans:
                cells += [_spread(r["spans"][how] for r in of_model) for how in ("exact", "overlap")]
            parts.append(f"| {model} | {' | '.join(cells)} | {len(of_model)} |")
        parts.append("")
    return "\n".join(parts).rstrip() + "\n"


def behaviour_table(rows: list[dict[str, Any]], models: list[str]) -> str:
    """Markdown: share of behavioural cases passed, calibration errors and CPU seconds, mean over seeds."""
    kinds = list(rows[0]["behaviour"])
    heads = ["", *kinds, *(f"ECE {task}" for task in TASKS_SHOWN), "CPU s to train"]
    parts = [f"| {' | '.join(heads)} |", f"| {' | '.join(['---'] * len(heads))} |"]
    for model in models:
        of_model = [row for row in rows if row["model"] == model]
        cells = [_spread(r["behaviour"][kind] for r in of_model) for kind in kinds]
        cells += [_spread(r["test"]["ece"][task] for r in of_model) for task in TASKS_SHOWN]
        seconds = statistics.mean(r["cpu_seconds"] for r in of_model)
        parts.append(f"| {model} | {' | '.join(cells)} | {seconds:,.0f} |")
    return "\n".join(parts) + "\n"


def _spread(values: Iterable[float]) -> str:
    found = list(values)
    spread = f" ± {statistics.stdev(found):.3f}" if len(found) > 1 else ""
    return f"{statistics.mean(found):.3f}{spread}"


if __name__ == "__main__":
    typer.run(main)
