"""Is an hour of annotating better spent on what `stance annotate suggest` picks than on random statements?

    OMP_NUM_THREADS=1 python experiments/annotate_next/run.py

Learning curves of the baseline on the written corpus: 100 random statements of the train domains, then 100
more at a time up to 1,000, chosen at random, by uncertainty alone, or by uncertainty and diversity. Scored on
the dev domains, five seeds. Writes curves.csv and curves.png beside this file, prints the tables of README.md.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import matplotlib
import numpy as np

from stance.annotation.suggest import suggest, uncertainty
from stance.config import DataConfig, EvaluationConfig, InputConfig
from stance.corpus import load_corpus, split_corpus
from stance.metrics import score
from stance.models.decision import Decision
from stance.models.tfidf_linear import TfidfLinear
from stance.schema import LabelledStatement
from stance.tasks import CONDITIONS, TASKS

HERE = Path(__file__).parent
CORPUS = HERE.parents[1] / "seeds" / "written"
START, STEP, STOP = 100, 100, 1000
SEEDS = range(5)
STRATEGIES = ("random", "uncertainty", "uncertainty + diversity")
# no held-out gold to fit a decision on, as at the start of an annotation
DECISION = Decision(dict.fromkeys(TASKS, 1.0), dict.fromkeys(CONDITIONS.labels, 0.5))
NO_INTERVAL = EvaluationConfig(resamples=0)


def choose(
    strategy: str,
    rest: list[LabelledStatement],
    labelled: list[LabelledStatement],
    model: TfidfLinear,
    rng: np.random.Generator,
) -> list[int]:
    """Places in `rest` of the next statements to label."""
    if strategy == "random":
        return rng.permutation(len(rest))[:STEP].tolist()
    predicted = DECISION.label(rest, model.predict_proba(rest))
    if strategy == "uncertainty":
        return np.argsort([-uncertainty(row) for row in predicted], kind="stable")[:STEP].tolist()
    place = {row.statement_id: i for i, row in enumerate(rest)}
    return [place[s.statement.statement_id] for s in suggest(predicted, STEP, labelled)]


def curves() -> list[dict[str, object]]:
    split = split_corpus(load_corpus(CORPUS), DataConfig(corpus=CORPUS))
    rows = []
    for seed in SEEDS:
        for strategy in STRATEGIES:
            rng = np.random.default_rng(seed)
            order = rng.permutation(len(split.train))
            labelled = [split.train[i] for i in order[:START]]
            rest = [split.train[i] for i in order[START:]]
            while True:
                model = TfidfLinear().fit(labelled, (), inputs=InputConfig(), tasks=TASKS, seed=seed)
                found = score(split.dev, DECISION.label(split.dev, model.predict_proba(split.dev)), NO_INTERVAL)
                scores = {name: of_task.macro_f1 for name, of_task in found.tasks.items()}
                rows.append(
                    {
                        "seed": seed,
                        "strategy": strategy,
                        "labelled": len(labelled),
                        "mean": found.mean_macro_f1,
                        **scores,
                    }
                )
                print(rows[-1], flush=True)
                if len(labelled) >= STOP:
                    break
                picked = choose(strategy, rest, labelled, model, rng)
                labelled += [rest[i] for i in picked]
                taken = set(picked)
                rest = [s for i, s in enumerate(rest) if i not in taken]
    return rows


def write_csv(rows: list[dict[str, object]]) -> None:
    with (HERE / "curves.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(
            {name: f"{value:.4f}" if isinstance(value, float) else value for name, value in row.items()} for row in rows
        )


def table(rows: list[dict[str, object]], measure: str) -> dict[tuple[str, int], tuple[float, float]]:
    """Mean and standard deviation over seeds, by strategy and number of labelled statements."""
    values = defaultdict(list)
    for row in rows:
        values[row["strategy"], row["labelled"]].append(row[measure])
    return {key: (float(np.mean(v)), float(np.std(v, ddof=1))) for key, v in values.items()}


def draw(rows: list[dict[str, object]]) -> None:
    matplotlib.use("Agg")
    from matplotlib import pyplot

    sizes = range(START, STOP + 1, STEP)
    figure, axes = pyplot.subplots(1, 4, figsize=(16, 4), layout="constrained")
    for axis, measure in zip(axes, ("mean", *TASKS), strict=True):
        cells = table(rows, measure)
        for strategy in STRATEGIES:
            mean = np.array([cells[strategy, n][0] for n in sizes])
            spread = np.array([cells[strategy, n][1] for n in sizes])
            axis.plot(sizes, mean, marker="o", markersize=3, label=strategy)
            axis.fill_between(sizes, mean - spread, mean + spread, alpha=0.15)
        axis.set_title("mean of tasks" if measure == "mean" else measure)
        axis.set_xlabel("labelled statements")
        axis.grid(alpha=0.3)
    axes[0].set_ylabel("macro-F1 on the dev domains")
    axes[0].legend()
    figure.savefig(HERE / "curves.png", dpi=110)


def report(rows: list[dict[str, object]]) -> str:
    lines = ["| labelled | " + " | ".join(STRATEGIES) + " | gain over random (seeds that gain) |", "| --- " * 5 + "|"]
    cells = table(rows, "mean")
    by_seed = {(r["strategy"], r["labelled"], r["seed"]): r["mean"] for r in rows}
    for n in range(START, STOP + 1, STEP):
        figures = " | ".join(f"{cells[s, n][0]:.3f} ± {cells[s, n][1]:.3f}" for s in STRATEGIES)
        gains = [by_seed[STRATEGIES[-1], n, seed] - by_seed["random", n, seed] for seed in SEEDS]
        lines.append(f"| {n:,} | {figures} | {np.mean(gains):+.3f} ({sum(g > 0 for g in gains)} of {len(gains)}) |")
    ends = ["| at 1,000 | " + " | ".join(STRATEGIES) + " |", "| --- " * 4 + "|"]
    for name in TASKS:
        of_task = table(rows, name)
        ends.append(
            f"| {name} | "
            + " | ".join(f"{of_task[s, STOP][0]:.3f} ± {of_task[s, STOP][1]:.3f}" for s in STRATEGIES)
            + " |"
        )
    return "\n".join(lines) + "\n\n" + "\n".join(ends) + "\n"


if __name__ == "__main__":
    found = curves()
    write_csv(found)
    draw(found)
    print(report(found))  # the tables of README.md
