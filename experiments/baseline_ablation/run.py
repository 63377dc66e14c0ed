"""What each ingredient of the baseline is worth on domains it has not met.

    python experiments/baseline_ablation/run.py

Writes result.md. The train domains are held out in groups, never statements; dev chooses temperatures and
thresholds, as in a training. Nothing was chosen by the test domains or the five real articles.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any
from unittest.mock import patch

import numpy as np
import typer
from sklearn.dummy import DummyClassifier

from stance.config import DataConfig, EvaluationConfig, InputConfig
from stance.corpus import Split, load_corpus, split_corpus
from stance.features.lexicon import Lexicon, shipped_lexicon
from stance.features.marks import ACTORS, TOPIC, topic_marks
from stance.metrics import score
from stance.models.decision import Decision, fit_decision
from stance.models.statement_features import statement_features
from stance.models.tfidf_linear import TfidfLinear
from stance.schema import LabelledStatement
from stance.tasks import CONDITIONS, TASKS

HERE = Path(__file__).resolve().parent
SEEDS = HERE.parents[1] / "seeds"
MARKERS = frozenset(["only", "if", "unless", "must", "demand"])
SHOWN = ("openness", "stance", "conditions macro", "conditions micro", "spans exact", "spans overlap")
COMPARED = ("openness", "stance", "conditions micro")  # what a domain's mean is made of


class OneStep(TfidfLinear):
    """A classifier for every condition over all statements, in place of first asking whether there is any."""

    def fit(self, train: Sequence[LabelledStatement], dev: Sequence[LabelledStatement], **how: Any) -> OneStep:
        super().fit(train, dev, **how)
        _, about = statement_features(self.parts_, *self._read(train), self.company_weight)
        always = DummyClassifier(strategy="constant", constant=1).fit([[0], [0]], [0, 1])
        columns = CONDITIONS.gold(train).T
        self.heads_[CONDITIONS.name] = [always, *(self._head(about, column) for column in columns)]
        return self


@dataclass(frozen=True)
class Variant:
    """The baseline, changed: its class, its hyperparameters, names of its modules, lexicon classes left out."""

    kind: type[TfidfLinear] = TfidfLinear
    params: Mapping[str, float] = field(default_factory=dict)
    names: Mapping[str, Any] = field(default_factory=dict)
    without: frozenset[str] = frozenset()

    @contextmanager
    def in_place(self) -> Iterator[None]:
        entries = shipped_lexicon().entries
        kept = Lexicon((entry, name) for entry, name in entries if name not in self.without)
        with ExitStack() as stack:
            stack.enter_context(patch("stance.models.tfidf_linear.shipped_lexicon", lambda: kept))
            for name, value in self.names.items():
                stack.enter_context(patch(f"stance.models.{name}", value))
            yield


CLASSES = frozenset(name for _, name in shipped_lexicon().entries)
VARIANTS = {
    "the baseline": Variant(),
    "no cue lexicon": Variant(without=CLASSES),
    "cues without order and negation": Variant(names={"statement_features.statement_marks": topic_marks}),
    "no actors in the lexicon": Variant(without=ACTORS),
    "no requirement markers in the lexicon": Variant(without=MARKERS),
    "no topics of conditions in the lexicon": Variant(without=frozenset(n for n in CLASSES if n.startswith(TOPIC))),
    "no target, role, context": Variant(params={"company_weight": 0.0}),
    "conditions by clauses alone": Variant(params={"clause_weight": 1.0}),
    "conditions by statement alone": Variant(params={"clause_weight": 0.0}),
    "the same, all in one step": Variant(OneStep, {"clause_weight": 0.0}),
    "every clause looked at": Variant(names={"tfidf_linear.UNLIKELY": 0.0}),
}


def main(
    groups: Annotated[int, typer.Option(help="Groups of train domains, each held out once.")] = 5,
    only: Annotated[str, typer.Option(help="Measure one variant and write nothing.")] = "",
    final: Annotated[bool, typer.Option(help="Score the baseline on test domains and news; write nothing.")] = False,
) -> None:
    corpus = load_corpus(SEEDS / "written")
    split = split_corpus(corpus, DataConfig())
    if final:
        news = load_corpus(SEEDS / "news").statements
        model, decision = _fit(Variant(), split.train, split)
        for name, gold in (("dev", split.dev), ("test", split.test), ("news", news)):
            print(_row(name, _scores(gold, decision.label(gold, model.predict_proba(gold)))))
        return
    domains = sorted({s.domain for s in split.train})
    found = {}
    for name in [only] if only else list(VARIANTS):
        started = time.perf_counter()
        found[name] = _measure(VARIANTS[name], split, [domains[i::groups] for i in range(groups)])
        print(_row(name, found[name][0]), f"{time.perf_counter() - started:.0f} s", flush=True)
    if not only:
        about = (
            f"{len(domains)} train domains ({len(split.train):,} statements) held out in {groups} groups; "
            f"dev {len(split.dev):,} statements; corpus {corpus.digest[:12]}\n\n"
        )
        (HERE / "result.md").write_text(about + _table(found), encoding="utf-8")


Measured = tuple[dict[str, float], dict[str, float], list[float]]  # held out, on dev, of each held-out domain


def _measure(variant: Variant, split: Split, folds: Sequence[Sequence[str]]) -> Measured:
    """Scores on all held-out statements, on dev (mean over folds), and the mean score of every domain."""
    gold: list[LabelledStatement] = []
    labelled: list[LabelledStatement] = []
    on_dev = []
    with variant.in_place():
        for fold in folds:
            model, decision = _fit(variant, [s for s in split.train if s.domain not in fold], split)
            held_out = [s for s in split.train if s.domain in fold]
            gold += held_out
            labelled += decision.label(held_out, model.predict_proba(held_out))
            on_dev.append(_scores(split.dev, decision.label(split.dev, model.predict_proba(split.dev))))
    of_domains = []
    for domain in sorted({s.domain for s in gold}):
        rows = [i for i, s in enumerate(gold) if s.domain == domain]
        scores = _scores([gold[i] for i in rows], [labelled[i] for i in rows])
        of_domains.append(float(np.mean([scores[name] for name in COMPARED])))
    return _scores(gold, labelled), {name: float(np.mean([d[name] for d in on_dev])) for name in SHOWN}, of_domains


def _fit(variant: Variant, train: Sequence[LabelledStatement], split: Split) -> tuple[TfidfLinear, Decision]:
    model = variant.kind(**variant.params).fit(train, split.dev, inputs=InputConfig(), tasks=TASKS, seed=13)
    return model, fit_decision(model.predict_proba(split.dev), split.dev)


def _scores(gold: Sequence[LabelledStatement], labelled: Sequence[LabelledStatement]) -> dict[str, float]:
    scores = score(gold, labelled, EvaluationConfig(resamples=0))
    true, called = (CONDITIONS.gold(rows) for rows in (gold, labelled))
    assert scores.spans is not None
    macro = {name: task.macro_f1 for name, task in scores.tasks.items()}
    micro = 2 * int((true & called).sum()) / max(1, int(true.sum() + called.sum()))
    values = (macro["openness"], macro["stance"], macro["conditions"], micro)
    return dict(zip(SHOWN, (*values, scores.spans.exact_f1, scores.spans.overlap_f1), strict=True))


def _row(name: str, scores: Mapping[str, float]) -> str:
    return f"| {name} | {' | '.join(f'{scores[key]:.3f}' for key in SHOWN)} |"


def _table(found: Mapping[str, Measured]) -> str:
    """Markdown: held-out scores with each domain's change against the baseline, then dev."""
    whole = np.array(found["the baseline"][2])
    lines = [f"| held out | {' | '.join(SHOWN)} | change, mean over domains |", "| --- " * (len(SHOWN) + 2) + "|"]
    for name, (scores, _, of_domains) in found.items():
        change = np.array(of_domains) - whole
        error = change.std(ddof=1) / len(change) ** 0.5
        lines.append(f"{_row(name, scores)} {change.mean():+.3f} ± {error:.3f} |")
    lines += ["", f"| dev | {' | '.join(SHOWN)} |", "| --- " * (len(SHOWN) + 1) + "|"]
    lines += [_row(name, on_dev) for name, (_, on_dev, _) in found.items()]
    return "\n".join(lines) + f"\n\nChange: of the mean of {', '.join(COMPARED)}, ± its standard error.\n"


if __name__ == "__main__":
    typer.run(main)
