"""Shards and who works on them: nothing lost, nothing twice, whatever dies."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from stance.errors import StanceError
from stance.prediction.shards import SHARD_CHARACTERS, cut, in_process, in_workers
from stance.schema import Article, Statement
from stance.sources import Place

HERE = Path(__file__).parent


@pytest.fixture
def labellers(monkeypatch):
    """The module of workers, which they find too."""
    monkeypatch.syspath_prepend(str(HERE))
    import labellers

    return labellers


def items(texts):
    return [(Place("in.jsonl", line), Statement(text)) for line, text in enumerate(texts, start=1)]


def written(folder, parts):
    return [line for part in parts for line in (folder / part.name).read_text().splitlines()]


def rejected(parts):
    return [(reject.file, reject.line) for part in parts for reject in part.rejects]


class TestCut:
    def test_shards_hold_as_many_items_as_asked_and_the_last_what_is_left(self):
        shards = list(cut(iter(items("abcdefg")), 3))
        assert [(s.number, len(s.items)) for s in shards] == [(0, 3), (1, 3), (2, 1)]
        assert [item.text for s in shards for _, item in s.items] == [*"abcdefg"]

    def test_long_articles_make_smaller_shards(self):
        long = "x" * (SHARD_CHARACTERS // 2)
        articles = [(Place(f"{n}.txt"), Article(long, str(n))) for n in range(5)]
        assert [len(s.items) for s in cut(iter(articles), 1000)] == [2, 2, 1]

    def test_no_more_is_read_than_the_shard_needs(self):
        read = []
        source = (read.append(item) or item for item in items("abcdef"))
        next(cut(source, 2))
        assert len(read) == 2

    def test_nothing_gives_no_shard(self):
        assert list(cut(iter([]), 3)) == []


class TestWorkers:
    def test_the_parts_are_those_of_one_process_in_the_same_order(self, tmp_path, labellers):
        shards = list(cut(items("abcdefghij"), 2))
        here, there = tmp_path / "here", tmp_path / "there"
        here.mkdir()
        there.mkdir()
        alone = list(in_process(labellers.Writer(here), shards))
        together = list(in_workers(labellers.Start(there), shards, jobs=2))
        assert together == alone
        assert written(there, together) == written(here, alone) == [*"ABCDEFGHIJ"]

    def test_only_a_few_shards_are_read_ahead(self, tmp_path, labellers):
        read = []
        shards = (read.append(shard.number) or shard for shard in cut(items("abcdefghij"), 1))
        parts = in_workers(labellers.Start(tmp_path), shards, jobs=1)
        next(parts)
        assert len(read) < 6
        parts.close()

    def test_a_killed_worker_is_replaced_and_its_shard_done_again(self, tmp_path, labellers):
        texts = ["a", "b", "dies once", "d", "e", "f"]
        parts = list(in_workers(labellers.Start(tmp_path), cut(items(texts), 2), jobs=2))
        assert written(tmp_path, parts) == [text.upper() for text in texts]
        assert rejected(parts) == []

    def test_items_that_kill_every_worker_are_rejected_and_the_rest_is_done(self, tmp_path, labellers):
        texts = ["a", "b", "c", "dies", "e", "f", "dies", "h"]
        parts = list(in_workers(labellers.Start(tmp_path), cut(items(texts), 4), jobs=2))
        assert written(tmp_path, parts) == ["A", "B", "C", "E", "F", "H"]
        assert rejected(parts) == [("in.jsonl", 4), ("in.jsonl", 7)]
        assert "died" in parts[0].rejects[0].reason

    def test_where_no_item_is_at_fault_the_run_ends_with_a_sentence(self, tmp_path, labellers):
        texts = ["a", "b", "dies in company", "d"]
        with pytest.raises(StanceError, match="not over any one item"):
            list(in_workers(labellers.Start(tmp_path), cut(items(texts), 4), jobs=1))

    def test_workers_that_die_as_they_start_end_the_run(self, tmp_path, labellers):
        with pytest.raises(StanceError, match="as it starts"):
            list(in_workers(labellers.Start(tmp_path, fails="dies"), cut(items("ab"), 1), jobs=2))

    @pytest.mark.parametrize(
        ("start", "text", "said"), [("no model", "a", "no model"), ("", "full disk", "no space left")]
    )
    def test_what_a_worker_raises_is_raised_here(self, tmp_path, labellers, start, text, said):
        with pytest.raises(StanceError, match=said):
            list(in_workers(labellers.Start(tmp_path, fails=start), cut(items(["a", text]), 1), jobs=2))

    def test_no_worker_outlives_the_main_process(self, tmp_path, labellers, root):
        code = (
            "import sys; from pathlib import Path; from labellers import Start\n"
            "from stance.prediction.shards import cut, in_workers\n"
            "from stance.schema import Statement; from stance.sources import Place\n"
            "if __name__ == '__main__':\n"
            "    items = [(Place('x', n), Statement(t)) for n, t in enumerate(['a', 'parent dies', 'c', 'd'])]\n"
            "    list(in_workers(Start(Path(sys.argv[1])), cut(items, 1), 2))\n"
        )
        (tmp_path / "main.py").write_text(code)
        environment = {"PYTHONPATH": f"{root}:{HERE}", "PATH": "/usr/bin:/bin"}
        done = subprocess.run(  # returns when nobody holds its standard output any more
            [sys.executable, str(tmp_path / "main.py"), str(tmp_path)],
            stdout=subprocess.PIPE,
            env=environment,
            timeout=60,
            check=False,
        )
        assert done.returncode == -9
