"""`start-node`: another PC of a cluster."""

import asyncio
import platform
import re
from pathlib import Path

import click

from cli.output import progress_console
from wiring.configuration import load_settings

_port = click.IntRange(1, 65_535)


@click.command("start-node")
@click.option("--coordinator-host", help="Where the coordinator is; default COORDINATOR_HOST.")
@click.option("--coordinator-port", type=_port, help="Its API's port; default COORDINATOR_PORT, else 8001.")
@click.option("--agent-port", type=_port, default=8002, show_default=True, help="GET /health answers here.")
@click.option("--specialties", required=True, help="Names or aliases of specialists, separated by commas.")
@click.option("--max-tasks", type=click.IntRange(1, 1000), default=2, show_default=True, help="Issues at once.")
@click.option("--node-id", help="What the node is called; default this machine's name with the agent port.")
@click.option(
    "--ca-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="CA of a coordinator with TLS."
)
@click.option("--drain-seconds", default=25.0, show_default=True, help="How long runs may go on after SIGTERM.")
def start_node(
    coordinator_host: str | None,
    coordinator_port: int | None,
    agent_port: int,
    specialties: str,
    max_tasks: int,
    node_id: str | None,
    ca_file: Path | None,
    drain_seconds: float,
) -> int:
    """Join a cluster and work on the issues of one's specialties, until Ctrl-C."""
    from cluster.coordinator.token import known_token  # noqa: PLC0415 - `--help` needs none of it
    from cluster.membership.node import NodeOptions, serve_node  # noqa: PLC0415 - the same
    from cluster.node.journal import speak  # noqa: PLC0415 - the same
    from cluster.node.parting import end_within  # noqa: PLC0415 - the same

    settings = load_settings()
    settings = settings.model_copy(update={"api_token": known_token(settings)})
    options = NodeOptions(
        coordinator_host=coordinator_host or settings.coordinator_host,
        coordinator_port=coordinator_port or settings.coordinator_port,
        agent_port=agent_port,
        specialties=tuple(part.strip() for part in specialties.split(",") if part.strip()),
        max_tasks=max_tasks,
        node_id=node_id or f"{re.sub(r'[^A-Za-z0-9._-]', '-', platform.node())[:50] or 'node'}-{agent_port}",
        ca_file=ca_file.absolute() if ca_file else settings.ca_file,
        drain_s=drain_seconds,
    )
    speak(settings.log_level, settings.home)
    console = progress_console()
    asyncio.run(serve_node(settings, options, lambda line: console.print(line, markup=False, soft_wrap=True)))
    end_within(1)
    return 0
