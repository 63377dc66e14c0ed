"""What the README claims is what a command wrote, and the commands it names exist."""

from __future__ import annotations

import re

from typer.testing import CliRunner

from stance.cli import app


def test_the_scores_are_those_the_experiment_wrote(root):
    written = (root / "experiments" / "held_out" / "results.md").read_text(encoding="utf-8")
    assert written.strip() in (root / "README.md").read_text(encoding="utf-8")


def test_every_command_shown_exists(root):
    shown = set(re.findall(r"^stance ((?:annotate |corpus |config )?[a-z]+)", (root / "README.md").read_text(), re.M))
    assert len(shown) > 5
    for command in shown:
        assert CliRunner().invoke(app, [*command.split(), "--help"]).exit_code == 0, command
