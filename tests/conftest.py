"""Small labelled data built on the spot: a few domains of short statements the models can tell apart."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stance.cli import main
from stance.schema import ConditionSpan, LabelledStatement

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


# A tiny encoder with random weights, and a dozen statements to learn by heart: text, openness, stance,
# conditions as (label, words of the text).
LEARNABLE = (
    ("Our delegation can fly out tomorrow.", "open", "favor", ()),
    ("The ministry said it had never turned down contact.", "open", "favor", ()),
    ("We will attend, nothing more.", "open", "neutral", ()),
    ("We will come, but nothing will come of it.", "open", "against", ()),
    ("We will sit down once the shelling stops.", "conditional", "favor", (("ceasefire", "once the shelling stops"),)),
    ("Any meeting must be held on neutral soil.", "conditional", "neutral", (("venue", "on neutral soil"),)),
    (
        "They may come to our capital, and only after the document is agreed.",
        "conditional",
        "neutral",
        (("venue", "to our capital"), ("prior_agreement", "only after the document is agreed")),
    ),
    ("There is nobody to talk to on the other side.", "closed", "against", ()),
    ("The junta ruled out negotiations.", "closed", "against", ()),
    (
        "We refuse these talks: no round before all hostages are released.",
        "closed",
        "against",
        (("justice_humanitarian", "before all hostages are released"),),
    ),
    ("They have rejected every proposal.", "unstated", "favor", ()),
    ("The envoy said the process was complicated.", "unstated", "neutral", ()),
)


@pytest.fixture(scope="session")
def learnable() -> list[LabelledStatement]:
    """A dozen statements; `agenda`, `timing` and most other conditions do not occur."""
    statements = []
    for number, (text, openness, stance, conditions) in enumerate(LEARNABLE):
        spans = tuple(
            ConditionSpan(start := text.index(words), start + len(words), label, words) for label, words in conditions
        )
        statements.append(
            LabelledStatement(
                text,
                statement_id=f"a:{number:03d}",
                article_id="a",
                context="The envoy arrived on Monday.",
                speaker="Foreign Minister Ilya Dorn",
                speaker_id="ilya_dorn",
                side="Veltria",
                target="Veltria-Osk ceasefire talks",
                openness=openness,
                conditions=spans,
                stance=stance,
            )
        )
    return statements


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory: pytest.TempPathFactory, learnable: list[LabelledStatement]) -> Path:
    """A folder with a two-layer BERT of random weights and a WordPiece tokenizer of the statements' words."""
    pytest.importorskip("torch")
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("encoder")
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    letters = [chr(code) for code in range(33, 127)]
    pre = pre_tokenizers.BertPreTokenizer()
    words = {word.lower() for s in learnable for word, _ in pre.pre_tokenize_str(f"{s.text} {s.context} {s.target}")}
    vocabulary = list(dict.fromkeys([*special, *letters, *(f"##{x}" for x in letters), *sorted(words)]))
    tokenizer = Tokenizer(models.WordPiece({word: i for i, word in enumerate(vocabulary)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.enable_padding(length=128)  # as all-MiniLM-L6-v2 comes
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "BertTokenizer"}), encoding="utf-8")
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=128,
    )
    BertModel(config).save_pretrained(folder)
    return folder


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], root: Path
) -> Callable[..., tuple[int, str, str]]:
    """Runs `stance ARGS` from the project's folder; returns exit code, stdout, stderr."""

    def call(*args: object) -> tuple[int, str, str]:
        monkeypatch.chdir(root)
        monkeypatch.setattr(sys, "argv", ["stance", *map(str, args)])
        capfdbinary.readouterr()
        try:
            main()
            code = 0
        except SystemExit as stop:
            code = int(stop.code or 0)
        out, err = capfdbinary.readouterr()
        return code, out.decode(), err.decode()

    return call
