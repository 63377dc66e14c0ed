"""The command line: arguments, printing, exit codes. Heavy libraries load inside the commands.

Exit codes: 0 success; 1 some inputs failed, the others are written; 2 unusable arguments, config or data.
"""

from __future__ import annotations

import sys

import typer

from stance.cli.agreement import agreement
from stance.cli.annotate import annotate_app
from stance.cli.config import config_app
from stance.cli.console import UNUSABLE, visible
from stance.cli.corpus import corpus_app
from stance.cli.work import evaluate, extract, predict, train
from stance.errors import StanceError

app = typer.Typer(
    help="Who is open to talks, under which conditions, and do they favour them: answered from news text.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (train, evaluate, predict, extract, agreement):
    app.command()(command)
app.add_typer(annotate_app, name="annotate")
app.add_typer(corpus_app, name="corpus")
app.add_typer(config_app, name="config")


def main() -> None:
    """Run the command line; every foreseen error is one sentence on standard error."""
    try:
        app()
    except StanceError as error:
        _fail(str(error))
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output went away: nothing to add
        raise SystemExit(0) from None
    except OSError as error:
        _fail(f"{error.filename or 'input or output'}: {error.strerror or error}")
    except KeyboardInterrupt:
        _fail("interrupted; nothing half-written is left", code=130)


def _fail(message: str, code: int = UNUSABLE) -> None:
    sys.stderr.write(f"stance: {visible(message)}\n")
    raise SystemExit(code)
