"""Options of the commands that speak to a coordinator."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click


def coordinator_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Where the coordinator is."""
    for option in reversed(
        (
            click.option("--coordinator-host", help="Default COORDINATOR_HOST, else localhost."),
            click.option(
                "--coordinator-port", type=click.IntRange(1, 65_535), help="Default COORDINATOR_PORT, else 8001."
            ),
            click.option(
                "--ca-file",
                type=click.Path(exists=True, dir_okay=False, path_type=Path),
                help="CA of a coordinator with TLS; default CLAUDE_CLUSTER_CA_FILE.",
            ),
        )
    ):
        command = option(command)
    return command
