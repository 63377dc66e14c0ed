"""train, evaluate, predict, extract."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stance.cli.console import SOME_FAILED, console, exit_if_failed, finish, progress, say, say_unresolved
from stance.encoders import Precision
from stance.errors import StanceError

if TYPE_CHECKING:
    from rich.table import Table

    from stance.extractor_training import ExtractorRun
    from stance.prediction import DryRun
    from stance.training import Run

FAILURES_SHOWN = 20  # of the behavioural cases; --output writes them all


class Part(StrEnum):
    """Which part of a corpus, by the split the model was trained with."""

    all = "all"
    train = "train"
    dev = "dev"
    test = "test"


class TableFormat(StrEnum):
    """What the files in a folder of predictions are."""

    jsonl = "jsonl"
    csv = "csv"
    parquet = "parquet"


Inputs = Annotated[
    list[str], typer.Argument(metavar="INPUT...", help="Files, folders, or - for JSONL on standard input.")
]
Model = Annotated[
    str | None, typer.Option("--model", help="Model folder or MLflow URI; left out: models:/stance@champion.")
]
Output = Annotated[
    str, typer.Option("--output", help="File ending in .jsonl, .csv or .parquet; - for JSONL on standard output.")
]
EXTRACTOR_HELP = "rules, tagger, or an extractor's folder or MLflow URI."
Extractor = Annotated[str | None, typer.Option(help=f"How statements are found: {EXTRACTOR_HELP}")]
Speakers = Annotated[
    Path | None,
    typer.Option(help="CSV file of known speakers (speaker_id,name,aliases,side) on top of the packaged ones."),
]


def train(
    config: Annotated[Path, typer.Argument(metavar="CONFIG", help="YAML file of the run.")],
    overrides: Annotated[list[str] | None, typer.Argument(metavar="[KEY=VALUE]...", help="model.params.C=4")] = None,
) -> None:
    """Train, evaluate, track and save a model; prints its scores and where they are."""
    from stance.extractor_training import ExtractorRun
    from stance.report.extraction import extraction_table, extraction_title
    from stance.report.scores import scores_table
    from stance.training import train as run_training

    err = console(sys.stderr)
    run = run_training(config, overrides or (), on_message=lambda text: say(err, text))
    out = console(sys.stdout)
    if isinstance(run, ExtractorRun):
        for part, of_part in run.scores.items():
            title = extraction_title(part, of_part, run.articles[part])
            out.print(extraction_table(title, {run.name: of_part, "rules": run.floor[part]}))
        say(out, f"extractor: {run.folder} (card: {run.folder / 'README.md'})")
        _say_tracked(run)
        return
    for part, scores in run.scores.items():
        title = f"{part}: {scores.statements:,} statements in {scores.articles:,} articles"
        out.print(scores_table(title, {run.name: scores, "majority": run.floor[part]}))
    if run.behaviour is not None:
        kinds = ", ".join(f"{kind} {rate.rate:.2f} of {rate.support:,}" for kind, rate in run.behaviour.kinds.items())
        say(out, f"behavioural cases passed: {kinds}; by capability in the card")
    say(out, f"model: {run.folder} (card: {run.folder / 'README.md'}; pictures: {run.folder / 'evaluation'})")
    _say_tracked(run)


def _say_tracked(run: Run | ExtractorRun) -> None:
    """Where the run is logged; exit 1 where it should be and is not."""
    out, err = console(sys.stdout), console(sys.stderr)
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
    data: Annotated[
        Path,
        typer.Argument(
            metavar="DATA", help="Corpus folder, JSONL of labelled statements, or folder of behavioural cases."
        ),
    ],
    model: Model = None,
    output: Annotated[Path | None, typer.Option("--output", help="Write the scores as JSON.")] = None,
    part: Annotated[Part, typer.Option(help="Only this part, by the split the model was trained with.")] = Part.all,
    extractor: Annotated[
        str | None, typer.Option(help=f"Score how statements are found instead: {EXTRACTOR_HELP}")
    ] = None,
    speakers: Speakers = None,
) -> None:
    """Score a model on labelled statements, with support and bootstrap intervals, or on behavioural cases."""
    from stance.behaviour import holds_cases

    if extractor is not None:
        if model is not None:
            raise StanceError("--model and --extractor: name one of them, what is scored")
        _evaluate_extractor(data, extractor, speakers, part, output)
        return
    if speakers is not None:
        raise StanceError("--speakers: needs --extractor, whose statements are scored")
    if holds_cases(data):
        if part is not Part.all:
            raise StanceError("--part: behavioural cases have no parts")
        _evaluate_behaviour(data, model, output)
        return

    from stance.evaluation import evaluate as run_evaluation
    from stance.pipeline import CHAMPION, load_model
    from stance.report.files import write_json
    from stance.report.scores import labels_table, scores_table

    done = run_evaluation(data, load_model(model or CHAMPION), part.value)
    out = console(sys.stdout)
    title = f"{data} ({part.value}): {done.scores.statements:,} statements in {done.scores.articles:,} articles"
    out.print(scores_table(title, {done.model: done.scores}))
    out.print(labels_table("By label", done.scores))
    say(out, f"the codebook's rules across tasks changed the labels of {done.overruled:,} statements")
    if done.seen:
        say(out, "note: the model was trained on some of these statements; --part test scores the held-out ones")
    if output is not None:
        write_json(done.to_dict(), output)
        say(out, f"written: {output}")


def _evaluate_extractor(data: Path, extractor: str, speakers: Path | None, part: Part, output: Path | None) -> None:
    from stance.evaluation import evaluate_extractor
    from stance.pipeline import load_extractor
    from stance.report.extraction import extraction_table, extraction_title
    from stance.report.files import write_json

    done = evaluate_extractor(data, load_extractor(extractor, speakers=speakers), part.value)
    out = console(sys.stdout)
    title = extraction_title(f"{data} ({part.value})", done.scores, done.articles)
    out.print(extraction_table(title, {done.extractor: done.scores}))
    if done.seen:
        say(out, "note: the extractor was trained on some of these articles; --part test scores the held-out ones")
    if output is not None:
        write_json(done.to_dict(), output)
        say(out, f"written: {output}")


def _evaluate_behaviour(data: Path, model: str | None, output: Path | None) -> None:
    from stance.behaviour import load_cases, run_cases
    from stance.pipeline import CHAMPION, load_model
    from stance.report.behaviour import behaviour_table, failures_table
    from stance.report.files import write_json

    cases = load_cases(data)
    loaded = load_model(model or CHAMPION)
    done = run_cases(loaded.bundle, cases, loaded.bundle.config.tasks)
    out = console(sys.stdout)
    out.print(behaviour_table(f"{data}: {loaded.name} on {len(done.outcomes):,} cases", done))
    if done.failed:
        shown = min(FAILURES_SHOWN, len(done.failed))
        out.print(failures_table(f"Failed: {shown:,} of {len(done.failed):,}", done.failed[:shown]))
    if output is not None:
        write_json({"model": loaded.name, **done.to_dict()}, output)
        say(out, f"written: {output}")


def predict(
    inputs: Inputs,
    output: Annotated[
        str,
        typer.Option(
            "--output",
            help="File ending in .jsonl, .csv or .parquet; a folder of such files (a name without ending, or a slash"
            " at its end); - for JSONL on standard output.",
        ),
    ],
    model: Model = None,
    extractor: Extractor = None,
    speakers: Speakers = None,
    abstain_below: Annotated[
        float,
        typer.Option(min=0, max=1, help="Leave openness and stance empty where their probability is lower."),
    ] = 0.0,
    precision: Annotated[
        Precision | None,
        typer.Option(
            help="Of transformers: bf16, int8, fp32; auto: the fastest here that keeps 99.5 % of the labels or more"
            " on dev; left out: as trained.",
            show_default=False,
        ),
    ] = None,
    table: Annotated[bool, typer.Option("--table", help="Print the labelled statements as a table too.")] = False,
    jobs: Annotated[
        int, typer.Option(min=0, help="Processes that label, a model and a thread each; 0: one per core.")
    ] = 1,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a run that was cut short.")] = False,
    shard_size: Annotated[
        int | None,
        typer.Option(min=1, help="Articles or statements a step, kept once done; left out: 2,000.", show_default=False),
    ] = None,
    format: Annotated[
        TableFormat | None, typer.Option(help="What a folder's files are; left out: jsonl.", show_default=False)
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check all inputs, count, estimate the time; write nothing.")
    ] = False,
) -> None:
    """Label articles or statements: speaker, openness, conditions, stance."""
    from stance.pipeline import CHAMPION, load_model
    from stance.prediction import SHARD_SIZE, predict_files
    from stance.prediction import dry_run as try_out
    from stance.prediction.output import Output
    from stance.report.table import print_positions
    from stance.sources import expected_items, input_files

    if table and resume:
        raise StanceError("--table: shows what one run labels; leave it out with --resume")
    if output != "-":
        Output.at(output, format)
    loaded = load_model(
        model or CHAMPION, extractor, speakers=speakers, abstain_below=abstain_below, precision=precision
    )
    size = shard_size or SHARD_SIZE
    rows: list[Any] = []

    def total() -> int | None:
        return None if "-" in inputs else expected_items(input_files(inputs))

    with progress("checking" if dry_run else "labelling", "item", total) as bar:
        if dry_run:
            tried = try_out(
                inputs,
                loaded,
                output,
                jobs=jobs,
                resume=resume,
                shard_size=size,
                format=format,
                on_items=bar.update,
            )
        else:
            outcome = predict_files(
                inputs,
                loaded,
                output,
                jobs=jobs,
                resume=resume,
                shard_size=size,
                format=format,
                on_row=rows.append if table else None,
                on_items=bar.update,
            )
    if dry_run:
        console(sys.stdout).print(_dry_run_table(loaded.name, tried))
        exit_if_failed(tried.outcome)
        return
    if table:
        print_positions(rows, console(sys.stderr if output == "-" else sys.stdout))
    say_unresolved(outcome)
    finish(outcome, output)


def _dry_run_table(model: str, tried: DryRun) -> Table:
    from rich.table import Table

    outcome = tried.outcome
    found = f" ({outcome.extracted:,} found in articles)" if outcome.articles else ""
    minutes, seconds = divmod(round(tried.seconds), 60)
    jobs = f"{tried.jobs} processes" if tried.jobs > 1 else "one process"
    rows = {
        "files": f"{tried.files:,}",
        "articles": f"{outcome.articles:,}",
        "statements": f"{outcome.statements:,}{found}",
        "cannot be used": f"{outcome.failed:,}",
        "shards": f"{tried.shards:,}",
        "model": model,
        "labelled a second": f"{tried.statements_per_second:,.0f} by one process",
        "time": f"about {minutes} min {seconds} s by {jobs}, loading the model aside",
    }
    table = Table(title="Nothing written", title_justify="left", show_header=False)
    for name, said in rows.items():
        table.add_row(name, said)
    return table


def extract(inputs: Inputs, output: Output, extractor: Extractor = None, speakers: Speakers = None) -> None:
    """Take articles apart into statements with their speakers."""
    from stance.pipeline import load_extractor
    from stance.prediction import extract_files
    from stance.report import check_output

    check_output(output)
    loaded = load_extractor(extractor, speakers=speakers)
    with progress("extracting") as bar:

        def count(row: Any) -> None:
            bar.update()

        outcome = extract_files(inputs, output, loaded, on_row=count)
    say_unresolved(outcome)
    finish(outcome, output)


def _store(run: Any) -> str:
    return os.environ.get("MLFLOW_TRACKING_URI") or str(run.config.tracking.uri)
