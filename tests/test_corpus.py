"""Labelled data: what is wrong in it is found on load, and no article straddles two parts."""

from __future__ import annotations

import pytest

from stance.config import DataConfig
from stance.corpus import as_dataset_dict, label_counts, load_corpus, split_corpus
from stance.errors import ConfigError, InputError
from stance.tasks import TASKS


def _set(row, **values):
    return lambda rows: rows[row].update(values)


OTHER_WORDS = {"label": "ceasefire", "start": 0, "end": 4, "text": "once"}
FAULTS = [
    ("a wrong label", _set(2, stance="for"), ":3: stance: unknown label 'for'"),
    ("conditional without a condition", _set(1, conditions=[]), ":2: conditions"),
    ("wrong offsets", _set(3, start=0), ":4: start"),
    ("a span that reads otherwise", _set(1, conditions=[OTHER_WORDS]), ":2: conditions"),
    ("a span without offsets", _set(1, conditions=[{"label": "ceasefire"}]), ":2: conditions"),
    ("no labels", lambda rows: rows[0].pop("openness"), ":1: openness"),
    ("no text", _set(0, text=" "), ":1: text"),
    ("a number for text", _set(0, speaker=7), ":1: speaker"),
    ("text for an offset", _set(0, start="7"), ":1: start"),
    ("an id used twice", lambda rows: rows[5].update(statement_id=rows[0]["statement_id"]), ":6: statement_id"),
    ("broken JSON", lambda rows: rows.__setitem__(4, '{"text": '), ":5: not readable as JSON"),
    ("a list for a row", lambda rows: rows.__setitem__(4, "[]"), ":5: must be a JSON object"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "said"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS])
def test_a_faulty_row_is_named_with_its_line(make_corpus, change, said):
    with pytest.raises(InputError) as caught:
        load_corpus(make_corpus(change=change))
    assert f"statements.jsonl{said}" in str(caught.value)


def test_missing_empty_and_binary_files_are_refused(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        load_corpus(tmp_path / "none.jsonl")
    for name, content in (("empty", b""), ("blank", b"\n\n"), ("binary", b'{"text": "\xff"}')):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match=name):
            load_corpus(tmp_path / name)


def test_the_written_corpus_is_what_its_card_says(root):
    corpus = load_corpus(root / "seeds" / "written")
    openness = label_counts(corpus.statements)["openness"]
    assert len(corpus) > 3_000
    assert openness.keys() == set(TASKS["openness"].labels)
    card = (root / "seeds" / "README.md").read_text(encoding="utf-8")
    assert corpus.digest in card, "the data card names another version of the corpus"
    assert f"{len(corpus):,} labelled statements" in card


def test_the_five_real_articles_are_whole_and_never_trained_on(root):
    news = load_corpus(root / "seeds" / "news")
    assert len({s.article_id for s in news.statements}) == 5
    written = load_corpus(root / "seeds" / "written")
    assert not {s.article_id for s in news.statements} & {s.article_id for s in written.statements}


def test_promised_rows_are_in_the_gold(root):
    """The three rows the project promises on its first page."""
    rows = {
        (s.speaker_id, s.date, s.openness, span.label, span.text)
        for s in load_corpus(root / "seeds" / "news").statements
        for span in s.conditions
    }
    agreed = "only after the text of the document is agreed upon"
    assert ("dmitry_peskov", "2022-04-06", "conditional", "prior_agreement", agreed) in rows
    assert ("yuri_ushakov", "2026-01-28", "conditional", "venue", "should travel to Moscow") in rows
    zelensky = {row[3] for row in rows if row[:3] == ("volodymyr_zelensky", "2022-04", "conditional")}
    assert zelensky >= {"format", "good_faith"}


@pytest.mark.parametrize("group_by", ["domain", "article_id"])
def test_no_article_straddles_two_parts(root, group_by):
    split = split_corpus(load_corpus(root / "seeds" / "written"), DataConfig(group_by=group_by))
    articles = [{s.article_id for s in rows} for rows in split.parts().values()]
    assert all(articles)
    assert sum(map(len, articles)) == len(set().union(*articles))
    if group_by == "domain":
        domains = [{s.domain for s in rows} for rows in split.parts().values()]
        assert sum(map(len, domains)) == len(set().union(*domains))


def test_a_split_naming_an_unknown_group_is_refused(make_corpus):
    folder = make_corpus()
    (folder / "split.yaml").write_text("dev: [strait]\ntest: [moon]\n")
    with pytest.raises(ConfigError, match=r"split\.yaml:2: test: unknown group 'moon'.*river"):
        split_corpus(load_corpus(folder), DataConfig())


def test_a_split_that_leaves_a_part_empty_is_refused(make_corpus):
    folder = make_corpus()
    (folder / "split.yaml").write_text("dev: [strait]\n")
    with pytest.raises(ConfigError, match="test would be empty"):
        split_corpus(load_corpus(folder), DataConfig())


def test_hugging_face_features_are_typed(make_corpus):
    split = split_corpus(load_corpus(make_corpus()), DataConfig())
    parts = as_dataset_dict(split)
    assert {name: len(rows) for name, rows in parts.items()} == {n: len(r) for n, r in split.parts().items()}
    features = parts["train"].features
    assert tuple(features["openness"].names) == TASKS["openness"].labels
    first, row = split.train[1], parts["train"][1]
    assert features["openness"].int2str(row["openness"]) == first.openness
    assert row["conditions"][0]["text"] == first.conditions[0].text
