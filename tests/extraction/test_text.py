"""Offsets hold for any text; quotation marks and sentences end where a reader ends them."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stance.extraction.quotes import quotations
from stance.extraction.rules import RulesExtractor
from stance.extraction.sentences import paragraphs, quoted_sentences
from stance.schema import Article, Span

EXTRACTOR = RulesExtractor()
PIECES = st.sampled_from(
    [
        "“",
        "”",
        '"',
        "'",
        "‘",
        "’",
        "«",
        "»",
        "„",
        "''",
        " said ",
        "The minister",
        " Ilya Dorn",
        ",",
        ".",
        ":",
        ";",
        " — ",
        "\n",
        "\n\n",
        " ",
        "HOST: ",
        "DORN: ",
        "According to ",
        "he",
        " and ",
        " that ",
        "on Friday",
        "3",
        "(",
        ")",
        "\u2028",
        "\u202e",
        "\u200f",
        "\x00",
        "\ud800",
        "• ",
        "1. ",
        " argue that:",
        " – ",
        "Karsavian ",
        "’s ",
        "2031-04-02 ",
        "June 2029 — ",
        "Civic Front",
        "its leader",
        "<div>",
    ]
)
CHARACTERS = st.characters(codec=None, exclude_categories=())  # halves of surrogate pairs too
EXAMPLES = int(os.environ.get("STANCE_EXAMPLES", "150"))  # a few seconds; 10,000 for a thorough run


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(st.text(CHARACTERS, max_size=300), st.lists(PIECES, max_size=60).map("".join)))
def test_offsets_hold_for_any_text(text: str) -> None:
    found = EXTRACTOR.extract(Article(text=text, article_id="a", date="2031-04-02"))
    assert all(text[s.start : s.end] == s.text and s.text.strip() == s.text != "" for s in found)
    assert [s.statement_id for s in found] == [f"a:{n:03d}" for n in range(len(found))]
    ends = [0, *(s.end or 0 for s in found)]
    assert all((s.start or 0) >= before for s, before in zip(found, ends, strict=False))


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=40))
def test_any_date_is_survived(date: str) -> None:
    found = EXTRACTOR.extract(Article(text="Dorn said on Friday, Feb. 30, that he would come.", date=date))
    assert len(found) == 1


HOSTILE = [
    "“" * 3000,
    "“We will talk, he said. " * 2000,
    "the minister said that talks go on and on " * 3000,
    "A said B; " * 3000,
    "'" * 5000,
    "Minister " * 5000,
    "( [ " * 5000,
    "NAME: " * 5000,
    "\n" * 20000,
    "\x00\ud800 said \U0010ffff",
    "x" * 1_000_000,
    "the minister said that talks go on and on " * 24_000,  # 1 MB, one line, no full stop
    "<div>" * 20_000 + "The minister said no." + "</div>" * 20_000,
    bytes(range(256)).decode("latin-1") * 200,
    "\u202e\u200fThe minister\u202c said\u200e no. " * 2000,
    "\0The\0minister said\0no. \0" * 2000,
    "- the release of all prisoners\n" * 5000,
    "Officials argue that:\n" + "1. It ends the war.\n" * 3000,
    "‘“" * 3000,
    "Council of the " * 5000,
    "Karsavia’s " * 5000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=[repr(text[:12]) for text in HOSTILE])
def test_hostile_text_is_survived(text: str) -> None:
    for statement in EXTRACTOR.extract(Article(text=text)):
        assert text[statement.start : statement.end] == statement.text


QUOTES = [
    ("“a” b “c”", ["“a”", "“c”"]),
    ('«a» and „b“ and "c"', ["«a»", "„b“", '"c"']),
    ("“they said ‘no’ to us,” he said", ["“they said ‘no’ to us,”"]),
    ("“open to the end", ["“open to the end"]),
    ("“first, he said. “second,” he said", ["“first, he said.", "“second,”"]),
    ("the workers' union's 'no' is final", ["'no'"]),
    ("It's the farmers' day", []),
    ("‘We don’t know,’ he said", ["‘We don’t know,’"]),
    ("''We know,'' he said", ["''We know,''"]),
    ('a 5" screen and a "new" one', ['"new"']),
]


@pytest.mark.parametrize(("text", "expected"), QUOTES, ids=[text for text, _ in QUOTES])
def test_quotations(text: str, expected: list[str]) -> None:
    assert [text[span.start : span.end] for span in quotations(text, 0, len(text))] == expected


SENTENCES = [
    ("He came. She left.", ["He came.", "She left."]),
    ("“We came. We left,” he said. She slept.", ["“We came. We left,” he said.", "She slept."]),
    ("“We came.” She slept.", ["“We came.”", "She slept."]),
    (
        "Gen. Ali met U.S. envoys on Feb. 3. They talked.",
        ["Gen. Ali met U.S. envoys on Feb. 3.", "They talked."],
    ),
    ("1. The Ministry regrets this. 2. It objects.", ["1. The Ministry regrets this.", "2. It objects."]),
    ("“Never.” [Herald] Osk agreed.", ["“Never.” [Herald]", "Osk agreed."]),
    (
        "Said H.D. Putt. We two and I. Then they went.",
        ["Said H.D. Putt.", "We two and I.", "Then they went."],
    ),
    ("First line\nSecond line", ["First line", "Second line"]),
]


@pytest.mark.parametrize(("text", "expected"), SENTENCES, ids=[text for text, _ in SENTENCES])
def test_sentences(text: str, expected: list[str]) -> None:
    spans: list[Span] = [s.span for line in paragraphs(text) for s in quoted_sentences(text, line)]
    assert [text[span.start : span.end] for span in spans] == expected
