"""Scores of extractors as lines a person reads: a Markdown table for cards, a rich one for the terminal."""

from __future__ import annotations

from collections.abc import Mapping

from rich.table import Table

SHOWN = {  # heading -> score
    "exact F1": "exact_f1",
    "token F1": "token_f1",
    "speaker exact": "speaker_exact",
    "speaker head": "speaker_head",
    "speaker_id": "speaker_id_same",
    "quotation": "quotation",
    "unresolved": "unresolved",
}


def extraction_markdown(rows: Mapping[str, Mapping[str, float]]) -> str:
    """One row an extractor."""
    lines = [["", *SHOWN], ["---"] * (len(SHOWN) + 1), *([name, *_cells(scores)] for name, scores in rows.items())]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def extraction_table(title: str, rows: Mapping[str, Mapping[str, float]]) -> Table:
    """The same for a terminal."""
    table = Table(title=title, title_justify="left")
    table.add_column("extractor")
    for name in SHOWN:
        table.add_column(name, justify="right")
    for name, scores in rows.items():
        table.add_row(name, *_cells(scores))
    return table


def extraction_title(what: str, scores: Mapping[str, float], articles: int) -> str:
    """What was scored on how much."""
    return f"{what}: {scores['gold']:,.0f} statements in {articles:,} articles, {scores['found']:,.0f} found"


def _cells(scores: Mapping[str, float]) -> list[str]:
    return [f"{scores[name]:.3f}" for name in SHOWN.values()]
