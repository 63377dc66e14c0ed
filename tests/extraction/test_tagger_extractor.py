"""From marks to statements: edges, speakers and kinds, with the marks given instead of predicted."""

from __future__ import annotations

from collections.abc import Sequence

from stance.extraction.tagger import Marks
from stance.extraction.tagger_extractor import TaggerExtractor
from stance.schema import Article, Span, Statement


class Given:
    """Stands in for a tagger: marks the words it was given."""

    def __init__(self, contents: dict[str, str], speakers: Sequence[str] = (), cues: Sequence[str] = ()) -> None:
        self.contents, self.speakers, self.cues = contents, speakers, cues

    def mark(self, text: str, lines: Sequence[Span]) -> Marks:
        def places(words: Sequence[str]) -> tuple[Span, ...]:
            return tuple(sorted((Span(text.index(w), text.index(w) + len(w)) for w in words), key=lambda s: s.start))

        return Marks(places(self.speakers), places(self.cues), places([*self.contents]), tuple(self.contents.values()))


def extract(text: str, given: Given) -> list[Statement]:
    return TaggerExtractor(given, "given").extract(Article(text, article_id="a"))  # type: ignore[arg-type]


def test_a_quotation_of_two_sentences_stays_whole() -> None:
    text = "“We left no table. Our chair is warm,” Foreign Minister Ilya Dorn said."
    halves = {"“We left no table.": "direct", "Our chair is warm,” Foreign Minister Ilya Dorn said.": "direct"}
    found = extract(text, Given(halves, ["Foreign Minister Ilya Dorn"], ["said"]))
    assert [(s.text, s.speaker, s.quotation) for s in found] == [(text, "Foreign Minister Ilya Dorn", "direct")]


def test_two_marked_statements_of_one_headline_are_two() -> None:
    text = "Veltria says no to talks; Osk demands apology first\n\nRain fell."
    given = Given({"Veltria says no to talks": "indirect", "Osk demands apology first": "indirect"}, ["Veltria", "Osk"])
    assert [(s.text, s.speaker) for s in extract(text, given)] == [
        ("Veltria says no to talks", "Veltria"),
        ("Osk demands apology first", "Osk"),
    ]


def test_what_is_not_marked_is_no_statement_but_explains_a_pronoun() -> None:
    text = "Foreign Minister Ilya Dorn arrived at noon. He said the talks were off."
    found = extract(text, Given({"He said the talks were off.": "indirect"}, ["He"], ["said"]))
    assert [(s.text, s.speaker, s.speaker_id) for s in found] == [("He said the talks were off.", "He", "ilya_dorn")]


def test_a_statement_the_rules_do_not_know_is_found_by_its_marks() -> None:
    text = "No delegation will come, in the view of Mara Teel from Osk."
    found = extract(text, Given({text: "indirect"}, ["Mara Teel"]))
    assert [(s.text, s.speaker, s.speaker_id) for s in found] == [(text, "Mara Teel", "mara_teel")]


def test_a_time_stamp_outside_the_marks_is_left_out() -> None:
    said = "Foreign Minister Ilya Dorn said the talks were off."
    found = extract(f"08:40 {said}", Given({said: "indirect"}, ["Foreign Minister Ilya Dorn"], ["said"]))
    assert [s.text for s in found] == [said]


def test_office_and_holder_are_one_speaker() -> None:
    text = "“The federation is dead,” said the head of the Front, Lakis Petrou."
    found = extract(text, Given({text: "direct"}, ["the head of the Front", "Lakis Petrou"], ["said"]))
    assert [s.speaker for s in found] == ["the head of the Front, Lakis Petrou"]


def test_marks_on_nothing_give_nothing() -> None:
    assert extract("The river rose.", Given({})) == []
