"""What is a statement, who makes it, is it quoted: the codebook's section 1 on invented wire prose."""

from __future__ import annotations

import pytest

from stance.extraction import EXTRACTORS
from stance.schema import Article, Span, Statement


def extract(text: str, date: str = "2031-04-02", title: str = "", furniture: tuple[Span, ...] = ()) -> list[Statement]:
    article = Article(text=text, article_id="a1", title=title, date=date, furniture=furniture)
    found: list[Statement] = EXTRACTORS["rules"]().extract(article)
    return found


# name, article, [(what the statement begins with, speaker as printed, quotation)]
CASES: list[tuple[str, str, list[tuple[str, str, str]]]] = [
    (
        "quotation, then speaker",
        "“We will sit down once the shelling stops,” Foreign Minister Ilya Dorn said on Monday.",
        [("“We will sit down", "Foreign Minister Ilya Dorn", "direct")],
    ),
    (
        "verb before speaker, name after the title",
        "“Nobody has called us,” said the Osk envoy, Mara Teel.",
        [("“Nobody", "the Osk envoy, Mara Teel", "direct")],
    ),
    (
        "speaker first, colon",
        "Governor Teel told reporters: “We are packed. We can fly tonight.”",
        [("Governor Teel told", "Governor Teel", "direct")],
    ),
    (
        "quotation split around its speaker is one statement",
        "“We never left the table,” the minister said, “and our chair is still warm.”",
        [("“We never left", "the minister", "direct")],
    ),
    (
        "a second quoted sentence of the same breath belongs to it",
        "“It is not a question of will,” insists Mara Teel. “It is a question of trains.”",
        [("“It is not", "Mara Teel", "direct")],
    ),
    (
        "reported without marks",
        "The presidency replied that its negotiators would board a plane after two quiet days.",
        [("The presidency replied", "The presidency", "indirect")],
    ),
    (
        "reported, with quoted words",
        "Dorn insisted that the offer was “a trap with a ribbon on it” and would be sent back.",
        [("Dorn insisted", "Dorn", "mixed")],
    ),
    (
        "speaker after reported words",
        "Talks could resume in ten days, said the United Nations envoy, Francis Obi.",
        [("Talks could resume", "the United Nations envoy, Francis Obi", "indirect")],
    ),
    (
        "according to",
        "The first day will consist of separate meetings, according to a Helvane protocol officer.",
        [("The first day", "a Helvane protocol officer", "indirect")],
    ),
    (
        "in the words of, quoted as saying",
        "The agency quoted Deputy Minister Ri Tae as saying that the matter was settled.",
        [("The agency quoted", "Deputy Minister Ri Tae", "indirect")],
    ),
    (
        "was quoted as saying by",
        "General Orban Kesh was quoted as saying by Radio Osk that no meeting was planned.",
        [("General Orban Kesh", "General Orban Kesh", "indirect")],
    ),
    (
        "in a statement",
        "In a statement, the Osk foreign ministry urged both capitals to meet without delay.",
        [("In a statement", "the Osk foreign ministry", "indirect")],
    ),
    (
        "he told a paper, according to an agency: he speaks",
        "Dorn told the Morning Post that he would come alone, the state news agency reported.",
        [("Dorn told", "Dorn", "indirect")],
    ),
    (
        "verbs of position are reported speech",
        "The junta ruled out negotiations. Veltria is open to a meeting. The rebels called on both sides to talk.",
        [
            ("The junta", "The junta", "indirect"),
            ("Veltria is open", "Veltria", "indirect"),
            ("The rebels", "The rebels", "indirect"),
        ],
    ),
    (
        "for X, ...",
        "For economist Jo Verhagen of Selbourne University, the gap is half a point of turnover.",
        [("For economist", "economist Jo Verhagen of Selbourne University", "indirect")],
    ),
    (
        "a denial",
        "Haddar has denied reports that he sought a meeting with the prime minister.",
        [("Haddar has denied", "Haddar", "indirect")],
    ),
    (
        "a parenthesis between speaker and verb",
        "Hassan Zreik, a deputy from the armed wing, said there could be no negotiation with the enemy.",
        [("Hassan Zreik", "Hassan Zreik", "indirect")],
    ),
    (
        "two speakers in one sentence are two statements",
        "Dorn said Veltria would attend, while Teel said Osk would not.",
        [("Dorn said", "Dorn", "indirect"), ("Teel said", "Teel", "indirect")],
    ),
    (
        "two speakers around a semicolon",
        "The army says that talks would reward murder; the rebels say that they are ready to begin.",
        [("The army says", "The army", "indirect"), ("the rebels say", "the rebels", "indirect")],
    ),
    (
        "unnamed sources are speakers",
        "“We are not far from that,” a senior U.S. official said.",
        [("“We are not far", "a senior U.S. official", "direct")],
    ),
    (
        "capitals and offices act",
        "Moscow is signaling it would accept a meeting. Kyiv has repeatedly said that talks are necessary.",
        [("Moscow", "Moscow", "indirect"), ("Kyiv", "Kyiv", "indirect")],
    ),
    (
        "a transcript: the host is no speaker",
        "HOST: Will you go? DORN: We will. I have packed my bag. HOST: Thank you.",
        [("DORN: We will. I have packed my bag.", "DORN", "direct")],
    ),
    (
        "scare quotes and titles are not statements",
        "The film “Two Rivers” opened in Sarn on Friday. The so-called “corridor” is nine kilometres long.",
        [],
    ),
    (
        "the writer's own voice",
        "The war began in 2033. The front line has moved by less than 12 kilometres. The next round is due in May.",
        [],
    ),
    (
        "a silence is no statement",
        "The ministry did not say when its envoys would travel again.",
        [],
    ),
    (
        "guillemets, low quotes, straight and single quotes",
        "« We will come », Dorn said.\n\n„We will come“, Dorn said.\n\n"
        "\"We will come,\" Dorn said.\n\n'We will come,' Dorn said.",
        [(mark, "Dorn", "direct") for mark in ("«", "„", '"', "'")],
    ),
    (
        "nested marks belong to the outer quotation",
        "“They called it ‘a dialogue’ and sent tanks,” Dorn said.",
        [("“They called it ‘a dialogue’ and sent tanks,” Dorn said.", "Dorn", "direct")],
    ),
    (
        "a quotation over two paragraphs has one speaker",
        "“We will come,” Dorn said.\n\n“We ask for nothing. We bring a pen.”",
        [("“We will come", "Dorn", "direct"), ("“We ask for nothing. We bring a pen.”", "Dorn", "direct")],
    ),
    (
        "a quotation left open goes on in the next paragraph, where its speaker is named",
        "Teel said no.\n\n“We will come, and we wait for a date.\n\n“We ask for nothing else,” Dorn said.",
        [("Teel", "Teel", "indirect"), ("“We will come", "Dorn", "direct"), ("“We ask", "Dorn", "direct")],
    ),
    (
        "a long quotation is cut into its sentences",
        "“We came. We sat. We waited. We left,” Dorn said.",
        [(part, "Dorn", "direct") for part in ("“We came.", "We sat.", "We waited.", "We left,” Dorn said.")],
    ),
    (
        "a headline states a position",
        "Kremlin Says Putin Open to Talks, Questions Mandate\n\nThe hall is ready.",
        [("Kremlin Says", "Kremlin", "indirect")],
    ),
    (
        "after a dateline",
        "SARN, March 3 (Osk News) — Prime Minister Ana Bell said the door was open.",
        [("SARN", "Prime Minister Ana Bell", "indirect")],
    ),
    (
        "abbreviations and initials end no sentence",
        "Gov. K. Basavappa said on Feb. 3 that Mr. Sahota had no mandate.",
        [
            (
                "Gov. K. Basavappa said on Feb. 3 that Mr. Sahota had no mandate.",
                "Gov. K. Basavappa",
                "indirect",
            )
        ],
    ),
]


@pytest.mark.parametrize(("text", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_statements(text: str, expected: list[tuple[str, str, str]]) -> None:
    found = extract(text)
    assert [(s.speaker, s.quotation) for s in found] == [(speaker, kind) for _, speaker, kind in expected]
    for statement, (beginning, _, _) in zip(found, expected, strict=True):
        assert statement.text.startswith(beginning)


def test_offsets_ids_and_context() -> None:
    text = "Osk votes in May\n\nThe hall is ready. “We will come,” Dorn said. Teel said nobody had asked."
    found = extract(text)
    assert [s.statement_id for s in found] == ["a1:000", "a1:001"]
    assert [s.context for s in found] == ["The hall is ready.", "“We will come,” Dorn said."]
    assert all(text[s.start : s.end] == s.text and s.article_id == "a1" for s in found)


def test_furniture_yields_nothing() -> None:
    text = "“We will come,” Dorn said.\n\nTeel said: share this article."
    start = text.index("Teel")
    assert [s.speaker for s in extract(text, furniture=(Span(start, len(text)),))] == ["Dorn"]


# name, article, [(speaker as printed, speaker_id)]
PEOPLE: list[tuple[str, str, list[tuple[str, str]]]] = [
    (
        "surname and pronoun mean the person named before",
        "Veltrian Foreign Minister Ilya Dorn said the hall was cold. Dorn said he would come. “I will,” he added.",
        [("Veltrian Foreign Minister Ilya Dorn", "ilya_dorn"), ("Dorn", "ilya_dorn"), ("he", "ilya_dorn")],
    ),
    (
        "she is not the last man who spoke",
        "Chairwoman Mara Teel said no. Spokesman Jon Reck said yes. She said it twice.",
        [("Chairwoman Mara Teel", "mara_teel"), ("Spokesman Jon Reck", "jon_reck"), ("She", "mara_teel")],
    ),
    (
        "the minister means the minister",
        "Foreign Minister Ilya Dorn said no. Envoy Mara Teel said yes. The minister insisted that he meant it.",
        [
            ("Foreign Minister Ilya Dorn", "ilya_dorn"),
            ("Envoy Mara Teel", "mara_teel"),
            ("The minister", "ilya_dorn"),
        ],
    ),
    (
        "two people of one surname stay two",
        "President Ana Bell said no. Defence Minister Tom Bell said yes. Tom Bell added that he was sure.",
        [
            ("President Ana Bell", "ana_bell"),
            ("Defence Minister Tom Bell", "tom_bell"),
            ("Tom Bell", "tom_bell"),
        ],
    ),
    (
        "one person, three spellings",
        "Volodymyr Zelenskiy said no. Zelensky said no. President Zelenskyy said no.",
        [
            ("Volodymyr Zelenskiy", "volodymyr_zelensky"),
            ("Zelensky", "volodymyr_zelensky"),
            ("President Zelenskyy", "volodymyr_zelensky"),
        ],
    ),
    (
        "a namesake of a known leader is somebody else",
        "Olena Zelensky said the schools would open.",
        [("Olena Zelensky", "olena_zelensky")],
    ),
    (
        "an unnamed source keeps one id",
        "A senior Osk official said no. “Not this year,” the official added.",
        [("A senior Osk official", "senior_osk_official"), ("the official", "senior_osk_official")],
    ),
]


@pytest.mark.parametrize(("text", "expected"), [case[1:] for case in PEOPLE], ids=[case[0] for case in PEOPLE])
def test_who_speaks(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(s.speaker, s.speaker_id) for s in extract(text)] == expected


SIDES = [
    ("Ukrainian Foreign Minister Ivan Bilyk said no.", "Ukraine"),
    ("Moscow ruled out a meeting.", "Russia"),
    ("The Kremlin said no meeting was planned.", "Russia"),
    ("A senior U.S. official said it was possible.", "United States"),
    ("Kemboru's information minister, Halima Buke, said no.", "Kemboru"),
    ("Talks in Karsavia ended. Karsavian Foreign Minister Petra Lind said they failed.", "Karsavia"),
    ("His name was read out. Odile Tshabo said she would pray.", ""),
]


@pytest.mark.parametrize(("text", "side"), SIDES, ids=[text[:30] for text, _ in SIDES])
def test_side(text: str, side: str) -> None:
    assert extract(text)[-1].side == side


# sentence, article date, date of the statement
DATES = [
    ("Dorn said no meeting was planned.", "2031-04-02", "2031-04-02"),
    ("Dorn said no meeting was planned.", "", ""),
    ("Dorn said on Jan. 28 that no meeting was planned.", "2026-02-03", "2026-01-28"),
    ("Dorn said on Friday that no meeting was planned.", "2031-04-02", "2031-03-28"),
    ("In April 2022 Dorn said that no meeting was planned.", "2031-04-02", "2022-04"),
    ("In August Dorn said that no meeting was planned.", "2031-04-02", "2030-08"),
    ("Back in 2019, Dorn said that no meeting was planned.", "2031-04-02", "2019"),
    ("Dorn said last year that no meeting was planned.", "2031-04-02", "2030"),
    ("Dorn said that a meeting in April 2022 had failed.", "2031-04-02", "2031-04-02"),
    ("Dorn said on Friday that no meeting was planned.", "2031-04", "2031-04"),
]


@pytest.mark.parametrize(("sentence", "article_date", "expected"), DATES)
def test_date(sentence: str, article_date: str, expected: str) -> None:
    assert extract(sentence, date=article_date)[0].date == expected


TARGETS = [
    (
        "A meeting is far off",
        "A Zelensky-Putin meeting remains possible, a senior official said.",
        "Zelensky-Putin meeting",
    ),
    ("", "Dorn said talks between Veltria and Osk would resume.", "Veltria-Osk talks"),
    (
        "Veltria, Osk trade terms before ceasefire talks",
        "Veltria is ready. Dorn said in Osk that Veltria would come.",
        "Veltria-Osk ceasefire talks",
    ),
    ("Morning news", "Dorn said the door was open.", "talks"),
]


@pytest.mark.parametrize(("title", "text", "expected"), TARGETS)
def test_target(title: str, text: str, expected: str) -> None:
    assert extract(text, title=title)[-1].target == expected
