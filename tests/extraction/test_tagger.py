"""The tagger: tags and stretches, a chain of tags worked out by hand, articles learnt by heart, hostile texts."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from stance.extraction.silver import marked_text
from stance.extraction.tagger import MarkedText, Marks, Tagger
from stance.extraction.tagger_extractor import TaggerExtractor
from stance.extraction.tagger_labels import FORBIDDEN, INSIDE, ROLES, TAGS, likeliest_tags, runs_of, tags_of
from stance.schema import Article, Span, Statement

pytest.importorskip("torch")

TITLE = "Dorn will come to our capital"
SAID = (  # statement, speaker, quotation
    ("“We will attend, nothing more,” Dorn said.", "Dorn", "direct"),
    ("The ministry said it had never turned down contact.", "The ministry", "indirect"),
    ("The envoy said the process was “complicated” for our delegation.", "The envoy", "mixed"),
)
PLAIN = ("The document has every proposal.", "All hostages are in the capital.")


def articles() -> list[tuple[Article, list[Statement]]]:
    """Three articles of a title, and statements between sentences that are in nobody's words."""
    made = []
    for number, order in enumerate(itertools.islice(itertools.permutations(SAID), 0, 6, 2)):
        text, statements = f"{TITLE}\n\n", []
        for said, speaker, quotation in order:
            text += f"{PLAIN[len(statements) % 2]}\n"
            statements.append(
                Statement(said, start=len(text), end=len(text) + len(said), speaker=speaker, quotation=quotation)
            )
            text += f"{said}\n"
        made.append((Article(text=text, article_id=f"a{number}"), statements))
    return made


@pytest.fixture(scope="module")
def marked() -> list[MarkedText]:
    return [marked_text(article, statements) for article, statements in articles()]


@pytest.fixture(scope="module")
def tagger(tiny_encoder: Path, marked: list[MarkedText]) -> Tagger:
    params = {"epochs": 80, "batch_size": 2, "learning_rate": 3e-3, "head_factor": 3.0, "dropout": 0.0}
    return Tagger(encoder=str(tiny_encoder), **params).fit(marked, [], seed=1)


def test_stretches_survive_becoming_tags() -> None:
    runs = {"speaker": [(2, 3)], "cue": [], "content": [(0, 3), (3, 7), (8, 9)]}
    tags = tags_of(9, runs)
    assert {role: runs_of(tags[:, i]) for i, role in enumerate(ROLES)} == runs


def test_of_overlapping_stretches_the_later_one_is_cut() -> None:
    assert runs_of(tags_of(6, {"content": [(0, 4), (2, 6)]})[:, ROLES.index("content")]) == [(0, 4), (4, 6)]


def all_tags(n_words: int) -> list[tuple[int, ...]]:
    """Every sequence of tags that is allowed."""
    return [
        tags
        for tags in itertools.product(range(len(TAGS)), repeat=n_words)
        if tags[0] != INSIDE and not set(itertools.pairwise(tags)) & set(FORBIDDEN)
    ]


def test_the_likeliest_tags_are_the_best_of_all() -> None:
    torch = pytest.importorskip("torch")
    from stance.extraction.tagger_network import TaggerNetwork, log_of_all, score_of

    generator = np.random.default_rng(3)
    lengths = [5, 3]
    scores = generator.normal(size=(2, 5, len(ROLES), len(TAGS)))
    chain = torch.nn.Module()
    chain.transitions = torch.tensor(generator.normal(size=(len(ROLES), len(TAGS), len(TAGS))))
    chain.first = torch.tensor(generator.normal(size=(len(ROLES), len(TAGS))))
    transitions, first = TaggerNetwork.chain(chain)
    best = likeliest_tags(scores, lengths, transitions.numpy(), first.numpy())
    mask = torch.arange(5) < torch.tensor(lengths).unsqueeze(-1)
    whole = log_of_all(torch.tensor(scores), mask, transitions, first)
    for text, length in enumerate(lengths):
        for role in range(len(ROLES)):

            def value(tags: tuple[int, ...], text: int = text, role: int = role) -> float:
                own = sum(scores[text, i, role, tag] for i, tag in enumerate(tags))
                steps = sum(float(transitions[role, a, b]) for a, b in itertools.pairwise(tags))
                return float(own + steps + float(first[role, tags[0]]))

            values = {tags: value(tags) for tags in all_tags(length)}
            found = tuple(best[text, :length, role].tolist())
            assert found == max(values, key=values.__getitem__)
            assert float(whole[text, role]) == pytest.approx(np.logaddexp.reduce(list(values.values())))
    gold = torch.tensor(best)
    for text, length in enumerate(lengths):
        tags = tuple(best[text, :length, 0].tolist())
        expected = sum(scores[text, i, 0, tag] for i, tag in enumerate(tags)) + float(first[0, tags[0]])
        expected += sum(float(transitions[0, a, b]) for a, b in itertools.pairwise(tags))
        assert float(score_of(torch.tensor(scores), gold, mask, transitions, first)[text, 0]) == pytest.approx(expected)


def test_gold_statements_become_marks() -> None:
    (article, statements), *_ = articles()
    marks = marked_text(article, statements).marks
    words = {role: [article.text[span.start : span.end] for span in spans] for role, spans in marks.by_role().items()}
    assert words["content"] == [said for said, _, _ in SAID]
    assert words["speaker"] == [speaker for _, speaker, _ in SAID]
    assert words["cue"] == ["said", "said", "said"]
    assert marks.kinds == ("direct", "indirect", "mixed")


def test_a_speaker_printed_before_the_statement_is_marked_there() -> None:
    text = "Foreign Minister Ilya Dorn arrived. “We will attend.”"
    start = text.index("“")
    gold = Statement(text[start:], start=start, end=len(text), speaker="Foreign Minister Ilya Dorn")
    assert marked_text(Article(text), [gold]).marks.speakers == (Span(0, 26),)


def test_articles_are_learnt_by_heart(tagger: Tagger, marked: list[MarkedText]) -> None:
    for one in marked:
        found = tagger.mark(one.text, one.lines)
        assert found.contents == one.marks.contents
        assert found.speakers == one.marks.speakers
        assert found.kinds == one.marks.kinds
    assert tagger.scores(marked)["dev_span_f1_content"] == 1.0


def test_statements_carry_what_the_codebook_asks_for(tagger: Tagger) -> None:
    (article, gold), *_ = articles()
    found = TaggerExtractor(tagger, "tagger-1").extract(article)
    assert [(s.text, s.speaker, s.quotation) for s in found] == [(s.text, s.speaker, s.quotation) for s in gold]
    for number, statement in enumerate(found):
        assert article.text[statement.start : statement.end] == statement.text
        assert statement.statement_id == f"a0:{number:03d}"
        assert statement.speaker_id
        assert statement.context in article.text and statement.context


def test_furniture_is_passed_over(tagger: Tagger) -> None:
    (article, gold), *_ = articles()
    line = Span(gold[1].start or 0, gold[1].end or 0)
    found = TaggerExtractor(tagger, "t").extract(Article(article.text, furniture=(line,)))
    assert found
    assert not [s for s in found if s.start < line.end and s.end > line.start]


def test_known_speakers_are_resolved(tagger: Tagger, tmp_path: Path) -> None:
    table = tmp_path / "speakers.csv"
    table.write_text("speaker_id,name,aliases,side\nilya_dorn,Ilya Dorn,Dorn,Veltria\n", encoding="utf-8")
    (article, _), *_ = articles()
    found = TaggerExtractor(tagger, "t", speakers=table).extract(article)
    assert (found[0].speaker_id, found[0].side) == ("ilya_dorn", "Veltria")


def test_a_saved_tagger_marks_alike_without_its_encoder(tagger: Tagger, marked: list[MarkedText], tmp_path) -> None:
    tagger.save(tmp_path)
    again = Tagger.load(tmp_path, {**tagger.get_params(), "encoder": "package:gone"})
    for one in marked:
        assert again.mark(one.text) == tagger.mark(one.text)


def test_one_seed_gives_one_tagger(tiny_encoder: Path, marked: list[MarkedText]) -> None:
    import torch

    first, second = (Tagger(encoder=str(tiny_encoder), epochs=1).fit(marked, marked, seed=5) for _ in range(2))
    ours, theirs = first.network_.state_dict(), second.network_.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


HOSTILE = {
    "nothing": "",
    "white space": " \n\t\n",
    "one endless word": "a" * 30_000,
    "quotation marks": "“" * 3_000,
    "no letters": "\u0301\u200b\ufffd🙂 \U000e0001",
    "many short lines": "Dorn said.\n" * 500,
    "a line longer than a window": "The envoy said the process was complicated, " * 200,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_texts(tagger: Tagger, text: str) -> None:
    for statement in TaggerExtractor(tagger, "t").extract(Article(text)):
        assert text[statement.start : statement.end] == statement.text


def test_no_stretch_crosses_paragraphs(tagger: Tagger) -> None:
    text = "\n".join(said for said, _, _ in SAID)
    for spans in tagger.mark(text).by_role().values():
        assert not [span for span in spans if "\n" in text[span.start : span.end]]


def test_a_text_without_marks_teaches_nothing_to_find(tiny_encoder: Path) -> None:
    tagger = Tagger(encoder=str(tiny_encoder), epochs=3).fit([MarkedText("\n".join(PLAIN), Marks())], [], seed=1)
    assert tagger.mark("\n".join(PLAIN)).contents == ()
