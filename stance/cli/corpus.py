"""corpus show, corpus check."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stance.cli.console import UNUSABLE, console, say

if TYPE_CHECKING:
    from rich.table import Table

    from stance.corpus import Corpus
    from stance.schema import LabelledStatement

corpus_app = typer.Typer(help="Look at and check labelled statements.", no_args_is_help=True)
Folder = Annotated[Path, typer.Argument(metavar="CORPUS", help="Folder with statements.jsonl, or such a file.")]


@corpus_app.command("show")
def corpus_show(corpus: Folder = Path("seeds/written")) -> None:
    """Counts per label, domain and split, agreement of the annotators, digest."""
    from stance.annotation.files import annotators_beside, compare_files
    from stance.cli.agreement import tasks_table
    from stance.config import EvaluationConfig
    from stance.corpus import load_corpus

    loaded = load_corpus(corpus)
    out = console(sys.stdout)
    articles = len({s.article_id or s.statement_id for s in loaded.statements})
    say(out, f"{loaded.path}: {len(loaded):,} statements in {articles:,} articles")
    say(out, f"sha256 {loaded.digest}")
    parts = _parts(loaded)
    out.print(_label_table(parts))
    out.print(_domain_table(parts))
    pair = annotators_beside(loaded.path.parent)
    if pair is not None:
        agreed = compare_files(*pair, EvaluationConfig()).agreement
        out.print(tasks_table(f"Agreement of {pair[0]} and {pair[1].name}", agreed))


@corpus_app.command("check")
def corpus_check(corpus: Folder = Path("seeds/written")) -> None:
    """Name every breach of the codebook with file and line; exit code 2 if there is any."""
    from stance.annotation.files import corpus_breaches
    from stance.corpus import load_corpus

    breaches = corpus_breaches(corpus)
    out = console(sys.stdout)
    for breach in breaches:
        say(out, str(breach))
    if breaches:
        say(console(sys.stderr), f"{len(breaches):,} breaches")
        raise typer.Exit(UNUSABLE)
    loaded = load_corpus(corpus)
    say(out, f"{loaded.path}: {len(loaded):,} statements, no breach; sha256 {loaded.digest}")


def _parts(corpus: Corpus) -> dict[str, Sequence[LabelledStatement]]:
    """All statements, then the parts that a split file beside the corpus names."""
    from stance.config import DataConfig
    from stance.corpus import SPLIT_FILE, split_corpus

    parts: dict[str, Sequence[LabelledStatement]] = {"all": corpus.statements}
    if (corpus.path.parent / SPLIT_FILE).is_file():
        parts.update(split_corpus(corpus, DataConfig(corpus=corpus.path)).parts())
    return parts


def _label_table(parts: Mapping[str, Sequence[LabelledStatement]]) -> Table:
    from rich.table import Table

    from stance.corpus import label_counts

    counts = {part: label_counts(rows) for part, rows in parts.items()}
    table = Table(title="By label (for conditions: spans)", title_justify="left")
    for name in ("task", "label"):
        table.add_column(name)
    for part in parts:
        table.add_column(part, justify="right")
    for task, labels in counts["all"].items():
        for number, label in enumerate(labels):
            table.add_row("" if number else task, label, *(f"{counts[part][task][label]:,}" for part in parts))
        table.add_section()
    return table


def _domain_table(parts: Mapping[str, Sequence[LabelledStatement]]) -> Table:
    from rich.table import Table

    part_of = {s.domain: part for part, rows in parts.items() for s in rows}
    statements = Counter(s.domain for s in parts["all"])
    articles = Counter(domain for domain, _ in {(s.domain, s.article_id) for s in parts["all"]})
    table = Table(title="By domain", title_justify="left")
    for name in ("domain", "part"):
        table.add_column(name)
    for name in ("statements", "articles"):
        table.add_column(name, justify="right")
    for domain, count in statements.items():
        part = part_of[domain] if len(parts) > 1 else ""
        table.add_row(domain or "(none)", part, f"{count:,}", f"{articles[domain]:,}")
    return table
