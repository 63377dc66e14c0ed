"""Small labelled data built on the spot: a few domains of short statements the models can tell apart."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]

# text, openness, {condition: the words that state it}, stance
SAID: list[tuple[str, str, dict[str, str], str]] = [
    ("We are ready to fly out tomorrow, said Orla Venn.", "open", {}, "favor"),
    ("We will come once the guns stop, said Orla Venn.", "conditional", {"ceasefire": "once the guns stop"}, "favor"),
    ("They must come to our capital, said Tam Ruiz.", "conditional", {"venue": "must come to our capital"}, "neutral"),
    ("There is nobody to talk to, said Tam Ruiz.", "closed", {}, "against"),
    ("The envoy left the building at noon, said Iri Koss.", "unstated", {}, "neutral"),
    ("No deal without courts, said Iri Koss.", "unstated", {"justice_humanitarian": "without courts"}, "against"),
]  # fmt: skip


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's own folder."""
    return ROOT


@pytest.fixture
def make_corpus(tmp_path: Path) -> Callable[..., Path]:
    """A function that writes a corpus folder of `articles_per_domain` articles in each of four domains.

    `change(rows)` may spoil the rows before they are written.
    """

    def make(articles_per_domain: int = 2, change: Callable[[list[dict[str, Any]]], Any] = lambda rows: None) -> Path:
        folder = tmp_path / "corpus"
        (folder / "articles").mkdir(parents=True)
        rows: list[dict[str, Any]] = []
        for domain in ("river", "strait", "mine", "island"):
            for number in range(articles_per_domain):
                article_id = f"{domain}-{number}"
                text = f"Headline of {article_id}\n\n"
                for index, (said, openness, conditions, stance) in enumerate(SAID):
                    rows.append(
                        {
                            "statement_id": f"{article_id}:{index:03d}",
                            "article_id": article_id,
                            "domain": domain,
                            "start": len(text),
                            "end": len(text) + len(said),
                            "text": said,
                            "context": "",
                            "speaker": said.split("said ")[-1].rstrip("."),
                            "speaker_id": "_".join(said.split("said ")[-1].rstrip(".").lower().split()),
                            "side": "Velmora",
                            "target": f"{domain} talks",
                            "quotation": "direct",
                            "date": "2031-04-02",
                            "openness": openness,
                            "conditions": [
                                {
                                    "label": label,
                                    "start": said.index(words),
                                    "end": said.index(words) + len(words),
                                    "text": words,
                                }
                                for label, words in conditions.items()
                            ],
                            "stance": stance,
                        }
                    )
                    text += said + "\n"
                (folder / "articles" / f"{article_id}.txt").write_text(text, encoding="utf-8")
        change(rows)
        lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
        (folder / "statements.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
        (folder / "split.yaml").write_text("dev: [strait]\ntest: [mine]\n", encoding="utf-8")
        return folder

    return make


@pytest.fixture
def write_config(tmp_path: Path) -> Callable[[str], Path]:
    """A function that writes a config file and returns its path."""

    def write(text: str) -> Path:
        path = tmp_path / "run.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write
