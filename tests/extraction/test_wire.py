"""How desks write: lists, headlines, chains, unclosed marks, spellings, sides, dates and targets in running prose."""

from __future__ import annotations

import pytest

from stance.extraction import EXTRACTORS
from stance.schema import Article, Statement


def extract(text: str, date: str = "2031-04-02", title: str = "") -> list[Statement]:
    found: list[Statement] = EXTRACTORS["rules"]().extract(Article(text=text, article_id="a1", title=title, date=date))
    assert all(text[s.start : s.end] == s.text for s in found)
    return found


# name, article, [(statement, speaker as printed, quotation)]
PROSE: list[tuple[str, str, list[tuple[str, str, str]]]] = [
    (
        "items of a list are the words of whom the lead-in names",
        "Officials in Sarn argue that:\n\n• the talks were called too early;\n• no agenda had been agreed.\n\nRain.",
        [
            ("the talks were called too early;", "Officials in Sarn", "indirect"),
            ("no agenda had been agreed.", "Officials in Sarn", "indirect"),
        ],
    ),
    (
        "numbered demands",
        "The rebels named their terms:\n1. a ceasefire along the whole front\n2. the release of all prisoners",
        [
            ("a ceasefire along the whole front", "The rebels", "indirect"),
            ("the release of all prisoners", "The rebels", "indirect"),
        ],
    ),
    (
        "an item with a speaker of its own keeps it",
        "Teel's office says:\n- the hall is too cold\n- Dorn said he would bring a coat.",
        [("the hall is too cold", "Teel's office", "indirect"), ("- Dorn said", "Dorn", "indirect")],
    ),
    ("a list nobody introduces", "What to read next:\n• Ten maps of the front\n• The river in pictures", []),
    (
        "who wants what",
        "Talks in Osk are due. Here is where Veltria stands.\n\n• Veltria: no meeting before the shelling stops.",
        [("Veltria: no meeting before the shelling stops.", "Veltria", "indirect")],
    ),
    (
        "question and answer",
        "Will the president go?\nYes, says his spokesman, Ilja Dorn: he will go if the shelling stops.",
        [("Yes, says his spokesman", "his spokesman, Ilja Dorn", "indirect")],
    ),
    (
        "a headline signed after a dash",
        "Sarn is ready for a meeting of leaders – Dorn\n\nThe hall is ready.",
        [("Sarn is ready", "Dorn", "indirect")],
    ),
    (
        "a headline that gives its source at the end",
        "No talks this year, Foreign Ministry says\n\nThe hall is ready.",
        [("No talks this year", "Foreign Ministry", "indirect")],
    ),
    ("a dash between places is no signature", "The train from Sarn will again run on the line Osk – Helvane.", []),
    (
        "a transcript with titles",
        "Anchor: Will you go?\nMr. Dorn: We will go. We have packed.\nMs. Teel: Nobody has asked us.\n"
        "Mr. Dorn: And a pen.\nMs. Teel: None of us.",
        [
            ("Mr. Dorn: We will go. We have packed.", "Mr. Dorn", "direct"),
            ("Ms. Teel: Nobody", "Ms. Teel", "direct"),
            ("Mr. Dorn: And", "Mr. Dorn", "direct"),
            ("Ms. Teel: None", "Ms. Teel", "direct"),
        ],
    ),
    (
        "a heading that comes back is no speaker",
        "Position: the ministers do not travel yet.\nPosition: the bank pays for nobody.",
        [],
    ),
    (
        "a mark that is never closed ends before the one who speaks",
        "“We will come, Dorn said. Teel said nobody had asked.",
        [("“We will come, Dorn said.", "Dorn", "direct"), ("Teel said", "Teel", "indirect")],
    ),
    (
        "two quotations in one sentence",
        "“We will come,” said Dorn; “We will not,” said Teel.",
        [("“We will come,” said Dorn;", "Dorn", "direct"), ("“We will not,” said Teel.", "Teel", "direct")],
    ),
    (
        "somebody acts, then speaks",
        "The admiral shook his head. “Give me a harbour and I will sit in it.”",
        [("The admiral shook", "The admiral", "direct")],
    ),
    (
        "quoted through an agency",
        '"No meeting is planned," the Osk news agency quoted Teel as saying.',
        [('"No meeting is planned,"', "Teel", "direct")],
    ),
    (
        "between its words",
        "A truce, according to the Osk envoy, is days away. The talks, Dorn said, would start on Monday.",
        [("A truce", "the Osk envoy", "indirect"), ("The talks", "Dorn", "indirect")],
    ),
    (
        "a quotation inside a quotation is told by the outer speaker",
        "Dorn said: “My minister told me: ‘Go and talk.’ So I go.”",
        [("Dorn said", "Dorn", "direct")],
    ),
    (
        "titles of works and words spoken about",
        "Her novel 'The Long Table' sold well. The so-called \"peace train\" left Sarn. The ship “Hope” sank.",
        [],
    ),
    (
        "a dash opens direct speech",
        '— "We are ready," the minister noted.',
        [('— "We are ready,"', "the minister", "direct")],
    ),
]


@pytest.mark.parametrize(("text", "expected"), [case[1:] for case in PROSE], ids=[case[0] for case in PROSE])
def test_prose(text: str, expected: list[tuple[str, str, str]]) -> None:
    found = extract(text)
    assert [(s.speaker, s.quotation) for s in found] == [(speaker, kind) for _, speaker, kind in expected]
    assert all(s.text.startswith(beginning) for s, (beginning, _, _) in zip(found, expected, strict=True))


@pytest.mark.parametrize(
    "name", ["Zelensky", "Zelenskyy", "Zelenskiy", "Zelenskij", "Zelenskyi", "Volodymyr Zelenskij"]
)
def test_one_person_by_any_spelling(name: str) -> None:
    (statement,) = extract(f"Ukrainian President {name} said the door was open.")
    assert (statement.speaker_id, statement.side) == ("volodymyr_zelensky", "Ukraine")


def test_namesakes_keep_their_own_sides() -> None:
    text = (
        "Karsavia and Tolmeni met in Osk. Karsavian Foreign Minister Ana Bell said yes. Tolmeni's army chief, Tom Bell,"
        " said no. Ana Bell repeated that the door was open. Tom Bell repeated that it was shut."
    )
    assert [(s.speaker_id, s.side) for s in extract(text)] == [
        ("ana_bell", "Karsavia"),
        ("tom_bell", "Tolmeni"),
        ("ana_bell", "Karsavia"),
        ("tom_bell", "Tolmeni"),
    ]


# name, article, side of its last statement
SIDES = [
    ("a word formed from the state", "Talks in Karsavia ended. A Karsavian official said no.", "Karsavia"),
    ("formed from a state nobody names", "Galvian President Etienne March said no.", "Galvia"),
    ("an owner", "Pennwick's president, Douglas Wray, said no.", "Pennwick"),
    ("after of", "Emir Saif of Murjan said no.", "Murjan"),
    ("of a body, not of the country", "Ana Bell, leader of the Civic Front, said no.", "Civic Front"),
    (
        "a body without a name",
        "Ana Bell, president of the cattle breeders' association, said no.",
        "cattle breeders' association",
    ),
    ("who leads a body", "Ana Bell, who leads the Civic Front, said no.", "Civic Front"),
    ("a body speaks for itself", "The Nurses' Association said no.", "Nurses' Association"),
    ("by the full name the article gives", "The Civic Front met. The Front said no.", "Civic Front"),
    (
        "introduced further up",
        "“No,” said Dorn. He had slept badly. Veltria's foreign minister, Ilya Dorn, is 61. “Never,” Dorn said.",
        "Veltria",
    ),
    (
        "an office without a name belongs to the state that acts",
        "Karsavia suspended the talks on Sunday. Karsavia has no envoy. “Why prepare,” Foreign Minister Ana Bell said.",
        "Karsavia",
    ),
    ("its", "The Northern Coalition refused to come, its spokesman, Yves Bakari, said.", "Northern Coalition"),
    ("another's ambassador", "Tolmeni's ambassador to Karsavia said no.", "Tolmeni"),
    ("the opposition is not the state", "Karsavian opposition leader Ana Bell said no.", "Karsavian opposition"),
    ("one who speaks for nobody", "Ana Bell, an economist at Karsavia's university, said no.", ""),
    ("a surname is nobody's side", "Dorn said the door was open.", ""),
    ("a given name is not a known leader", "General Orban Kesh said no.", ""),
]


@pytest.mark.parametrize(("text", "side"), [case[1:] for case in SIDES], ids=[case[0] for case in SIDES])
def test_side(text: str, side: str) -> None:
    assert extract(text)[-1].side == side


# name, title, article, target
TARGETS = [
    (
        "parties by the words formed from them",
        "Karsavian and Tolmeni envoys meet for ceasefire talks",
        "Karsavia came. Karsavian envoys met. Tolmeni came. Tolmeni sat. Dorn said no.",
        "Karsavia-Tolmeni ceasefire talks",
    ),
    (
        "two leaders",
        "Putin open to a meeting with Zelensky, aide says",
        "Putin spoke. Zelensky slept. An aide said the door was open.",
        "Putin-Zelensky meeting",
    ),
    (
        "a press conference is no talks",
        "Minister meets the press",
        "Dorn told a press conference that he would wait.",
        "talks",
    ),
    ("nothing named", "A quiet day", "Dorn said he would wait.", "talks"),
    ("verbs and fillers name no talks", "Dorn rules out new talks", "Dorn said that he would restart talks.", "talks"),
    (
        "between the two",
        "",
        "Dorn said peace talks between President Ana Bell and Tom Kesh would resume.",
        "Bell-Kesh peace talks",
    ),
]


@pytest.mark.parametrize(("title", "text", "target"), [case[1:] for case in TARGETS], ids=[case[0] for case in TARGETS])
def test_target(title: str, text: str, target: str) -> None:
    assert extract(text, title=title)[-1].target == target


# sentence, article date, date of the statement
DATES = [
    ("Dorn, who resigned in May 2029, said no meeting was planned.", "2031-04-02", "2031-04-02"),
    ("Dorn, speaking on Monday, said no meeting was planned.", "2031-04-02", "2031-03-31"),
    ("Dorn agreed to travel to Osk on Friday.", "2031-04-02", "2031-04-02"),
    ("Dorn, on strike since May 22, said no meeting was planned.", "2031-04-02", "2031-04-02"),
    ("Last week Dorn said that no meeting was planned.", "2031-04-02", "2031-03"),
    ("Four years ago, Dorn said that no meeting was planned.", "2031-04-02", "2027"),
    ("In the autumn of 2029 Dorn said that no meeting was planned.", "2031-04-02", "2029"),
    ("Yesterday Dorn said that no meeting was planned.", "2031-04-02", "2031-04-01"),
    ("June 2029 — Dorn says that no meeting is planned.", "2031-04-02", "2029-06"),
    ("Dorn said no meeting was planned.", "2031-04-02T10:30:00Z", "2031-04-02"),
    ("On Jan. 28 Dorn said that no meeting was planned.", "", ""),
    ("SARN, March 3 (Osk News) — Dorn said no meeting was planned.", "", ""),
    ("SARN, March 3, 2031 (Osk News) — Dorn said no meeting was planned.", "", "2031-03-03"),
    ("No meeting\n\n3 March 2031\n\nDorn said on Sunday that no meeting was planned.", "", "2031-03-02"),
    ("No meeting\n\nPublished: 2031-03-03 10:15\n\nDorn said that no meeting was planned.", "", "2031-03-03"),
    ("31.02.2031\n\nDorn said that no meeting was planned.", "", ""),
]


@pytest.mark.parametrize(("text", "article_date", "expected"), DATES, ids=[text[:40] for text, _, _ in DATES])
def test_date(text: str, article_date: str, expected: str) -> None:
    assert extract(text, date=article_date)[-1].date == expected
