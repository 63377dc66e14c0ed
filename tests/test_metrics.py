"""Scores agree with scikit-learn's and with figures worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, precision_recall_fscore_support

from stance.config import EvaluationConfig
from stance.metrics import confusion, reliability, score, score_spans
from stance.schema import ConditionSpan, LabelledStatement
from stance.tasks import CONDITIONS, OPENNESS, STANCE

QUICK = EvaluationConfig(resamples=200)


def _random_rows(seed: int, n: int = 120) -> list[LabelledStatement]:
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        labels = rng.choice(CONDITIONS.labels[:5], size=rng.integers(0, 3), replace=False)
        rows.append(
            LabelledStatement(
                text=f"statement {i}",
                article_id=f"article {i // 6}",
                openness=str(rng.choice(OPENNESS.labels)),
                stance=str(rng.choice(STANCE.labels)),
                conditions=tuple(ConditionSpan(0, 4, str(label), "stat") for label in labels),
            )
        )
    return rows


def test_scores_equal_scikit_learns():
    gold, predicted = _random_rows(1), _random_rows(2)
    scores = score(gold, predicted, QUICK)
    for task in (OPENNESS, STANCE):
        y_true, y_pred = task.gold(gold), task.gold(predicted)
        assert scores.tasks[task.name].macro_f1 == pytest.approx(f1_score(y_true, y_pred, average="macro"))
        assert scores.tasks[task.name].accuracy == pytest.approx(accuracy_score(y_true, y_pred))
        by_label = precision_recall_fscore_support(y_true, y_pred, labels=range(len(task.labels)))
        for i, label in enumerate(task.labels):
            of_label = scores.tasks[task.name].labels[label]
            found = (of_label.precision, of_label.recall, of_label.f1, of_label.support)
            assert found == pytest.approx([column[i] for column in by_label])
        assert (confusion(task, gold, predicted) == confusion_matrix(y_true, y_pred)).all()
    y_true, y_pred = CONDITIONS.gold(gold), CONDITIONS.gold(predicted)
    present = y_true.any(axis=0)
    expected = f1_score(y_true[:, present], y_pred[:, present], average="macro")
    assert scores.tasks["conditions"].macro_f1 == pytest.approx(expected)
    assert scores.tasks["conditions"].support == y_true.sum()


def test_the_interval_holds_the_score_and_narrows_with_articles():
    wide = score(_random_rows(1, 60), _random_rows(2, 60), QUICK).tasks["openness"]
    narrow = score(_random_rows(1, 1200), _random_rows(2, 1200), QUICK).tasks["openness"]
    for task in (wide, narrow):
        assert task.low <= task.macro_f1 <= task.high
    assert narrow.high - narrow.low < wide.high - wide.low


def test_perfect_and_empty_predictions():
    gold = _random_rows(3)
    perfect = score(gold, gold, QUICK)
    assert perfect.mean_macro_f1 == 1
    assert (perfect.spans.exact_f1, perfect.spans.overlap_f1) == (1, 1)


def test_no_resampling_no_interval():
    task = score(_random_rows(1), _random_rows(2), EvaluationConfig(resamples=0)).tasks["stance"]
    assert task.low is None
    assert task.high is None


def test_span_scores_by_hand():
    """Gold 10 characters, predicted 5 of them under the same label and 5 under another: 2 * 5 / (10 + 10)."""
    gold = [[ConditionSpan(0, 10, "venue", "x" * 10)]]
    predicted = [[ConditionSpan(0, 5, "venue", "x" * 5), ConditionSpan(5, 10, "format", "x" * 5)]]
    assert score_spans(gold, predicted).overlap_f1 == pytest.approx(0.5)
    assert score_spans(gold, predicted).exact_f1 == 0
    assert score_spans(gold, gold).exact_f1 == 1
    assert score_spans([[]], [[]]).exact_f1 == 1


def test_condition_confusion_by_hand():
    """venue found, format taken for agenda, timing missed with nothing in its place, nothing asked nothing found."""

    def row(*labels):
        return LabelledStatement("x", conditions=tuple(ConditionSpan(0, 1, label, "x") for label in labels))

    gold = [row("venue", "format"), row("timing"), row()]
    predicted = [row("venue", "agenda"), row(), row()]
    at = {label: i for i, label in enumerate((*CONDITIONS.labels, "none"))}
    matrix = confusion(CONDITIONS, gold, predicted)
    expected = {("venue", "venue"): 1, ("format", "agenda"): 1, ("timing", "none"): 1, ("none", "none"): 1}
    assert {pair: matrix[at[pair[0]], at[pair[1]]] for pair in expected} == expected
    assert matrix.sum() == 4


def test_different_statements_are_refused():
    with pytest.raises(ValueError, match="same statements"):
        score(_random_rows(1, 10), _random_rows(1, 11), QUICK)


def sure(openness: str, share: float) -> LabelledStatement:
    """A row that gives `openness` with probability `share`, the rest of it to another label."""
    other = "open" if openness != "open" else "closed"
    proba = dict.fromkeys(OPENNESS.labels, 0.0) | {openness: share, other: 1 - share}
    return LabelledStatement("x", openness=openness, stance="neutral", proba={"openness": proba})


def test_calibration_error_is_the_gap_between_sureness_and_rightness() -> None:
    gold = [LabelledStatement("x", openness="closed", stance="neutral")] * 4
    # Three of four answers at 0.95 are right: sure by 0.95, right in 0.75.
    predicted = [sure("closed", 0.95)] * 3 + [sure("open", 0.95)]
    found = reliability(OPENNESS, gold, predicted)
    assert found.count.sum() == 4
    assert found.ece == pytest.approx(0.20)
    # Two bins weigh by what is in them: 3 at 0.95 all right (gap 0.05), 1 at 0.55 wrong (gap 0.55).
    found = reliability(OPENNESS, gold, [sure("closed", 0.95)] * 3 + [sure("open", 0.55)])
    assert found.ece == pytest.approx(0.75 * 0.05 + 0.25 * 0.55)


def test_micro_f1_counts_all_labels_together() -> None:
    def row(*labels: str) -> LabelledStatement:
        spans = tuple(ConditionSpan(0, 1, label, "x") for label in labels)
        return LabelledStatement("x", openness="unstated", stance="neutral", conditions=spans)

    gold, predicted = [row("venue", "format"), row(), row("timing")], [row("venue"), row("agenda"), row("timing")]
    task = score(gold, predicted, EvaluationConfig(resamples=0)).tasks["conditions"]
    assert task.micro_f1 == pytest.approx(2 * 2 / (3 + 3))  # two right, three in gold, three said
    assert task.macro_f1 == pytest.approx(2 / 3)  # venue and timing right, format missed
    assert task.ece is None
