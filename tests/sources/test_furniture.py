"""Which lines of an article are the page's; invented pages with the furniture that real ones have."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stance.sources.furniture import mark_furniture

PROSE = "Veltria will come to the lake house once the shelling stops, Foreign Minister Ilya Dorn said."
ANSWER = "He says that Osk keeps the envoys waiting."


def marked(text: str) -> list[str]:
    return [text[span.start : span.end] for span in mark_furniture(text)]


def page(*lines: str) -> str:
    """An article with `lines` in its middle."""
    return "\n\n".join(("Veltria sets terms for Osk talks", PROSE, *lines, PROSE))


@pytest.mark.parametrize(
    "line",
    [
        "Others are reading now",
        "Also read",
        "Also Read: Osk recalls its envoy",
        "READ MORE",
        "You may also like",
        "Leave a Comment",
        "More from Lake Gazette",
        "Advertisement",
        "Advertisment",
        "- Advertisement -",
        "New Update",
        "author-image",
        "by Jamie Carver Senior News Editor",
        "By Ana Lindqvist and Tom O’Brien",
        "By ANA LINDQVIST",
        "LakeTime News Desk",
        "Home » News » Veltria sets terms for Osk talks",
        "Home > World > Osk",
        "Facebook Twitter WhatsApp Email",
        "Share on Facebook",
        "Share this article and join the conversation! What are your thoughts on the talks?",
        "This site uses Akismet to reduce spam. Learn how your comment data is processed.",
        "We use cookies to make this site better.",
        "By clicking “Accept”, you agree to our terms.",
        "Adblock Detected",
        "Please support us by disabling your AdBlocker extension from your browsers for our website.",
        "Your email address will not be published.",
        "Subscribe to our newsletter",
        "Sign up for the Lake Gazette newsletter and get it every morning.",
        "Did you know? Osk has two hundred lakes.",
        "Pro Tip: Read more than one newspaper.",
        "What do you think the envoys will do next?",
        "What role do you believe sanctions play in the dispute?",
        "Frequently Asked Questions",
        "  • Oops!",
        "    Something went wrong.",
        "    Please try again later.",
        "Sources: Lake Gazette",
        "Photo: Ana Lindqvist / Lake Gazette",
        "(Reporting by Ana Lindqvist; Editing by Tom O’Brien)",
        "© 2031 Lake Gazette. All rights reserved.",
        "Updated 2 April 2031, 10:40",
        "5 min read",
        "#Veltria #Osk #talks",
    ],
)
def test_furniture(line: str) -> None:
    assert marked(page(line)) == [line.strip()]


@pytest.mark.parametrize(
    "line",
    [
        PROSE,
        "“Will you come?” he asked. “Not before the elections.”",
        "“What do you think they want?”",
        "Who would come? Nobody, said the minister.",
        "MINISTER: Why would we refuse?",
        "Veltria sets terms for Osk talks",
        "Moscow’s condition",
        "U.S. pressure builds",
        "By Thursday the envoys had left.",
        "By Friday, Osk and Veltria had both agreed to meet.",
        "More from the minister came on Monday, when he ruled out talks.",
        "More on that front is expected, the minister said.",
        "Related talks on prisoners will go on, Kyiv said.",
        "Read the text before you sign it, the envoy told Osk.",
        "Share the river or fight for it, the minister said.",
        "Sign up to the ceasefire first, the general told them.",
        "Follow us to Geneva, the envoy urged.",
        "Subscribe to the text or leave, the mediator told both.",
        "The source: “We never refused.”",
        "Source close to the talks: “We are ready.”",
        "Turkey: Has repeatedly offered to host negotiations.",
        "« Nous viendrons », a-t-il dit. « Sans conditions », a-t-il ajouté.",
        "Comments by the president were taken as a refusal.",
        "Please come to the table, he said.",
        "We use every channel to reach Osk, the ministry said.",
        "• The guns must fall silent first, Veltria says.",
        "Advertisements for the summit hung in the city, and talks went on.",
        "The share of 5 < 6 and 7 > 3 is unclear.",
    ],
)
def test_no_furniture(line: str) -> None:
    assert marked(page(line)) == []


def test_a_first_line_is_a_headline() -> None:
    for title in ("LIVE: Veltria and Osk meet", "By Lake And By Land", "Video: Osk envoy walks out"):
        assert marked(f"{title}\n\n{PROSE}") == []


def test_a_headline_that_repeats_is_no_furniture() -> None:
    title = "Osk Rejects Veltria Talks"
    assert marked(f"{title}\n\n{PROSE}\n\n{title}\n\n{title}\n\n{PROSE}\n\n{title}") == []


def test_names_alone_at_the_end_are_tags() -> None:
    text = page() + "\n\nVeltria Osk Ilya Dorn Lake Talks\nAdvertisment"
    assert marked(text) == ["Veltria Osk Ilya Dorn Lake Talks", "Advertisment"]


def test_names_alone_in_the_middle_are_a_heading() -> None:
    assert marked(page("Veltria Osk Ilya Dorn")) == []


def test_the_answer_to_a_listed_question_is_no_furniture() -> None:
    question = "Why does Dorn believe that talks stall?"
    text = page("Frequently Asked Questions", f"  • {question} {ANSWER}", f"  • what does Osk want? {ANSWER}")
    assert marked(text) == ["Frequently Asked Questions", question, "what does Osk want?"]


def test_the_answer_below_a_question_is_no_furniture() -> None:
    text = page("FAQ", "What does Osk want?", ANSWER, "Why does it wait?", ANSWER)
    assert marked(text) == ["FAQ", "What does Osk want?", "Why does it wait?"]


def test_a_question_after_questions_to_the_reader_is_one_too() -> None:
    first, second = "What do you think of the offer?", "how might guarantees change the dispute?"
    assert marked(page(first, second)) == [first, second]
    assert marked(page(second)) == []


def test_headlines_below_a_list_of_links() -> None:
    links = ["Osk envoy: “We are ready to talk”", "Dorn rules out summit"]
    assert marked(page("Related articles", *links)) == ["Related articles", *links]


def test_links_above_the_article_do_not_swallow_its_headline() -> None:
    assert marked(f"Top stories\nVeltria sets terms\n\n{PROSE}") == ["Top stories"]


def test_tags_are_marked_and_the_words_between_are_not() -> None:
    text = page('<a href="https://osk.example/" title="Osk">Osk</a> accuses <b>Veltria</b> of stalling')
    assert marked(text) == ['<a href="https://osk.example/" title="Osk">', "</a>", "<b>", "</b>"]


def test_windows_line_ends() -> None:
    assert marked(page("Also read").replace("\n", "\r\n")) == ["Also read"]


@given(st.text(st.sampled_from("aA \n\t•?.»<>#:,By“”👩") | st.characters(codec="utf-8"), max_size=300))
@settings(max_examples=300, deadline=None)
def test_spans_are_in_order_apart_and_within_the_text(text: str) -> None:
    end = 0
    for span in mark_furniture(text):
        assert end <= span.start < span.end <= len(text)
        assert text[span.start : span.end].strip() == text[span.start : span.end]
        end = span.end
