"""What the codebook demands of a statement's labels taken together."""

from __future__ import annotations

from collections.abc import Sequence

from stance.schema import QUOTATIONS, ConditionSpan, LabelledStatement
from stance.tasks.conditions import CONDITIONS
from stance.tasks.openness import OPENNESS
from stance.tasks.stance import STANCE


def violations(
    *,
    openness: str = "unstated",
    conditions: Sequence[str] = (),
    stance: str = "neutral",
    speaker: str | None = None,
) -> list[str]:
    """What breaks the codebook in a set of labels, one sentence each; empty if nothing does.

    `speaker` empty means nobody is responsible for the sentence (codebook, section 1); None means
    that the speaker is not known here, which forbids nothing.
    """
    broken = []
    if openness == "conditional" and not conditions:
        broken.append("conditions: 'conditional' needs at least one condition (codebook, section 2)")
    if speaker == "":
        if openness != OPENNESS.silent:
            broken.append(f"openness: must be {OPENNESS.silent!r} where nobody speaks (codebook, section 1)")
        if conditions:
            broken.append("conditions: must be empty where nobody speaks (codebook, section 1)")
        if stance != STANCE.silent:
            broken.append(f"stance: must be {STANCE.silent!r} where nobody speaks (codebook, section 1)")
    return broken


def gold_violations(statement: LabelledStatement, article_text: str | None = None) -> list[str]:
    """What breaks the codebook in a gold statement, one `field: problem` each.

    With the article's text its offsets are checked too.
    """
    broken = []
    for task in (OPENNESS, STANCE):
        label = getattr(statement, task.name)
        if label not in task.labels:
            broken.append(f"{task.name}: unknown label {label!r} (allowed: {', '.join(task.labels)})")
    if statement.quotation and statement.quotation not in QUOTATIONS:
        broken.append(f"quotation: unknown kind {statement.quotation!r} (allowed: {', '.join(QUOTATIONS)})")
    for span in statement.conditions:
        broken += span_violations(span, statement.text)
    if article_text is not None:
        broken += _offset_violations(statement, article_text)
    if not broken:
        broken = violations(
            openness=statement.openness,
            conditions=statement.condition_labels,
            stance=statement.stance,
            speaker=statement.speaker,
        )
    return broken


def span_violations(span: ConditionSpan, text: str) -> list[str]:
    """What is wrong with one condition span of a statement whose words are `text`."""
    if span.label not in CONDITIONS.labels:
        return [f"conditions: unknown label {span.label!r} (allowed: {', '.join(CONDITIONS.labels)})"]
    if not 0 <= span.start < span.end <= len(text):
        return [
            f"conditions: span [{span.start}, {span.end}) of {span.label!r} is not inside the {len(text)} characters"
        ]
    if text[span.start : span.end] != span.text:
        found = text[span.start : span.end]
        return [f"conditions: span [{span.start}, {span.end}) of {span.label!r} reads {found!r}, not {span.text!r}"]
    return []


def _offset_violations(statement: LabelledStatement, article_text: str) -> list[str]:
    if statement.start is None or statement.end is None:
        return ["start: start and end are needed beside an article"]
    found = article_text[statement.start : statement.end] if statement.start >= 0 else ""
    if found != statement.text:
        return [
            f"start: article[{statement.start}:{statement.end}] reads {_short(found)}, not {_short(statement.text)}"
        ]
    return []


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:39] + "…")
