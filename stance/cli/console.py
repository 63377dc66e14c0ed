"""What every command prints with: consoles, the progress bar, how it ends."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Callable
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
    where = "standard output" if output == "-" else output
    said = f"{outcome.statements:,} statements from {outcome.articles:,} articles written to {where}"
    say(console(sys.stderr), said)
    exit_if_failed(outcome)


def exit_if_failed(outcome: Outcome) -> None:
    """Name the first failures and where all are; exit 1 if there is any."""
    err = console(sys.stderr)
    for failure in outcome.failures:
        say(err, f"failed: {failure}")
    if outcome.failed > len(outcome.failures):
        see = f", see {outcome.rejects}" if outcome.rejects else ""
        say(err, f"and {outcome.failed - len(outcome.failures):,} more{see}")
    elif outcome.rejects:
        say(err, f"the same in {outcome.rejects}")
    if outcome.failed:
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
    """Print one line of text as it is: no markup, no wrapping, no sign that steers a terminal."""
    to.print(visible(text), markup=False, highlight=False, soft_wrap=True)


def visible(text: str) -> str:
    """`text` with what steers a terminal, turns the reading direction or is no Unicode as `\\x1b`, `\\u202e` …"""
    return "".join(
        sign if not unicodedata.category(sign).startswith(("C", "Zl", "Zp")) else sign.encode("unicode_escape").decode()
        for sign in text
    )


def progress(
    what: str, unit: str = "statement", total: Callable[[], int | None] = lambda: None
) -> AbstractContextManager[tqdm[Any]]:
    """A bar on standard error, only on a terminal; with a `total` time left is shown, else counts and rate."""
    from tqdm import tqdm

    known = total() if sys.stderr.isatty() else None
    return tqdm(desc=what, unit=f" {unit}s", total=known, file=sys.stderr, disable=None, leave=False)
