"""Scores on real news items of many conflicts, whose labels lie here and whose text does not.

    python experiments/real_news/run.py PATH_TO_UNLABELLED_NEWS --models models/held_out

labels.jsonl points into the files of that folder by id and characters. results.md gets a line per model folder
called NAME-SEED; agreement.md the agreement of the two readers.
"""

from __future__ import annotations

import json
import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from stance.agreement import compare
from stance.config import EvaluationConfig
from stance.errors import StanceError
from stance.metrics import Scores, score
from stance.models.bundle import load_bundle
from stance.schema import ConditionSpan, LabelledStatement

HERE = Path(__file__).resolve().parent
PARTS = ("dev", "test")
SHOWN = ("majority", "baseline", "transformer", "transformer-distilled", "transformer-large")
HEADS = ("openness", "conditions", "stance", "conditions micro", "spans overlap")


def main(
    path: Annotated[Path, typer.Argument(help="Folder of current_events_talks.jsonl, ..., wikinews_2019_2020.jsonl.")],
    models: Annotated[Path, typer.Option(help="Folder of model folders, as experiments/held_out leaves it.")] = Path(
        "models/held_out"
    ),
) -> None:
    rows = [json.loads(line) for line in (HERE / "labels.jsonl").read_text(encoding="utf-8").splitlines()]
    texts = _texts(path, rows)
    gold = {part: [statement(row, row, texts) for row in rows if row["part"] == part] for part in PARTS}
    found: dict[str, list[dict[str, Scores]]] = defaultdict(list)
    for folder in sorted(models.iterdir()):
        name, _, seed = folder.name.rpartition("-")
        if name not in SHOWN or not seed.isdigit():
            continue
        bundle = load_bundle(folder)
        found[name].append({p: score(of, bundle.label(of), bundle.config.evaluation) for p, of in gold.items()})
        print(folder.name, {part: _figures(of) for part, of in found[name][-1].items()}, flush=True)
    (HERE / "results.md").write_text(_table(found))
    (HERE / "agreement.md").write_text(_agreement(rows, texts))


def statement(row: Mapping[str, Any], labels: Mapping[str, Any], texts: Mapping[str, str]) -> LabelledStatement:
    """A row's statement with the adjudicated labels or one reader's; spans count from the statement's start."""
    text = texts[row["id"]][row["start"] : row["end"]]
    speaker = row["speaker"] if isinstance(row["speaker"], str) else text[slice(*row["speaker"])]
    spans = [ConditionSpan(c["start"], c["end"], c["label"], text[c["start"] : c["end"]]) for c in labels["conditions"]]
    return LabelledStatement(
        text=text,
        statement_id=f"{row['id']}:{row['start']}",
        article_id=row["id"],
        speaker=speaker,
        side=row["side"],
        target=row["target"],
        openness=labels["openness"],
        conditions=tuple(spans),
        stance=labels["stance"],
    )


def _texts(path: Path, rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The text of every item that a row points to."""
    wanted = {row["id"] for row in rows}
    texts = {}
    for name in sorted({row["file"] for row in rows}):
        for item in map(json.loads, (path / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()):
            if item["id"] in wanted:
                texts[item["id"]] = item["text"]
    if wanted - texts.keys():
        raise StanceError(f"{path}: lacks {len(wanted - texts.keys())} of the items that labels.jsonl names")
    return texts


def _figures(scores: Scores) -> list[float]:
    """In the order of `HEADS`."""
    assert scores.spans is not None
    macro = [scores.tasks[name].macro_f1 for name in ("openness", "conditions", "stance")]
    return [*macro, scores.tasks["conditions"].micro_f1, scores.spans.overlap_f1]


def _table(found: Mapping[str, Sequence[Mapping[str, Scores]]]) -> str:
    parts = []
    for part in PARTS:
        some = next(iter(found.values()))[0][part]
        spans = some.spans.support if some.spans else 0
        parts.append(f"**{part}** ({some.statements} statements of {some.articles} items, {spans} condition spans)\n")
        parts.append(f"| macro-F1 | {' | '.join(HEADS)} | seeds |\n| {' | '.join(['---'] * (len(HEADS) + 2))} |")
        for name in SHOWN:
            if name in found:
                columns = zip(*(_figures(of_seed[part]) for of_seed in found[name]), strict=True)
                parts.append(f"| {name} | {' | '.join(map(_spread, columns))} | {len(found[name])} |")
        parts.append("")
    return "\n".join(parts).rstrip() + "\n"


def _spread(values: Sequence[float]) -> str:
    spread = f" ± {statistics.stdev(values):.3f}" if len(values) > 1 else ""
    return f"{statistics.mean(values):.3f}{spread}"


def _agreement(rows: Sequence[Mapping[str, Any]], texts: Mapping[str, str]) -> str:
    """Krippendorff's alpha of the two readings, where both took the sentence for a statement."""
    both = [row for row in rows if row["first"] and row["second"]]
    first, second = ([statement(row, row[reader], texts) for row in both] for reader in ("first", "second"))
    done = compare(first, second, EvaluationConfig())
    lines = [
        f"{len(both)} statements that both readers took for one.\n",
        "| task | alpha | 95 % interval |",
        "| --- | --- | --- |",
    ]
    for name, of_task in done.tasks.items():
        lines.append(f"| {name} | {of_task.alpha:.3f} | {of_task.low:.3f} to {of_task.high:.3f} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    typer.run(main)
