"""The model card: what a saved model is, what it learned from, how well it does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from stance.behaviour import Behaviour
from stance.config import RunConfig
from stance.encoders.runners import LEAST_AGREEMENT
from stance.metrics import Scores
from stance.report.behaviour import behaviour_markdown
from stance.report.scores import scores_markdown
from stance.tasks import CODEBOOK_VERSION

WRITTEN = (
    "Texts of the written corpus were made for the project by language models, about invented people and states; "
    "scores on real news differ. "
)


def model_card(
    name: str,
    config: RunConfig,
    data_digest: str,
    counts: Mapping[str, Mapping[str, Counter[str]]],
    scores: Mapping[str, Scores],
    floor: Mapping[str, Scores],
    behaviour: tuple[Behaviour, Behaviour] | None = None,
    agreement: Mapping[str, float] | None = None,
) -> str:
    """Markdown; `counts` is part -> task -> label -> statements, `floor` the majority baseline's scores.

    `agreement` is precision -> share of dev's statements with the labels of fp32;
    `behaviour` is how the model and the majority baseline did on the behavioural cases, where there are any.
    """
    parts = [
        f"# {name}",
        f"{_what_it_labels(config)} "
        f"Trained by `stance` on `{config.data.corpus}` (sha256 {data_digest[:16]}), seed {config.training.seed}; "
        "the filled config is in `config.yaml`.",
    ]
    for part, of_part in scores.items():
        parts += [
            f"## Scores on {part}",
            f"{of_part.statements:,} statements in {of_part.articles:,} articles{_of_corpus(config, part)}, "
            f"none of whose {_group(config)} was trained on. Macro-F1 with "
            f"{config.evaluation.confidence:.0%} bootstrap intervals over articles.",
            scores_markdown({name: of_part, "majority": floor[part]}).rstrip(),
        ]
    if behaviour is not None:
        parts += [
            "## Behaviour",
            f"{len(behaviour[0].outcomes):,} cases of `{behaviour[0].data}` (sha256 {behaviour[0].digest[:16]}), "
            "written for testing alone. A minimum case is passed if all labels are right, an invariance case if they "
            "stay the same whether right or not, a direction case if every probability moves as it must; the tasks' "
            "columns say the same task by task. The majority baseline never moves, and so is invariant.",
            behaviour_markdown(*behaviour).rstrip(),
        ]
    if agreement:
        shares = ", ".join(f"{precision} {share:.2%}" for precision, share in agreement.items())
        parts += [
            "## Faster precisions",
            f"Share of dev's statements whose labels are all those of the network in torch, fp32: {shares}. fp32 is "
            f"ONNX Runtime's. `--precision auto` takes the fastest of those from {LEAST_AGREEMENT:.1%} on.",
        ]
    parts += ["## Labels in the data", _counts_table(counts)]
    parts += [
        "## Limits",
        f"{WRITTEN if config.data.kind == 'corpus' else ''}Dev chose when to stop, temperatures and thresholds. "
        "Probabilities are calibrated on dev; conditions are decided by the thresholds in `model.json`, not by 0.5.",
    ]
    return "\n\n".join(parts) + "\n"


def _what_it_labels(config: RunConfig) -> str:
    codebook = f"Labels statements about talks by codebook {CODEBOOK_VERSION}: {', '.join(config.tasks)}."
    own = "; ".join(f"{name} ({', '.join(task.labels)})" for name, task in config.own_tasks.items())
    return " ".join([*([codebook] if config.tasks else []), *([f"Labels by tasks of its own: {own}."] if own else [])])


def _group(config: RunConfig) -> str:
    usual = f"{config.data.group_by.removesuffix('_id')}s"
    return usual if config.data.kind == "corpus" else f"{usual}, or rows where the table names none,"


def _of_corpus(config: RunConfig, part: str) -> str:
    return f" of `{config.data.test}`" if part == "test" and config.data.test is not None else ""


def _counts_table(counts: Mapping[str, Mapping[str, Counter[str]]]) -> str:
    some = next(iter(counts.values()))
    lines = [["task", "label", *counts], ["---"] * (2 + len(counts))]
    for task, labels in some.items():
        for label in labels:
            lines.append([task, label, *(f"{of_part[task][label]:,}" for of_part in counts.values())])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
