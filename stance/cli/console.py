"""What every command prints with: consoles, the progress bar, how it ends."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from tqdm import tqdm

    from stance.prediction import Outcome

SOME_FAILED, UNUSABLE = 1, 2  # exit codes; 0 is success


def finish(outcome: Outcome, output: str) -> None:
    """Say what was written and what failed; exit 1 if anything did."""
    err = console(sys.stderr)
    where = "standard output" if output == "-" else output
    say(err, f"{outcome.statements:,} statements from {outcome.articles:,} articles written to {where}")
    for failure in outcome.failures:
        say(err, f"failed: {failure}")
    if outcome.failures:
        raise typer.Exit(SOME_FAILED)


def say_unresolved(outcome: Outcome) -> None:
    """Say what share of the statements found in articles has a speaker who stands for nobody."""
    if outcome.extracted:
        share = outcome.unresolved / outcome.extracted
        say(console(sys.stderr), f"{share:.1%} of {outcome.extracted:,} statements found have an unresolved speaker")


def console(stream: Any) -> Console:
    """A rich console; wide enough for tables where the output is no terminal."""
    from rich.console import Console

    return Console(file=stream, width=None if stream.isatty() else 140)


def say(to: Console, text: str) -> None:
    """Print text as it is: no markup, no wrapping."""
    to.print(text, markup=False, highlight=False, soft_wrap=True)


def progress(what: str, unit: str = "statement") -> AbstractContextManager[tqdm[Any]]:
    """A bar on standard error, only on a terminal; counts, since streams have no known end."""
    from tqdm import tqdm

    return tqdm(desc=what, unit=f" {unit}s", file=sys.stderr, disable=None, leave=False)
