"""`start-coordinator`: the first PC of a cluster."""

import asyncio
from pathlib import Path

import click

from cli.output import progress_console
from wiring.configuration import load_settings

_port = click.IntRange(1, 65_535)


@click.command("start-coordinator")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where it listens; 0.0.0.0 for other machines.")
@click.option("--port", type=_port, help="The API's port; default COORDINATOR_PORT, else 8001.")
@click.option("--webhook-port", type=_port, default=8000, show_default=True, help="GitHub's webhooks come here.")
@click.option("--prefect-port", type=_port, default=4200, show_default=True, help="The Prefect server and its UI.")
@click.option("--database-url", help="postgresql://user:password@host/name; default a PostgreSQL of its own.")
@click.option("--type", "kind", type=click.Choice(["process", "docker"]), default="process", show_default=True)
@click.option("--ssl-certfile", type=click.Path(path_type=Path), help="PEM file: everything answers with TLS.")
@click.option("--ssl-keyfile", type=click.Path(path_type=Path), help="Its key.")
@click.option("--fallback-seconds", default=300.0, show_default=True, help="After that any node takes a task.")
@click.option(
    "--share-seconds",
    type=click.FloatRange(0, 600),
    default=30.0,
    show_default=True,
    help="Within that a specialist must begin with a part of an issue; 0: issues are not split.",
)
def start_coordinator(
    host: str,
    port: int | None,
    webhook_port: int,
    prefect_port: int,
    database_url: str | None,
    kind: str,
    ssl_certfile: Path | None,
    ssl_keyfile: Path | None,
    fallback_seconds: float,
    share_seconds: float,
) -> int:
    """Prefect server, API, webhooks, database and recovery of a cluster, until Ctrl-C."""
    from cluster.coordinator.options import Options, tls_of  # noqa: PLC0415 - `--help` needs none of it
    from cluster.coordinator.start import coordinate  # noqa: PLC0415 - the same
    from cluster.node.journal import speak  # noqa: PLC0415 - the same

    settings = load_settings()
    given = settings.database_url
    options = Options(
        host=host,
        port=port or settings.coordinator_port,
        webhook_port=webhook_port,
        prefect_port=prefect_port,
        database_url=database_url or (given.get_secret_value() if given else None),
        kind="docker" if kind == "docker" else "process",
        tls=tls_of(ssl_certfile, ssl_keyfile),
        fallback_s=fallback_seconds,
        share_s=share_seconds,
    )
    speak(settings.log_level, settings.home)
    console = progress_console()
    asyncio.run(coordinate(settings, options, lambda line: console.print(line, markup=False, soft_wrap=True)))
    return 0
