"""`claude-cluster demo`: the whole pipeline against a loopback forge and a rehearsed model."""

import os
import shutil
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

import click
from rich.console import Console

from cli.execute import execute
from cli.intake import open_for
from cli.output import progress_console
from cluster.server import ensure_server, stop_server
from demo.rehearsal import Rehearsal
from domain.case import WorkRequest
from domain.errors import SandboxUnavailable
from domain.settings import Settings
from wiring.configuration import load_settings
from wiring.outside import Outside

_OURS = ("GITHUB_", "ANTHROPIC_", "CLAUDE_CLUSTER_", "GIT_USER_", "PREFECT_API_URL")


@click.command()
@click.option("--keep", is_flag=True, help="Keep forge, model and UI running to look at, until Ctrl-C.")
@click.option(
    "--issue", type=click.IntRange(1, 3), default=1, show_default=True, help="1 a bug, 2 in Japanese, 3 too vague."
)
def demo(keep: bool, issue: int) -> int:  # noqa: FBT001 - click passes options by name
    """The rehearsal: no account, no network, no money; the model's replies are scripted."""
    console = progress_console()
    console.print("[bold]Rehearsal[/bold]: a forge and a model on this machine; the model's replies are scripted.")
    folder = Path(tempfile.mkdtemp(prefix="claude-cluster-demo-"))
    try:
        with Rehearsal(folder / "rehearsal") as rehearsal:
            settings = _settings(rehearsal, folder / "state", console)
            code = _rehearse(settings, rehearsal.repo, issue)
            _leave_page(rehearsal, issue, console)
            if keep:
                _hold(settings, rehearsal, console)
            return code
    finally:
        stop_server(folder / "state")
        shutil.rmtree(folder, ignore_errors=True)


def _settings(rehearsal: Rehearsal, home: Path, console: Console) -> Settings:
    for name in [name for name in os.environ if name.startswith(_OURS)]:
        del os.environ[name]
    os.environ.update(rehearsal.environment())
    os.environ["CLAUDE_CLUSTER_HOME"] = str(home)
    os.chdir(rehearsal.folder)  # a .env of the current folder is not for the rehearsal
    settings = load_settings()
    try:
        _ = Outside(settings).sandbox
    except SandboxUnavailable as error:
        console.print(f"Without a sandbox, for the rehearsal's own replies only: {error.reason}", markup=False)
        os.environ["CLAUDE_CLUSTER_SANDBOX"] = "none"
        settings = load_settings()
    return settings


def _rehearse(settings: Settings, repo: str, issue: int) -> int:
    starting = threading.Thread(target=ensure_server, args=(settings.home, None), daemon=True)
    starting.start()
    desk = Outside(settings)
    file = open_for(WorkRequest(repo=repo, issue=issue), desk)
    starting.join()
    return execute(file, desk, as_json=False)


def _leave_page(rehearsal: Rehearsal, issue: int, console: Console) -> None:
    """What a browser can still open when the forge is gone: the pull request's page, or the issue's."""
    pulls = rehearsal.forge.pulls(rehearsal.repo)
    number = pulls[-1].number if pulls else issue
    page = Path(tempfile.mkdtemp(prefix="claude-cluster-rehearsal-")) / f"{'pull' if pulls else 'issue'}-{number}.html"
    rehearsal.forge.save_page(rehearsal.repo, number, page)
    console.print("Rehearsal: the forge ends with this command; its page stays (--keep keeps everything running):")
    click.echo(page.as_uri())


def _hold(settings: Settings, rehearsal: Rehearsal, console: Console) -> None:
    server = ensure_server(settings.home, None)
    console.print(f"forge: {rehearsal.server_url}/{rehearsal.repo}   Prefect UI: {server.ui_url}   (Ctrl-C ends)")
    with suppress(KeyboardInterrupt):
        threading.Event().wait()
