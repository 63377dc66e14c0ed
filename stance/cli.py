"""The command line: arguments, printing, exit codes. Heavy libraries load inside the commands.

Exit codes: 0 success; 1 some inputs failed, the others are written; 2 unusable arguments, config or data.
"""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stance.errors import StanceError

if TYPE_CHECKING:
    from rich.console import Console

    from stance.prediction import Outcome

SOME_FAILED, UNUSABLE = 1, 2

app = typer.Typer(
    help="Who is open to talks, under which conditions, and do they favour them: answered from news text.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
config_app = typer.Typer(help="Look at run configs.", no_args_is_help=True)
app.add_typer(config_app, name="config")


class Part(StrEnum):
    """Which part of a corpus, by the split the model was trained with."""

    all = "all"
    train = "train"
    dev = "dev"
    test = "test"


Inputs = Annotated[list[str], typer.Argument(metavar="INPUT...", help="Files, folders, or - for JSONL on standard input.")]
Model = Annotated[
    str | None, typer.Option("--model", help="Model folder or MLflow URI; left out: models:/stance@champion.")
]
Output = Annotated[
    str, typer.Option("--output", help="File ending in .jsonl, .csv or .parquet; - for JSONL on standard output.")
]
Extractor = Annotated[str, typer.Option(help="How statements are found.")]


@app.command()
def train(
    config: Annotated[Path, typer.Argument(metavar="CONFIG", help="YAML file of the run.")],
    overrides: Annotated[list[str] | None, typer.Argument(metavar="[KEY=VALUE]...", help="model.params.C=4")] = None,
) -> None:
    """Train, evaluate, track and save a model; prints its scores and where they are."""
    from stance.report.scores import scores_table
    from stance.training import train as run_training

    console = _console(sys.stderr)
    run = run_training(config, overrides or (), on_message=lambda text: console.print(text, markup=False, highlight=False))
    out = _console(sys.stdout)
    for part, scores in run.scores.items():
        title = f"{part}: {scores.statements:,} statements in {scores.articles:,} articles"
        out.print(scores_table(title, {run.name: scores, "majority": run.floor[part]}))
    _say(out, f"model: {run.folder} (card: {run.folder / 'README.md'}; pictures: {run.folder / 'evaluation'})")
    if run.logged is not None:
        version = f", registered as version {run.logged.model_version}" if run.logged.model_version else ""
        crown = ", champion now" if run.logged.is_champion else ""
        _say(out, f"run:   {run.logged.run_id}{version}{crown}; see it with: mlflow ui --backend-store-uri {_store(run)}")
    if run.tracking_error:
        _say(console, f"not tracked: {run.tracking_error}\nthe model folder is complete; log it later by training again")
        raise typer.Exit(SOME_FAILED)


@app.command()
def evaluate(
    data: Annotated[Path, typer.Argument(metavar="DATA", help="Corpus folder or JSONL of labelled statements.")],
    model: Model = None,
    output: Annotated[Path | None, typer.Option("--output", help="Write the scores as JSON.")] = None,
    part: Annotated[Part, typer.Option(help="Only this part, by the split the model was trained with.")] = Part.all,
) -> None:
    """Score a model on labelled statements, with support and bootstrap intervals."""
    from stance.evaluation import evaluate as run_evaluation
    from stance.evaluation import write_scores
    from stance.pipeline import CHAMPION, load_model
    from stance.report.scores import labels_table, scores_table

    done = run_evaluation(data, load_model(model or CHAMPION), part.value)
    out = _console(sys.stdout)
    title = f"{data} ({part.value}): {done.scores.statements:,} statements in {done.scores.articles:,} articles"
    out.print(scores_table(title, {done.model: done.scores}))
    out.print(labels_table("By label", done.scores))
    if done.seen:
        _say(out, "note: the model was trained on some of these statements; --part test scores the held-out ones")
    if output is not None:
        write_scores(done, output)
        _say(out, f"written: {output}")


@app.command()
def predict(
    inputs: Inputs,
    output: Output,
    model: Model = None,
    extractor: Extractor = "rules",
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
    with _progress("labelling") as advance:

        def on_row(row: Any) -> None:
            advance()
            if table:
                rows.append(row)

        outcome = predict_files(inputs, loaded, output, on_row=on_row)
    if table:
        print_positions(rows, _console(sys.stderr if output == "-" else sys.stdout))
    _finish(outcome, output)


@app.command()
def extract(inputs: Inputs, output: Output, extractor: Extractor = "rules") -> None:
    """Take articles apart into statements with their speakers."""
    from stance.prediction import extract_files
    from stance.report import check_output

    check_output(output)
    _check_extractor(extractor)
    with _progress("extracting") as advance:
        outcome = extract_files(inputs, output, extractor, on_row=lambda row: advance())
    _finish(outcome, output)


@config_app.command("show")
def config_show(
    config: Annotated[Path, typer.Argument(metavar="CONFIG", help="YAML file of the run.")],
    overrides: Annotated[list[str] | None, typer.Argument(metavar="[KEY=VALUE]...")] = None,
) -> None:
    """Print the filled config: every setting the run would use."""
    from stance.config import load_config
    from stance.models import MODELS

    sys.stdout.write(load_config(config, overrides or (), kinds=MODELS).to_yaml())


@config_app.command("schema")
def config_schema(
    config: Annotated[Path | None, typer.Argument(metavar="[CONFIG]", help="Checked first when given.")] = None,
) -> None:
    """Print the JSON Schema of config files, for editors."""
    import json

    from stance.config import config_schema as schema
    from stance.config import load_config
    from stance.models import MODELS

    if config is not None:
        load_config(config, kinds=MODELS)
    sys.stdout.write(json.dumps(schema(MODELS), indent=2) + "\n")


def main() -> None:
    """Run the command line; every foreseen error is one sentence on standard error."""
    try:
        app()
    except StanceError as error:
        _fail(str(error))
    except KeyboardInterrupt:
        _fail("interrupted; nothing half-written is left", code=130)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output went away: nothing to add
        raise SystemExit(0) from None


def _fail(message: str, code: int = UNUSABLE) -> None:
    sys.stderr.write(f"stance: {message}\n")
    raise SystemExit(code)


def _finish(outcome: Outcome, output: str) -> None:
    """Say what was written and what failed; exit 1 if anything did."""
    err = _console(sys.stderr)
    where = "standard output" if output == "-" else output
    _say(err, f"{outcome.statements:,} statements from {outcome.articles:,} articles written to {where}")
    for failure in outcome.failures:
        _say(err, f"failed: {failure}")
    if outcome.failures:
        raise typer.Exit(SOME_FAILED)


def _check_extractor(name: str) -> None:
    from stance.extract import EXTRACTORS

    if name not in EXTRACTORS:
        raise StanceError(f"--extractor: no extractor {name!r} (allowed: {', '.join(EXTRACTORS)})")


def _console(stream: Any) -> Console:
    from rich.console import Console

    return Console(file=stream, soft_wrap=False, width=None if stream.isatty() else 140)


def _say(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)


def _store(run: Any) -> str:
    import os

    return os.environ.get("MLFLOW_TRACKING_URI") or str(run.config.tracking.uri)


class _progress:
    """A progress bar on standard error, only on a terminal; counts rows, since streams have no end known."""

    def __init__(self, what: str) -> None:
        from tqdm import tqdm

        self._bar = tqdm(desc=what, unit=" statements", file=sys.stderr, disable=None, leave=False)

    def __enter__(self) -> Any:
        self._bar.__enter__()
        return self._bar.update

    def __exit__(self, *failure: Any) -> None:
        self._bar.__exit__(*failure)


if __name__ == "__main__":
    main()
