"""Every domain of the written corpus labelled by a model that has not met it.

    python experiments/leave_one_domain_out/run.py --config baseline

Every finished training is a line of results_CONFIG.jsonl, so that an interrupted run goes on where it stopped;
result_CONFIG.md is made of it.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from stance.config import EvaluationConfig, load_config
from stance.corpus import Corpus, load_corpus, split_corpus
from stance.metrics import Scores, score
from stance.models import MODELS
from stance.report.rows import nested_record
from stance.schema import ConditionSpan, LabelledStatement
from stance.tasks import TASKS
from stance.threads import threads
from stance.training import fit_bundle

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def main(
    config: Annotated[str, typer.Option(help="A config of configs/, by its name.")] = "baseline",
    domains: Annotated[int, typer.Option(help="Domains left out at once: 1 is exact, more is cheaper.")] = 1,
    seed: Annotated[int, typer.Option(help="Seed of every training.")] = 1,
) -> None:
    settings = load_config(ROOT / "configs" / f"{config}.yaml", [f"training.seed={seed}"], kinds=MODELS)
    corpus = load_corpus(ROOT / settings.data.corpus)
    names = sorted({s.domain for s in corpus.statements})
    results = HERE / f"results_{config}.jsonl"
    done = [json.loads(line) for line in results.read_text().splitlines()] if results.exists() else []
    done = [row for row in done if (row["digest"], row["seed"]) == (corpus.digest, seed)]
    groups = [names[i : i + domains] for i in range(0, len(names), domains)]
    for left_out in groups:
        if any(row["left_out"] == left_out for row in done):
            continue
        row = {"digest": corpus.digest, "seed": seed, "left_out": left_out, "rows": label(settings, corpus, left_out)}
        done.append(row)
        with results.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
        print(*left_out, flush=True)
    found = {row["statement_id"]: predicted(row) for of_group in done for row in of_group["rows"]}
    (HERE / f"result_{config}.md").write_text(table(corpus, names, found, len(groups)))


def label(settings: Any, corpus: Corpus, left_out: list[str]) -> list[dict[str, Any]]:
    """Predicted rows of the domains left out; dev, for thresholds and temperatures, is without them too."""
    split = split_corpus(corpus, settings.data)
    split = replace(
        split,
        train=tuple(s for s in split.train if s.domain not in left_out),
        dev=tuple(s for s in split.dev if s.domain not in left_out),
    )
    with threads(settings.training.threads):
        bundle = fit_bundle(settings, corpus, split)
        rows = bundle.label([s for s in corpus.statements if s.domain in left_out])
    kept = ("statement_id", *TASKS)
    return [{name: nested_record(row)[name] for name in kept} for row in rows]


def predicted(row: dict[str, Any]) -> LabelledStatement:
    """A line's row as a statement again, without its text."""
    spans = tuple(ConditionSpan(c["start"], c["end"], c["label"], c["text"]) for c in row["conditions"])
    return LabelledStatement("", row["statement_id"], openness=row["openness"], conditions=spans, stance=row["stance"])


def table(corpus: Corpus, names: list[str], found: dict[str, LabelledStatement], trainings: int) -> str:
    """Markdown: a line per domain, hardest first, and all together with intervals over articles."""
    plain, lines = EvaluationConfig(resamples=0), []
    for name in names:
        gold = [s for s in corpus.statements if s.domain == name]
        lines.append((name, _scores(gold, found, plain)))
    lines.sort(key=lambda line: line[1].mean_macro_f1)
    whole = _scores(list(corpus.statements), found, EvaluationConfig())
    parts = [
        f"{trainings} trainings; corpus {corpus.digest[:12]}\n",
        "| left out | statements | openness | conditions | stance | conditions micro | spans overlap |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        *(f"| {name} | {_cells(scores)} |" for name, scores in lines),
        f"| **all** | {_cells(whole)} |",
    ]
    bounds = ", ".join(f"{task} {of.low:.3f} to {of.high:.3f}" for task, of in whole.tasks.items())
    return "\n".join(parts) + f"\n\nMacro-F1 of all, 95 % intervals over articles: {bounds}.\n"


def _scores(gold: list[LabelledStatement], found: dict[str, LabelledStatement], settings: EvaluationConfig) -> Scores:
    return score(gold, [replace(found[s.statement_id], text=s.text) for s in gold], settings)


def _cells(scores: Scores) -> str:
    assert scores.spans is not None
    macro = [scores.tasks[task].macro_f1 for task in ("openness", "conditions", "stance")]
    figures = [*macro, scores.tasks["conditions"].micro_f1, scores.spans.overlap_f1]
    return " | ".join([f"{scores.statements:,}", *(f"{figure:.3f}" for figure in figures)])


if __name__ == "__main__":
    typer.run(main)
