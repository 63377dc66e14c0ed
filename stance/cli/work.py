"""train, evaluate, predict, extract."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from stance.cli.console import SOME_FAILED, console, finish, progress, say
from stance.errors import StanceError
from stance.extraction import DEFAULT_EXTRACTOR, EXTRACTORS


class Part(StrEnum):
    """Which part of a corpus, by the split the model was trained with."""

    all = "all"
    train = "train"
    dev = "dev"
    test = "test"


Inputs = Annotated[
    list[str], typer.Argument(metavar="INPUT...", help="Files, folders, or - for JSONL on standard input.")
]
Model = Annotated[
    str | None, typer.Option("--model", help="Model folder or MLflow URI; left out: models:/stance@champion.")
]
Output = Annotated[
    str, typer.Option("--output", help="File ending in .jsonl, .csv or .parquet; - for JSONL on standard output.")
]
Extractor = Annotated[str, typer.Option(help="How statements are found.")]


def train(
    config: Annotated[Path, typer.Argument(metavar="CONFIG", help="YAML file of the run.")],
    overrides: Annotated[list[str] | None, typer.Argument(metavar="[KEY=VALUE]...", help="model.params.C=4")] = None,
) -> None:
    """Train, evaluate, track and save a model; prints its scores and where they are."""
    from stance.report.scores import scores_table
    from stance.training import train as run_training

    err = console(sys.stderr)
    run = run_training(config, overrides or (), on_message=lambda text: say(err, text))
    out = console(sys.stdout)
    for part, scores in run.scores.items():
        title = f"{part}: {scores.statements:,} statements in {scores.articles:,} articles"
        out.print(scores_table(title, {run.name: scores, "majority": run.floor[part]}))
    say(out, f"model: {run.folder} (card: {run.folder / 'README.md'}; pictures: {run.folder / 'evaluation'})")
    if run.logged is not None:
        version = f", registered as version {run.logged.model_version}" if run.logged.model_version else ""
        crown = ", champion now" if run.logged.is_champion else ""
        say(
            out, f"run:   {run.logged.run_id}{version}{crown}; see it with: mlflow ui --backend-store-uri {_store(run)}"
        )
    if run.tracking_error:
        say(err, f"not tracked: {run.tracking_error}")
        say(err, "the model folder is complete; the same command logs the same model once the server answers")
        raise typer.Exit(SOME_FAILED)


def evaluate(
    data: Annotated[Path, typer.Argument(metavar="DATA", help="Corpus folder or JSONL of labelled statements.")],
    model: Model = None,
    output: Annotated[Path | None, typer.Option("--output", help="Write the scores as JSON.")] = None,
    part: Annotated[Part, typer.Option(help="Only this part, by the split the model was trained with.")] = Part.all,
) -> None:
    """Score a model on labelled statements, with support and bootstrap intervals."""
    from stance.evaluation import evaluate as run_evaluation
    from stance.pipeline import CHAMPION, load_model
    from stance.report.files import write_json
    from stance.report.scores import labels_table, scores_table

    done = run_evaluation(data, load_model(model or CHAMPION), part.value)
    out = console(sys.stdout)
    title = f"{data} ({part.value}): {done.scores.statements:,} statements in {done.scores.articles:,} articles"
    out.print(scores_table(title, {done.model: done.scores}))
    out.print(labels_table("By label", done.scores))
    if done.seen:
        say(out, "note: the model was trained on some of these statements; --part test scores the held-out ones")
    if output is not None:
        write_json(done.to_dict(), output)
        say(out, f"written: {output}")


def predict(
    inputs: Inputs,
    output: Output,
    model: Model = None,
    extractor: Extractor = DEFAULT_EXTRACTOR,
    table: Annotated[bool, typer.Option("--table", help="Print the labelled statements as a table too.")] = False,
) -> None:
    """Label articles or statements: speaker, openness, conditions, stance."""
    from stance.pipeline import CHAMPION, load_model
    from stance.prediction import predict_files
    from stance.report import check_output
    from stance.report.table import print_positions

    check_output(output)
    _check_extractor(extractor)
    rows: list[Any] = []
    loaded = load_model(model or CHAMPION, extractor)
    with progress("labelling") as bar:

        def on_row(row: Any) -> None:
            bar.update()
            if table:
                rows.append(row)

        outcome = predict_files(inputs, loaded, output, on_row=on_row)
    if table:
        print_positions(rows, console(sys.stderr if output == "-" else sys.stdout))
    finish(outcome, output)


def extract(inputs: Inputs, output: Output, extractor: Extractor = DEFAULT_EXTRACTOR) -> None:
    """Take articles apart into statements with their speakers."""
    from stance.prediction import extract_files
    from stance.report import check_output

    check_output(output)
    _check_extractor(extractor)
    with progress("extracting") as bar:

        def count(row: Any) -> None:
            bar.update()

        outcome = extract_files(inputs, output, extractor, on_row=count)
    finish(outcome, output)


def _check_extractor(name: str) -> None:
    if name not in EXTRACTORS:
        raise StanceError(f"--extractor: no extractor {name!r} (allowed: {', '.join(EXTRACTORS)})")


def _store(run: Any) -> str:
    return os.environ.get("MLFLOW_TRACKING_URI") or str(run.config.tracking.uri)
