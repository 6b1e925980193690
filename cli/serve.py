"""`claude-cluster serve`: coordinator and node of one PC."""

import click

from cli.intake import check_machine
from cli.output import progress_console
from cluster.server import ensure_server, stop_server
from cluster.serving import Workers
from wiring.configuration import load_settings
from wiring.outside import Outside


@click.command()
@click.option("--max-tasks", type=click.IntRange(min=1), default=2, show_default=True, help="Issues at once.")
def serve(max_tasks: int) -> int:
    """Prefect server, UI and workers of this PC, until Ctrl-C."""
    settings = load_settings()
    check_machine(Outside(settings))
    console = progress_console()
    console.print("starting the Prefect server ...", markup=False)
    server = ensure_server(settings.home, settings.prefect_api_url)
    workers = Workers.start(settings, server, max_tasks)
    issues = "1 issue" if max_tasks == 1 else f"{max_tasks} issues"
    console.print(f"ready: UI and API at {server.ui_url}, {issues} at once", markup=False)
    console.print(
        f"try: PREFECT_API_URL={server.api_url} prefect deployment run issue-to-pr/auto -p repo=owner/name -p issue=1",
        markup=False,
        soft_wrap=True,
    )
    try:
        return workers.wait()
    finally:
        workers.stop()
        if not settings.prefect_api_url:
            stop_server(settings.home)
