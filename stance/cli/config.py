"""config show, config schema."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

config_app = typer.Typer(help="Look at run configs.", no_args_is_help=True)


@config_app.command("show")
def config_show(
    config: Annotated[Path, typer.Argument(metavar="CONFIG", help="YAML file of the run.")],
    overrides: Annotated[list[str] | None, typer.Argument(metavar="[KEY=VALUE]...")] = None,
) -> None:
    """Print the filled config: every setting the run would use."""
    from stance.config import load_config
    from stance.models import TRAINABLE

    sys.stdout.write(load_config(config, overrides or (), kinds=TRAINABLE).to_yaml())


@config_app.command("schema")
def config_schema(
    config: Annotated[Path | None, typer.Argument(metavar="[CONFIG]", help="Checked first when given.")] = None,
) -> None:
    """Print the JSON Schema of config files, for editors."""
    import json

    from stance.config import config_schema as schema
    from stance.config import load_config
    from stance.models import TRAINABLE

    if config is not None:
        load_config(config, kinds=TRAINABLE)
    sys.stdout.write(json.dumps(schema(TRAINABLE), indent=2) + "\n")
