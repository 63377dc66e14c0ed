"""Scores of extraction, worked out by hand."""

from __future__ import annotations

import pytest

from stance.extraction.scoring import cluster_f1, head, is_unresolved, matched, scores
from stance.schema import Statement

TEXT = "one two three four. five six seven eight."


def statement(start: int, end: int, speaker: str = "Dorn", speaker_id: str = "dorn", **more: str) -> Statement:
    return Statement(
        text=TEXT[start:end],
        article_id="a",
        start=start,
        end=end,
        speaker=speaker,
        speaker_id=speaker_id,
        **more,
    )


FIRST, SECOND = (0, 19), (20, 41)


def test_perfect_agreement() -> None:
    gold = [statement(*FIRST, quotation="direct"), statement(*SECOND, quotation="mixed")]
    result = scores(gold, gold, {"a": TEXT})
    assert result["exact_f1"] == result["token_f1"] == result["speaker_head"] == result["quotation"] == 1.0


def test_half_of_the_gold_found() -> None:
    result = scores([statement(*FIRST), statement(*SECOND)], [statement(*FIRST)], {"a": TEXT})
    assert result["exact_f1"] == pytest.approx(2 / 3)
    assert result["token_precision"] == 1.0
    assert result["token_recall"] == 0.5


def test_a_pair_needs_half_of_the_longer_one() -> None:
    assert matched([statement(0, 19)], [statement(0, 10)])
    assert not matched([statement(0, 19)], [statement(0, 9)])


def test_nothing_found_and_nothing_wanted() -> None:
    assert scores([], [], {})["token_f1"] == 0.0


HEADS = [
    ("Foreign Minister Ilya Dorn", "dorn"),
    ("the UN envoy, Amadou Sissoko", "sissoko"),
    ("Shigeru Ohtaki, 78, whose sister disappeared", "ohtaki"),
    ("a senior official in Geneva", "official"),
    ("Kyiv", "kyiv"),
    ("the Federal Chancellery", "chancellery"),
    ("", ""),
]


@pytest.mark.parametrize(("speaker", "expected"), HEADS)
def test_head(speaker: str, expected: str) -> None:
    assert head(speaker) == expected


def test_clusters_are_compared_by_pairs() -> None:
    one = [
        statement(0, 9, speaker_id="x"),
        statement(10, 19, speaker_id="x"),
        statement(20, 41, speaker_id="y"),
    ]
    split = [
        statement(0, 9, speaker_id="p"),
        statement(10, 19, speaker_id="q"),
        statement(20, 41, speaker_id="r"),
    ]
    same = [
        statement(0, 9, speaker_id="p"),
        statement(10, 19, speaker_id="p"),
        statement(20, 41, speaker_id="r"),
    ]
    assert cluster_f1(list(zip(one, same, strict=True))) == 1.0
    assert cluster_f1(list(zip(one, split, strict=True))) == 0.0


def test_unresolved_speakers() -> None:
    assert is_unresolved(statement(0, 9, speaker="", speaker_id=""))
    assert is_unresolved(statement(0, 9, speaker="the minister", speaker_id="minister"))
    assert not is_unresolved(statement(0, 9, speaker="the minister", speaker_id="ilya_dorn"))
    assert not is_unresolved(statement(0, 9, speaker="Kyiv", speaker_id="kyiv"))
