"""What can be read, and what is said about what cannot."""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path

import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from stance.errors import InputError, StanceError
from stance.schema import Article, Statement
from stance.sources import READERS, read_inputs
from stance.sources.dates import iso_date
from stance.sources.formulas import defused, restored
from stance.sources.tables import records

OFFER = "We will sit down once the shelling stops."
STATEMENT = {
    "statement_id": "d1-001:000",
    "article_id": "d1-001",
    "start": 33,
    "end": 33 + len(OFFER),
    "text": OFFER,
    "speaker": "Foreign Minister Ilya Dorn",
    "quotation": "direct",
    "date": "2031-04-02",
    "openness": "conditional",
    "conditions": [{"label": "ceasefire", "start": 17, "end": 40, "text": "once the shelling stops"}],
}


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


def read_one(path: Path) -> Article | Statement:
    (item,) = read_inputs([path])
    return item


def collect(*paths: str | Path) -> tuple[list[Article | Statement], list[str]]:
    errors: list[str] = []
    items = list(read_inputs(paths, on_error=lambda error: errors.append(str(error))))
    return items, errors


def test_every_known_ending_has_a_reader() -> None:
    assert all(callable(READERS[ending]) for ending in READERS)


class TestText:
    def test_first_line_before_an_empty_line_is_the_title(self, tmp_path: Path) -> None:
        article = read_one(write(tmp_path / "a1.txt", "Talks resume\n\nThe envoy left.\n"))
        assert article == Article(text="Talks resume\n\nThe envoy left.\n", article_id="a1", title="Talks resume")

    def test_without_an_empty_line_there_is_no_title(self, tmp_path: Path) -> None:
        article = read_one(write(tmp_path / "a1.txt", "More than five years have passed.\nAlso read\nThe end."))
        assert isinstance(article, Article)
        assert article.title == ""

    def test_text_is_exactly_as_read(self, tmp_path: Path) -> None:
        text = "Title\r\n\r\nOne\u2028two\x85three\t “😀” e\u0301 \r\n  \n"
        article = read_one(write(tmp_path / "a.txt", b"\xef\xbb\xbf" + text.encode()))
        assert isinstance(article, Article)
        assert (article.text, article.title) == (text, "Title")

    @pytest.mark.parametrize(
        ("content", "must_say"),
        [
            (b"", ["empty"]),
            (b" \n\t\n", ["empty"]),
            (b"%PDF-1.7\n%\xe2\xe3", ["PDF", "not text"]),
            (b"PK\x03\x04\x14\x00", ["zip", "not text"]),
            (b"some\0bytes", ["not text", "NUL"]),
            ("Über".encode("utf-16"), ["UTF-16", "UTF-8"]),
            ("fine\nfine\ncaf\xe9".encode("latin-1"), ["a.txt:3", "0xe9", "UTF-8"]),
        ],
    )
    def test_what_is_no_text_is_refused(self, tmp_path: Path, content: bytes, must_say: list[str]) -> None:
        with pytest.raises(InputError) as caught:
            read_one(write(tmp_path / "a.txt", content))
        assert all(words in str(caught.value) for words in ["a.txt", *must_say])


class TestHtml:
    PARAGRAPHS = "".join(
        f"<p>Envoy {name} said on Monday that the delegation would come to the lake house once the guns fall "
        "silent, and that nobody had turned an invitation down since the spring.</p>"
        for name in ("Anders", "Birgit", "Chandra", "Dimitri")
    )
    PAGE = f"""<!doctype html><html><head><title>Envoys wait</title>
      <meta property="article:published_time" content="2021-04-02T10:30:00Z">
      <link rel="canonical" href="https://daily.example/envoys"></head>
      <body><nav>Home</nav><article><h1>Envoys wait</h1>{PARAGRAPHS}</article></body></html>"""

    def test_article_and_metadata(self, tmp_path: Path) -> None:
        article = read_one(write(tmp_path / "envoys.html", self.PAGE))
        assert isinstance(article, Article)
        assert (article.article_id, article.title) == ("envoys", "Envoys wait")
        assert (article.date, article.url) == ("2021-04-02", "https://daily.example/envoys")
        assert "Envoy Chandra said on Monday" in article.text
        assert "<p>" not in article.text

    def test_the_same_page_gives_the_same_text(self, tmp_path: Path) -> None:
        path = write(tmp_path / "envoys.htm", self.PAGE)
        assert read_one(path) == read_one(path)

    @pytest.mark.parametrize(
        "page",
        [
            "<table><tr><td>" * 20_000 + PARAGRAPHS + "</td></tr></table>" * 20_000,
            "<div>" * 20_000 + PARAGRAPHS,
            "<p>" + "<b><i>" * 3_000 + PARAGRAPHS + "</p></div></b>" * 3_000,
            "<article><p><div></span>" + PARAGRAPHS + "<p <a href='x",
            "<script>" + "var a = 'nothing';" * 100 + "</script><!-- -- >" + "-->" + PARAGRAPHS,
        ],
        ids=["nested tables", "nested blocks", "wrong nesting", "torn", "script and comment"],
    )
    def test_broken_pages_keep_their_words(self, tmp_path: Path, page: str) -> None:
        article = read_one(write(tmp_path / "a.html", f"<html><body>{page}</body></html>"))
        assert isinstance(article, Article)
        assert "Envoy Birgit said on Monday" in article.text
        assert "nothing" not in article.text

    def test_a_declared_character_set_is_used(self, tmp_path: Path) -> None:
        page = f'<meta charset="iso-8859-1"><body>{self.PARAGRAPHS}<p>Caf\xe9 talks of note began.</p>'
        article = read_one(write(tmp_path / "a.html", page.encode("latin-1")))
        assert isinstance(article, Article)
        assert "Café talks" in article.text

    @pytest.mark.parametrize(
        ("page", "must_say"),
        [
            (b"%PDF-1.4", "PDF"),
            (b"<html><body></body></html>", "no text"),
            (b"<script>let a = 1</script>", "no text"),
            (b"<p>caf\xe9</p>", "UTF-8"),
            (b"<meta charset=klingon><p>caf\xe9</p>", "klingon"),
        ],
    )
    def test_pages_without_words_are_refused(self, tmp_path: Path, page: bytes, must_say: str) -> None:
        with pytest.raises(InputError, match=must_say):
            read_one(write(tmp_path / "a.html", page))


class TestTables:
    def test_rows_with_text_are_statements(self, tmp_path: Path) -> None:
        statement = read_one(write(tmp_path / "s.jsonl", json.dumps(STATEMENT)))
        assert type(statement) is Statement
        assert (statement.text, statement.start, statement.end) == (OFFER, 33, 33 + len(OFFER))
        assert (statement.speaker, statement.quotation) == ("Foreign Minister Ilya Dorn", "direct")

    def test_rows_with_body_are_articles(self, tmp_path: Path) -> None:
        row = {"body": "Talks resumed.", "article_id": "x", "date": "2031-04-02T09:00:00+02:00", "url": None}
        article = read_one(write(tmp_path / "a.jsonl", json.dumps(row)))
        assert article == Article(text="Talks resumed.", article_id="x", date="2031-04-02")

    def test_rows_without_an_id_are_named_after_file_and_line(self, tmp_path: Path) -> None:
        path = write(tmp_path / "news.jsonl", '{"body": "One."}\n\n{"text": "Two."}\n')
        article, statement = read_inputs([path])
        assert isinstance(article, Article)
        assert isinstance(statement, Statement)
        assert (article.article_id, statement.statement_id) == ("news-1", "news-3")

    @pytest.mark.parametrize(
        ("line", "must_say"),
        [
            ('{"speaker": "Kyiv"}', ["neither", "text", "body", "speaker"]),
            ('{"text": "a", "body": "b"}', ["both"]),
            ('{"text": "  "}', ["text", "empty"]),
            ('{"text": 5}', ["text", "number"]),
            ('{"text": "a", "speaker": ["b"]}', ["speaker", "list"]),
            ('{"text": "a", "start": 0}', ["end", "missing"]),
            ('{"text": "abc", "start": 4, "end": 6}', ["end", "2", "3"]),
            ('{"text": "a", "start": -1, "end": 0}', ["start", "-1"]),
            ('{"text": "a", "start": true, "end": 2}', ["start", "True"]),
            ('{"text": "a", "start": 1e400, "end": 2}', ["start", "inf"]),
            ('{"text": "a", "quotation": "shouted"}', ["quotation", "shouted", "direct, indirect, mixed"]),
            ('{"text": "a", "date": "April 2"}', ["date", "April 2", "YYYY-MM-DD"]),
            ('{"text": "a", "date": "2031-02-30"}', ["date", "2031-02-30"]),
            ('{"text": "a\\u0000b"}', ["text", "NUL"]),
            ('{"text": "a\\ud800b"}', ["text", "Unicode"]),
            ('{"text": "a"', ["JSON", "one object a line"]),
            ("[" * 100_000, ["JSON", "deep"]),
            ('{"text": "a", "start": ' + "9" * 5000 + "}", ["JSON", "number"]),
            ("[1]", ["object", "list"]),
            ("null", ["object"]),
        ],
    )
    def test_a_bad_row_is_named_and_the_rest_goes_on(self, tmp_path: Path, line: str, must_say: list[str]) -> None:
        path = write(tmp_path / "s.jsonl", f'{{"text": "first"}}\n{line}\n{{"text": "last"}}\n')
        items, (error,) = collect(path)
        assert [item.text for item in items] == ["first", "last"]
        assert all(words in error for words in ["s.jsonl:2", *must_say]), error
        with pytest.raises(InputError, match=r"s\.jsonl:2"):
            list(read_inputs([path]))

    def test_broken_utf8_costs_one_row(self, tmp_path: Path) -> None:
        good = b'{"text": "ok"}\n'
        items, (error,) = collect(write(tmp_path / "s.jsonl", good + b'{"text": "caf\xe9"}\n' + good))
        assert len(items) == 2
        assert "s.jsonl:2" in error
        items, (error,) = collect(write(tmp_path / "s.csv", b"text\r\nok\r\ncaf\xe9\r\nok\r\n"))
        assert len(items) == 2
        assert "s.csv:3" in error

    @pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.parquet", "a.txt", "a.html"])
    @pytest.mark.parametrize("content", [b"", b"%PDF-1.7 \n\n", b"\x89PNG\r\n\x1a\n\0\0", b"\0" * 99, b"\xff\xfe{"])
    def test_files_of_another_kind_are_refused(self, tmp_path: Path, name: str, content: bytes) -> None:
        items, errors = collect(write(tmp_path / name, content))
        assert items == []
        assert errors
        assert all(name in error for error in errors)

    @pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.parquet"])
    def test_a_table_without_rows_is_refused(self, tmp_path: Path, name: str) -> None:
        path = tmp_path / name
        if name.endswith("parquet"):
            parquet.write_table(pyarrow.table({"text": pyarrow.array([], pyarrow.string())}), path)
        else:
            write(path, "\n\n" if name.endswith("jsonl") else "text,speaker\r\n")
        with pytest.raises(InputError, match="no rows"):
            list(read_inputs([path]))

    def test_csv_cells_may_hold_anything(self, tmp_path: Path) -> None:
        content = 'text,start,end,note\r\n"He said: ""no"",\r\nthen left.",0,26,x\r\nplain,,,y\r\n'
        first, second = read_inputs([write(tmp_path / "s.csv", content)])
        assert (first.text, second.text) == ('He said: "no",\r\nthen left.', "plain")
        assert isinstance(second, Statement)
        assert (second.start, second.statement_id) == (None, "s-4")

    def test_long_csv_cells_are_read(self, tmp_path: Path) -> None:
        body = "word " * 100_000
        article = read_one(write(tmp_path / "a.csv", f"body\n{body}\n"))
        assert article.text == body

    @pytest.mark.parametrize(
        ("content", "must_say"),
        [
            ("text,text\na,b\n", ["s.csv:1", "text", "two columns"]),
            ("text,speaker\nonly one\n", ["s.csv:2", "1 cells", "2"]),
            ('text\n"never closed\nmore\n', ["s.csv:2", "CSV"]),
            ("text;speaker\na;b\n", ["s.csv:2", "text;speaker"]),
        ],
    )
    def test_broken_csv(self, tmp_path: Path, content: str, must_say: list[str]) -> None:
        with pytest.raises(InputError) as caught:
            list(read_inputs([write(tmp_path / "s.csv", content)]))
        assert all(words in str(caught.value) for words in must_say), caught.value

    def test_parquet_types_are_understood(self, tmp_path: Path) -> None:
        from datetime import datetime

        table = {
            "text": ["abc", None, "def"],
            "start": [5.0, None, float("nan")],
            "end": [8.0, None, None],
            "date": [datetime(2031, 4, 2, 10), None, None],
            "speaker": ["Kyiv", None, None],
            "ignored": [[1], [2], [3]],
        }
        parquet.write_table(pyarrow.table(table), tmp_path / "s.parquet")
        (first, last), (error,) = collect(tmp_path / "s.parquet")
        assert first == Statement(text="abc", statement_id="s-1", start=5, end=8, date="2031-04-02", speaker="Kyiv")
        assert last == Statement(text="def", statement_id="s-3")
        assert "s.parquet:2: text: is empty" in error

    def test_parquet_without_the_columns(self, tmp_path: Path) -> None:
        parquet.write_table(pyarrow.table({"sentence": ["a"]}), tmp_path / "s.parquet")
        with pytest.raises(InputError, match=r"neither.*columns found: sentence"):
            list(read_inputs([tmp_path / "s.parquet"]))

    def test_rows_are_read_as_they_are_asked_for(self, tmp_path: Path) -> None:
        path = write(tmp_path / "s.jsonl", '{"text": "first"}\nbroken')
        assert next(iter(read_inputs([path]))).text == "first"

    @given(content=st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
    @settings(max_examples=150, deadline=None)
    def test_any_bytes_give_rows_or_errors(self, tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
        folder = tmp_path_factory.mktemp("any")
        for ending in (".txt", ".jsonl", ".csv", ".parquet"):
            items, errors = collect(write(folder / f"a{ending}", content))
            assert items or errors

    @given(
        record=st.dictionaries(
            st.sampled_from(["text", "body", "article_id", "start", "end", "date", "quotation", "speaker"]),
            st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text(), max_size=1),
        )
    )
    @settings(max_examples=200, deadline=None)
    def test_any_record_gives_a_row_or_an_error(
        self, tmp_path_factory: pytest.TempPathFactory, record: dict[str, object]
    ) -> None:
        path = write(tmp_path_factory.mktemp("any") / "a.jsonl", json.dumps(record))
        items, errors = collect(path)
        assert len(items) + len(errors) == 1

    def test_raw_rows_keep_every_column(self, tmp_path: Path) -> None:
        path = write(tmp_path / "s.csv", "text,openness\n'=a,open\n")
        assert list(records(path)) == [(2, {"text": "=a", "openness": "open"})]


class TestFolders:
    @pytest.fixture
    def news(self, tmp_path: Path) -> Path:
        """Articles with their gold labels beside them, as in `seeds/news`."""
        folder = tmp_path / "news"
        write(folder / "b.txt", "Title\n\nSecond.")
        write(folder / "a.txt", "Title\n\nFirst.")
        write(folder / "deeper" / "c.html", TestHtml.PAGE)
        write(folder / "statements.jsonl", json.dumps(STATEMENT))
        write(folder / "README.md", "about")
        write(folder / ".hidden.txt", "hidden")
        write(folder / ".git" / "d.txt", "hidden")
        return folder

    def test_articles_are_read_and_the_labels_beside_them_passed_over(self, news: Path) -> None:
        items, errors = collect(news)
        assert errors == []
        assert [item.article_id for item in items] == ["a", "b", "c"]
        assert all(isinstance(item, Article) for item in items)

    def test_a_table_that_is_named_is_read(self, news: Path) -> None:
        assert isinstance(read_one(news / "statements.jsonl"), Statement)

    def test_tables_of_articles_count_as_articles(self, news: Path) -> None:
        write(news / "more.csv", "article_id,body\nd,Third.\n")
        items, _ = collect(news)
        assert sorted(item.article_id for item in items) == ["a", "b", "c", "d"]

    def test_a_folder_of_tables_is_read(self, tmp_path: Path) -> None:
        write(tmp_path / "two.jsonl", '{"text": "b"}')
        write(tmp_path / "one.jsonl", '{"text": "a"}')
        assert [item.text for item in read_inputs([tmp_path])] == ["a", "b"]

    def test_an_unreadable_table_is_never_passed_over(self, news: Path) -> None:
        write(news / "torn.jsonl", "{")
        _, (error,) = collect(news)
        assert "torn.jsonl:1" in error

    def test_a_folder_with_nothing_to_read(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"\.txt"):
            list(read_inputs([tmp_path]))

    @pytest.mark.skipif(sys.platform == "win32", reason="no named pipes")
    def test_what_is_no_file_is_passed_over(self, news: Path) -> None:
        os.mkfifo(news / "pipe.txt")
        (news / "round").symlink_to(news, target_is_directory=True)
        (news / "gone.txt").symlink_to(news / "nowhere")
        items, errors = collect(news)
        assert (len(items), errors) == (3, [])


class TestPaths:
    @pytest.mark.parametrize("name", ["missing.txt", "missing", "x" * 5000 + ".txt", "nul\0.txt"])
    def test_missing_files(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(InputError, match="no such file"):
            list(read_inputs([tmp_path / name]))

    def test_unknown_endings_name_the_known(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"\.docx.*\.txt.*\.parquet"):
            list(read_inputs([write(tmp_path / "a.docx", "x")]))

    def test_endings_in_capitals(self, tmp_path: Path) -> None:
        assert read_one(write(tmp_path / "A.TXT", "words")).text == "words"

    def test_the_same_article_twice(self, tmp_path: Path) -> None:
        first, second = write(tmp_path / "x" / "a.txt", "One."), write(tmp_path / "y" / "a.txt", "Two.")
        items, (error,) = collect(first, second)
        assert [item.text for item in items] == ["One."]
        assert all(words in error for words in [str(first), str(second), "'a'"])

    def test_statements_of_one_article_are_no_repetition(self, tmp_path: Path) -> None:
        line = '{"text": "a", "article_id": "x"}\n'
        assert len(list(read_inputs([write(tmp_path / "s.jsonl", line * 3)]))) == 3

    def test_one_bad_file_does_not_stop_the_others(self, tmp_path: Path) -> None:
        items, (error,) = collect(tmp_path / "missing.txt", write(tmp_path / "a.txt", "words"))
        assert len(items) == 1
        assert "missing.txt" in error

    def test_standard_input(self, monkeypatch: pytest.MonkeyPatch) -> None:
        content = '{"text": "“Nyet”, he said."}\nbroken\n{"body": "An article."}\n'.encode()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
        (statement, article), (error,) = collect("-")
        assert statement.text == "“Nyet”, he said."
        assert isinstance(article, Article)
        assert article.article_id == "stdin-3"
        assert error.startswith("-:2")

    def test_empty_standard_input(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
        with pytest.raises(StanceError, match="standard input"):
            list(read_inputs(["-"]))


@pytest.mark.parametrize(
    ("given_date", "read"),
    [
        ("2022", "2022"),
        ("2022-04", "2022-04"),
        ("2026-01-28", "2026-01-28"),
        ("2026-01-28T23:59:59Z", "2026-01-28"),
        ("2026-01-28 10:00", "2026-01-28"),
        ("", ""),
        (" ", ""),
        ("2022-13", None),
        ("2023-02-29", None),
        ("28.01.2026", None),
        ("2026-1-8", None),
        ("20260128", None),
        ("0000", None),
        ("２０２２", None),
        ("2026-01-28Tomorrow", None),
    ],
)
def test_dates(given_date: str, read: str | None) -> None:
    assert iso_date(given_date) == read


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@sum", "\tx", "\rx", "'=1", "''-1"])
def test_formulas_are_defused(cell: str) -> None:
    assert defused(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["", "plain", "'quoted'", "a=b", " =1", "“-1”"])
def test_other_cells_are_left_alone(cell: str) -> None:
    assert defused(cell) == cell == restored(cell)


@given(st.text() | st.from_regex(r"'{0,3}[=+\-@\t\r'].*"))
def test_defusing_can_be_undone(cell: str) -> None:
    assert restored(defused(cell)) == cell
    assert defused(cell)[:1] not in tuple("=+-@\t\r")
