"""Where do the models fail, and is one really better than another?

    python experiments/held_out/run.py --seeds 1
    python experiments/errors/run.py

Reads the models that experiments/held_out kept (seed 1) and labels the three held-out domains with them. Writes
slices.md (scores by kind of quotation, length, style, domain and condition), paired.md (each model against the next
better one) and worst.jsonl (the thirty surest errors of the best model, to be read).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import typer
from scipy.stats import binomtest

from stance.config import DataConfig, EvaluationConfig
from stance.corpus import load_corpus, split_corpus
from stance.metrics import score
from stance.models.bundle import load_bundle
from stance.schema import LabelledStatement
from stance.tasks import CONDITIONS, TASKS
from stance.training import threads

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CORPUS = ROOT / "seeds" / "written"
MODELS_READ = ("baseline", "transformer", "transformer-distilled", "transformer-large")  # from weak to strong
SEED = 1
RESAMPLES = 2000
WORST = 30
PLAIN = EvaluationConfig(resamples=0)

Rows = Sequence[LabelledStatement]


def main() -> None:
    gold = split_corpus(load_corpus(CORPUS), DataConfig(corpus=CORPUS)).test
    labelled: dict[str, list[LabelledStatement]] = {}
    with threads(1):
        for name in MODELS_READ:
            folder = ROOT / "models" / "held_out" / f"{name}-{SEED}"
            if folder.is_dir():
                labelled[name] = load_bundle(folder).label(gold)
                print(name, flush=True)
    if not labelled:
        raise SystemExit("no model under models/held_out: run experiments/held_out/run.py first")
    (HERE / "slices.md").write_text(slices(gold, labelled), encoding="utf-8")
    (HERE / "paired.md").write_text(paired(gold, labelled), encoding="utf-8")
    best = list(labelled)[-1]
    with (HERE / "worst.jsonl").open("w", encoding="utf-8") as file:
        for row in worst(gold, labelled[best]):
            file.write(json.dumps({"model": best, **row}, ensure_ascii=False) + "\n")


def slices(gold: Rows, labelled: dict[str, list[LabelledStatement]]) -> str:
    """Markdown: per slice its support and every model's macro-F1 of openness, stance and micro-F1 of conditions."""
    styles = {a["article_id"]: a["style"] for a in map(json.loads, (CORPUS / "articles.jsonl").open(encoding="utf-8"))}
    lengths = np.array([len(s.text.split()) for s in gold])
    thirds = np.quantile(lengths, [1 / 3, 2 / 3])
    names = [f"up to {thirds[0]:.0f} words", f"up to {thirds[1]:.0f}", "longer"]
    kinds: dict[str, Callable[[int, LabelledStatement], str]] = {
        "quotation": lambda i, s: s.quotation,
        "length": lambda i, s: names[int((lengths[i] > thirds).sum())],
        "style": lambda i, s: styles[s.article_id],
        "domain": lambda i, s: s.domain,
    }
    parts = ["openness macro-F1 / conditions micro-F1 / stance macro-F1, over the labels a slice has\n"]
    heads = ["slice", "", "statements", *labelled]
    parts += [f"| {' | '.join(heads)} |", f"| {' | '.join(['---'] * len(heads))} |"]
    for kind, of in kinds.items():
        groups: dict[str, list[int]] = defaultdict(list)
        for i, statement in enumerate(gold):
            groups[of(i, statement)].append(i)
        for group, rows in sorted(groups.items(), key=lambda pair: -len(pair[1])):
            cells = []
            for found in labelled.values():
                tasks = score([gold[i] for i in rows], [found[i] for i in rows], PLAIN).tasks
                values = (tasks["openness"].macro_f1, tasks["conditions"].micro_f1, tasks["stance"].macro_f1)
                cells.append(" / ".join(f"{value:.2f}" for value in values))
            parts.append(f"| {kind} | {group} | {len(rows)} | {' | '.join(cells)} |")
    heads = ["condition", "statements", *labelled]
    parts += ["", "F1 per condition\n", f"| {' | '.join(heads)} |", f"| {' | '.join(['---'] * len(heads))} |"]
    scores = {name: score(gold, found, PLAIN).tasks[CONDITIONS.name].labels for name, found in labelled.items()}
    for label in CONDITIONS.labels:
        support = next(iter(scores.values()))[label].support
        parts.append(f"| {label} | {support} | {' | '.join(f'{s[label].f1:.2f}' for s in scores.values())} |")
    return "\n".join(parts) + "\n"


def paired(gold: Rows, labelled: dict[str, list[LabelledStatement]]) -> str:
    """Markdown: what each model gains on the one before it, with a paired bootstrap over articles, and McNemar.

    McNemar's exact test (1947) compares the statements only one of the two gets right.
    """
    articles = np.unique([s.article_id for s in gold], return_inverse=True)[1]
    heads = ["better", "than", "task", "gain in macro-F1", "95 % interval", "only it right", "only the other", "p"]
    parts = [f"| {' | '.join(heads)} |", f"| {' | '.join(['---'] * len(heads))} |"]
    names = list(labelled)
    for weak, strong in pairwise(names):
        for task in TASKS:
            low, high = interval(gold, labelled[weak], labelled[strong], articles, task)
            gain = macro(gold, labelled[strong], task) - macro(gold, labelled[weak], task)
            right = [correct(gold, labelled[name], task) for name in (weak, strong)]
            lost, won = int((right[0] & ~right[1]).sum()), int((right[1] & ~right[0]).sum())
            p = binomtest(won, won + lost).pvalue if won + lost else 1.0
            bounds = f"[{low:+.3f}, {high:+.3f}]"
            parts.append(f"| {strong} | {weak} | {task} | {gain:+.3f} | {bounds} | {won} | {lost} | {p:.1g} |")
    return "\n".join(parts) + "\n"


def interval(gold: Rows, one: Rows, other: Rows, articles: np.ndarray, task: str) -> tuple[float, float]:
    """Percentile bootstrap of macro-F1(other) - macro-F1(one), whole articles drawn alike for both."""
    rng = np.random.default_rng(SEED)
    of_article = [np.flatnonzero(articles == a) for a in range(articles.max() + 1)]
    y_true, first, second = (one_hot(rows, task) for rows in (gold, one, other))
    gains = []
    for _ in range(RESAMPLES):
        rows = np.concatenate([of_article[a] for a in rng.integers(len(of_article), size=len(of_article))])
        gains.append(macro_of(y_true[rows], second[rows]) - macro_of(y_true[rows], first[rows]))
    low, high = np.quantile(gains, [0.025, 0.975])
    return float(low), float(high)


def one_hot(rows: Rows, task: str) -> np.ndarray:
    labels = TASKS[task].gold(rows)
    return labels if labels.ndim == 2 else np.eye(len(TASKS[task].labels), dtype=np.int64)[labels]


def macro_of(y_true: np.ndarray, y_pred: np.ndarray) -> float:
    met = y_true.any(axis=0)
    f1 = 2 * (y_true & y_pred).sum(axis=0) / np.maximum(y_true.sum(axis=0) + y_pred.sum(axis=0), 1)
    return float(f1[met].mean())


def macro(gold: Rows, found: Rows, task: str) -> float:
    return macro_of(one_hot(gold, task), one_hot(found, task))


def correct(gold: Rows, found: Rows, task: str) -> np.ndarray:
    """Statements whose label, or set of conditions, is right; shape (n_statements,)."""
    return np.array((one_hot(gold, task) == one_hot(found, task)).all(axis=1))


def worst(gold: Rows, found: Rows) -> list[dict[str, object]]:
    """The surest wrong labels of openness and stance, most sure first."""
    errors = []
    for g, f in zip(gold, found, strict=True):
        for task in ("openness", "stance"):
            label = getattr(f, task)
            if label != getattr(g, task) and f.proba is not None:
                errors.append((f.proba[task][label], task, g, f))
    errors.sort(key=lambda error: -error[0])
    return [
        {
            "statement_id": g.statement_id,
            "task": task,
            "gold": getattr(g, task),
            "predicted": getattr(f, task),
            "confidence": round(sure, 3),
            "text": g.text,
            "target": g.target,
            "speaker": g.speaker,
        }
        for sure, task, g, f in errors[:WORST]
    ]


if __name__ == "__main__":
    typer.run(main)
