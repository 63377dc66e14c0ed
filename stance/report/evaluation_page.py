"""One self-contained HTML page of how a model did: scores, slices, pictures, and the errors it was surest of."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from stance.config import EvaluationConfig
from stance.metrics import Scores, score
from stance.report.files import write_text
from stance.schema import LabelledStatement
from stance.tasks import Tasks

WORST = 30  # confident errors shown
SMALLEST_SLICE = 5  # statements
LENGTHS = ((15, "up to 15 words"), (30, "16 to 30 words"), (10**9, "longer"))
PLAIN = EvaluationConfig(resamples=0)


def write_evaluation_page(
    output: Path,
    name: str,
    parts: Mapping[str, tuple[Sequence[LabelledStatement], Sequence[LabelledStatement]]],
    scores: Mapping[str, Scores],
    floor: Mapping[str, Scores],
    tasks: Tasks,
    pictures: Mapping[str, Sequence[Path]],
) -> None:
    """Write the page; `parts` is part -> gold and predicted rows, `pictures` part -> PNG files put into the page.

    `floor` holds the majority baseline's scores.
    """
    from jinja2 import Environment, PackageLoader

    environment = Environment(loader=PackageLoader("stance.report"), autoescape=True, trim_blocks=True)
    sections = [
        {
            "part": part,
            "scores": scores[part],
            "floor": floor[part],
            "slices": slices(gold, predicted, tasks),
            "worst": worst(gold, predicted, tasks),
            "pictures": [_inline(path) for path in pictures[part]],
        }
        for part, (gold, predicted) in parts.items()
    ]
    page = environment.get_template("evaluation.html").render(name=name, sections=sections, tasks=[*tasks])
    write_text(page, output)


def slices(
    gold: Sequence[LabelledStatement], predicted: Sequence[LabelledStatement], tasks: Tasks
) -> list[dict[str, Any]]:
    """Macro-F1 per task by kind of quotation, length, and domain; slices of a few statements are left out."""
    kinds: dict[str, Callable[[LabelledStatement], str]] = {
        "quotation": lambda s: s.quotation,
        "length": lambda s: next(label for most, label in LENGTHS if len(s.text.split()) <= most),
        "domain": lambda s: s.domain,
    }
    found = []
    for kind, of in kinds.items():
        groups: dict[str, list[int]] = {}
        for i, statement in enumerate(gold):
            groups.setdefault(of(statement), []).append(i)
        for group, rows in sorted(groups.items(), key=lambda pair: -len(pair[1])):
            if group and len(rows) >= SMALLEST_SLICE:
                of_slice = score([gold[i] for i in rows], [predicted[i] for i in rows], PLAIN, tasks)
                figures = {name: task.macro_f1 for name, task in of_slice.tasks.items()}
                found.append({"kind": kind, "group": group, "statements": len(rows), "figures": figures})
    return found


def worst(
    gold: Sequence[LabelledStatement], predicted: Sequence[LabelledStatement], tasks: Tasks
) -> list[dict[str, Any]]:
    """The wrong single labels with the highest probability, surest first."""
    errors = [
        {
            "text": g.text,
            "speaker": g.speaker,
            "target": g.target,
            "task": name,
            "gold": task.label_of(g),
            "predicted": task.label_of(p),
            "proba": (p.proba or {}).get(name, {}).get(task.label_of(p), 0.0),
        }
        for g, p in zip(gold, predicted, strict=True)
        for name, task in tasks.items()
        if task.kind == "single" and task.label_of(g) != task.label_of(p)
    ]
    return sorted(errors, key=lambda error: -float(str(error["proba"])))[:WORST]


def _inline(path: Path) -> dict[str, str]:
    return {"alt": path.stem.replace("_", " "), "data": base64.b64encode(path.read_bytes()).decode("ascii")}
