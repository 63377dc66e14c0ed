"""annotate export, import, suggest, check."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from stance.cli.console import SOME_FAILED, console, exit_if_failed, finish, say
from stance.cli.work import Extractor, Inputs, Output
from stance.errors import StanceError

annotate_app = typer.Typer(
    help="Annotate with Label Studio; choose what next; find label errors.", no_args_is_help=True
)

OptionalModel = Annotated[
    str | None, typer.Option("--model", help="Model folder or MLflow URI; its labels become pre-annotations.")
]
NeededModel = Annotated[str | None, typer.Option("--model", help="Model folder or MLflow URI; left out: the champion.")]


@annotate_app.command("export")
def annotate_export(
    inputs: Inputs,
    output: Annotated[Path, typer.Option("--output", help="Folder for tasks.json and labelling.xml.")],
    model: OptionalModel = None,
    extractor: Extractor = None,
) -> None:
    """Write statements as Label Studio tasks, and the labelling interface."""
    from stance.annotation.labelstudio import INTERFACE_FILE, TASKS_FILE, export_files
    from stance.pipeline import load_model

    done = export_files(inputs, output, load_model(model, extractor) if model else None, extractor)
    err = console(sys.stderr)
    say(err, f"{done.statements:,} tasks written to {output / TASKS_FILE}, the interface to {output / INTERFACE_FILE}")
    exit_if_failed(done)


@annotate_app.command("import")
def annotate_import(
    export: Annotated[Path, typer.Argument(metavar="EXPORT.json", help="Label Studio's export as JSON.")],
    output: Annotated[Path, typer.Option("--output", help="Folder for one ANNOTATOR.jsonl each.")],
    annotator: Annotated[
        list[str] | None, typer.Option("--annotator", help="anna@example.org=first; may be given again.")
    ] = None,
) -> None:
    """Read Label Studio's export back into label files, one an annotator."""
    from stance.annotation.labelstudio import import_file

    err = console(sys.stderr)
    imported = import_file(export, output, _annotators(annotator or []))
    for who, rows in imported.rows.items():
        say(err, f"{len(rows):,} statements by {who} written to {output / f'{who}.jsonl'}")
    if imported.skipped:
        say(err, f"{imported.skipped:,} cancelled annotations passed over")
    for breach in imported.breaches:
        say(err, f"breaks the codebook: {breach}")
    for failure in imported.failures:
        say(err, f"failed: {failure}")
    if imported.failures:
        raise typer.Exit(SOME_FAILED)


def _annotators(pairs: list[str]) -> dict[str, str]:
    """`["anna@example.org=first"]` as a mapping; ids become file names and so are plain words."""
    names: dict[str, str] = {}
    for pair in pairs:
        name, _, known_as = pair.rpartition("=")
        if not name or not known_as.replace("-", "").replace("_", "").isalnum() or not known_as.isascii():
            raise StanceError(f"--annotator: {pair!r} must be NAME=ID, ID of letters, digits, - and _")
        names[name] = known_as
    if len(set(names.values())) < len(names):
        raise StanceError("--annotator: two names become one id")
    return names


@annotate_app.command("suggest")
def annotate_suggest(
    inputs: Inputs,
    output: Output,
    model: NeededModel = None,
    count: Annotated[int, typer.Option(min=1, max=10_000, help="Statements to suggest.")] = 100,
    labelled: Annotated[
        list[Path] | None, typer.Option("--labelled", help="JSONL of statements that are labelled; may be given again.")
    ] = None,
    extractor: Extractor = None,
) -> None:
    """Rank unlabelled statements: those the model is unsure of first, no near-duplicates in a row."""
    from stance.annotation.suggest import suggest_files
    from stance.pipeline import CHAMPION, load_model
    from stance.report import check_output

    check_output(output)
    loaded = load_model(model or CHAMPION, extractor)
    done = suggest_files(inputs, loaded, output, count, labelled or [])
    finish(done, output)


@annotate_app.command("check")
def annotate_check(
    corpus: Annotated[Path, typer.Argument(metavar="CORPUS", help="Folder with statements.jsonl, or such a file.")],
    output: Annotated[Path | None, typer.Option("--output", help="Write all findings as JSONL.")] = None,
    config: Annotated[
        Path | None, typer.Option("--config", help="Run config whose model and input are used; left out: the defaults.")
    ] = None,
    folds: Annotated[int, typer.Option(min=2, max=50, help="Folds of articles.")] = 5,
    show: Annotated[int, typer.Option(min=0, help="Findings to print.")] = 20,
) -> None:
    """List codebook breaches, and labels that a model trained on other articles would give otherwise."""
    from stance.annotation.check import check_corpus
    from stance.config import load_config
    from stance.models import MODELS
    from stance.report.files import write_jsonl
    from stance.report.table import printable

    settings = load_config(config if config is not None else {}, kinds=MODELS)
    checked = check_corpus(corpus, settings, folds)
    out, err = console(sys.stdout), console(sys.stderr)
    for breach in checked.breaches:
        say(out, f"breach: {breach}")
    for doubt in checked.doubts[:show]:
        given, suggested = ("|".join(labels) or "none" for labels in (doubt.given, doubt.suggested))
        words = printable(doubt.statement.text)[:160]
        say(out, f"{doubt.statement.statement_id} {doubt.task}: {given}, or {suggested}? ({doubt.quality:.2f}) {words}")
    flagged = sum(doubt.flagged for doubt in checked.doubts)
    say(err, f"{len(checked.doubts):,} labels to doubt, {flagged:,} of them likely errors")
    say(err, f"{len(checked.breaches):,} breaches of the codebook")
    if output is not None:
        write_jsonl([doubt.to_dict() for doubt in checked.doubts], output)
        say(err, f"written: {output}")
    if checked.breaches:
        raise typer.Exit(SOME_FAILED)
