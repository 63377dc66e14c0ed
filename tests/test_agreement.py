"""Alpha against Krippendorff's own examples, nltk and hand counts; what is compared and what is listed."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nltk.metrics.agreement import AnnotationTask
from nltk.metrics.distance import masi_distance as nltk_masi

from stance.agreement import compare, krippendorff_alpha, masi_distance
from stance.config import EvaluationConfig
from stance.schema import ConditionSpan, LabelledStatement

NO_BOOTSTRAP = EvaluationConfig(resamples=0)

# Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", examples A, B and C; "." is missing.
BINARY = ("0100000010", "1110010000"), 0.095
NOMINAL = ("aabbdcccedda", "babbbccceddd"), 0.692
MISSING = ("123321412...", "1233224125.3", ".3332342251.", "12332441251."), 0.743


@pytest.mark.parametrize(("rows", "alpha"), [BINARY, NOMINAL, MISSING], ids=["binary", "nominal", "missing"])
def test_alpha_is_that_of_krippendorffs_examples(rows: tuple[str, ...], alpha: float) -> None:
    readings = [[None if value == "." else value for value in row] for row in rows]
    assert krippendorff_alpha(*readings) == pytest.approx(alpha, abs=0.0005)


def test_alpha_is_not_defined_without_variation() -> None:
    assert math.isnan(krippendorff_alpha(["open"] * 5, ["open"] * 5))
    assert math.isnan(krippendorff_alpha([], []))
    assert math.isnan(krippendorff_alpha(["open", None], [None, "closed"]))  # nothing labelled by both


def test_perfect_and_systematic_disagreement() -> None:
    assert krippendorff_alpha(["open", "closed"], ["open", "closed"]) == 1
    assert krippendorff_alpha(["open", "closed"] * 4, ["closed", "open"] * 4) < 0


def test_readings_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError):
        krippendorff_alpha(["open"], ["open", "closed"])


LABELS = ("venue", "format", "timing", "other")
SETS = st.frozensets(st.sampled_from(LABELS))


@given(st.lists(st.lists(st.sampled_from([*LABELS, None]), min_size=3, max_size=3), min_size=2, max_size=25))
def test_alpha_with_missing_values_equals_nltks(units: list[list[str | None]]) -> None:
    rows = [(f"a{i}", str(j), value) for j, unit in enumerate(units) for i, value in enumerate(unit) if value]
    ours = krippendorff_alpha(*zip(*units, strict=True))
    if math.isnan(ours):
        paired = [[v for v in unit if v] for unit in units]
        assert len({v for values in paired if len(values) > 1 for v in values}) <= 1
    else:
        assert ours == pytest.approx(AnnotationTask(data=rows).alpha())


@given(st.lists(st.tuples(SETS, SETS), min_size=2, max_size=25))
def test_alpha_with_masi_distance_equals_nltks(pairs: list[tuple[frozenset[str], frozenset[str]]]) -> None:
    def theirs(a: frozenset[str], b: frozenset[str]) -> float:
        return nltk_masi(a, b) if a | b else 0.0  # nltk divides by zero for two empty sets

    rows = [(name, str(j), value) for j, pair in enumerate(pairs) for name, value in zip("ab", pair, strict=True)]
    ours = krippendorff_alpha(*zip(*pairs, strict=True), distance=masi_distance)
    if len({value for pair in pairs for value in pair}) == 1:
        assert math.isnan(ours)
    else:
        assert ours == pytest.approx(AnnotationTask(data=rows, distance=theirs).alpha())


@given(SETS, SETS)
def test_masi_equals_nltks(a: frozenset[str], b: frozenset[str]) -> None:
    if a | b:
        assert masi_distance(a, b) == pytest.approx(nltk_masi(a, b))


@pytest.mark.parametrize(
    ("a", "b", "distance"),
    [
        ("", "", 0),
        ("a", "a", 0),
        ("", "a", 1),
        ("a", "b", 1),
        ("ab", "abcd", 1 - 2 / 4 * 2 / 3),  # one within the other
        ("ab", "bc", 1 - 1 / 3 * 1 / 3),  # each has something of its own
    ],
)
def test_masi_by_hand(a: str, b: str, distance: float) -> None:
    assert masi_distance(frozenset(a), frozenset(b)) == pytest.approx(distance)


def _row(
    number: int, openness: str, stance: str, *spans: tuple[str, int, int], article: str = "a1"
) -> LabelledStatement:
    conditions = tuple(ConditionSpan(start, end, label, "x" * (end - start)) for label, start, end in spans)
    return LabelledStatement(
        "", statement_id=f"{article}:{number:03d}", openness=openness, stance=stance, conditions=conditions
    )


FIRST = [
    _row(0, "open", "favor"),
    _row(1, "conditional", "neutral", ("ceasefire", 0, 10)),
    _row(2, "closed", "against", ("venue", 5, 9), ("agenda", 20, 30)),
    _row(0, "unstated", "neutral", article="a2"),
]
SECOND = [
    _row(0, "open", "neutral"),
    _row(1, "conditional", "neutral", ("ceasefire", 4, 10)),
    _row(2, "closed", "against", ("venue", 5, 9)),
    _row(0, "", "neutral", article="a2"),
]


def test_compare_counts_confusions_and_missing_labels() -> None:
    found = compare(FIRST, SECOND, NO_BOOTSTRAP)
    assert (found.statements, found.articles) == (4, 2)
    openness, stance = found.tasks["openness"], found.tasks["stance"]
    assert (openness.statements, openness.equal, openness.alpha) == (3, 3, 1)  # one was left open
    assert (stance.statements, stance.equal) == (4, 3)
    favor, neutral = stance.matrix_labels.index("favor"), stance.matrix_labels.index("neutral")
    assert stance.matrix[favor][neutral] == 1
    assert stance.matrix[neutral][favor] == 0
    assert stance.labels["favor"].first == 1
    assert stance.labels["favor"].second == 0
    conditions = found.tasks["conditions"]
    assert conditions.labels["ceasefire"].alpha == 1
    assert conditions.labels["timing"].alpha is None  # nobody chose it
    assert conditions.mean_label_alpha == pytest.approx(
        sum(conditions.labels[label].alpha or 0 for label in ("ceasefire", "venue", "agenda")) / 3
    )


def test_span_agreement_by_hand() -> None:
    spans = compare(FIRST, SECOND, NO_BOOTSTRAP).spans
    assert (spans.first, spans.second) == (3, 2)
    assert spans.exact_f1 == pytest.approx(2 * 1 / 5)  # only the venue is equal to the letter
    assert spans.overlap_f1 == pytest.approx(2 * (6 + 4) / (24 + 10))


def test_disagreements_to_settle() -> None:
    found = {(d.statement_id, d.task): (d.first, d.second) for d in compare(FIRST, SECOND, NO_BOOTSTRAP).disagreements}
    assert found == {
        ("a1:000", "stance"): (("favor",), ("neutral",)),
        ("a1:001", "spans"): (("ceasefire: " + "x" * 10,), ("ceasefire: " + "x" * 6,)),
        ("a1:002", "conditions"): (("venue", "agenda"), ("venue",)),
    }


def test_interval_resamples_articles_and_holds_alpha() -> None:
    first = [_row(j, "open" if j % 2 else "closed", "neutral", article=f"a{i}") for i in range(8) for j in range(6)]
    second = [s if i % 7 else _row(99, "unstated", "neutral") for i, s in enumerate(first)]
    second = [
        _row(int(a.statement_id[-3:]), b.openness, b.stance, article=a.statement_id[:2])
        for a, b in zip(first, second, strict=True)
    ]
    found = compare(first, second, EvaluationConfig(resamples=300))
    task = found.tasks["openness"]
    assert task.alpha is not None and task.low is not None and task.high is not None
    assert task.low < task.alpha < task.high <= 1
    assert found == compare(first, second, EvaluationConfig(resamples=300))  # seeded
    assert found.tasks["stance"].alpha is None and found.tasks["stance"].low is None  # no variation
    one_article = compare(first[:6], second[:6], EvaluationConfig(resamples=300))
    assert one_article.tasks["openness"].low is None  # nothing to resample


def test_other_statements_are_refused() -> None:
    with pytest.raises(ValueError):
        compare(FIRST, SECOND[::-1], NO_BOOTSTRAP)


def test_nothing_to_compare_is_no_traceback() -> None:
    found = compare([], [], EvaluationConfig(resamples=10))
    assert found.statements == 0
    assert found.tasks["openness"].alpha is None
    assert found.spans.exact_f1 is None
