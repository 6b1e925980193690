"""`claude-cluster setup`: is everything there, and what to do about what is not."""

import asyncio
import json
from pathlib import Path

import click
from rich import box
from rich.table import Table
from rich.text import Text

from cli.output import progress_console, result_console
from cluster.block_store import save_secrets
from cluster.checkup.all import check_up
from cluster.checkup.asked import Asked
from cluster.checkup.finding import Finding
from cluster.env_file import write
from cluster.server import ensure_server
from cluster.stored import check_stored, desk_with_blocks
from domain.errors import ConfigurationError
from wiring.configuration import load_settings

_COLOURS = {"ok": "green", "warning": "yellow", "failed": "bold red"}
_ACCOUNTS = {"GitHub", "Claude"}


@click.command()
@click.option("--repo", help="owner/name: check the rights on it; default CLAUDE_CLUSTER_REPO.")
@click.option("--write-env", is_flag=True, help="Write .env here with what is set now; an existing one stays.")
@click.option("--save-to-server", is_flag=True, help="Store the secrets as blocks on the Prefect server, for workers.")
@click.option(
    "--role", type=click.Choice(["coordinator", "node"]), help="What this machine will be in a cluster: its ports."
)
@click.option(
    "--type",
    "kind",
    type=click.Choice(["process", "docker"]),
    default="process",
    show_default=True,
    help="The cluster's type; docker needs an engine.",
)
@click.option("--ssl-certfile", type=click.Path(path_type=Path), help="The coordinator's certificate, to be checked.")
@click.option("--ssl-keyfile", type=click.Path(path_type=Path), help="Its key.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def setup(
    repo: str | None,
    write_env: bool,  # noqa: FBT001 - click passes options by name
    save_to_server: bool,  # noqa: FBT001 - the same
    role: str | None,
    kind: str,
    ssl_certfile: Path | None,
    ssl_keyfile: Path | None,
    as_json: bool,  # noqa: FBT001 - the same
) -> int:
    """Check this machine, the keys and the rights; say what to do about each failure.

    The checks cost nothing and change nothing. Exit code 2 if something that work needs is missing.
    """
    settings = load_settings()
    asked = Asked.model_validate({"role": role, "kind": kind, "certificate": ssl_certfile, "key": ssl_keyfile})
    desk = desk_with_blocks(settings)
    with progress_console().status("checking ..."):
        found = asyncio.run(check_up(desk, repo or settings.repo, asked))
        if stored := check_stored(settings, desk.settings):
            found = (*found, stored)
    if as_json:
        click.echo(json.dumps(_object(found), indent=2, ensure_ascii=False))
    else:
        result_console().print(_table(found))
    say = progress_console().print
    if write_env:
        path = write(Path.cwd(), settings)
        rest = "" if path.name == ".env" else "; .env was left as it is: compare them"
        say(f"wrote {path}{rest}", markup=False, soft_wrap=True)
    if save_to_server:
        _refuse_bad_keys(found)
        server = ensure_server(settings.home, settings.prefect_api_url)
        names = save_secrets(settings, server)
        line = f"saved {', '.join(names)} on {server.ui_url}; whoever reaches that server can use them"
        say(line, markup=False, soft_wrap=True)
    return 2 if _failed(found) else 0


def _refuse_bad_keys(found: tuple[Finding, ...]) -> None:
    refused = [one.check for one in _failed(found) if one.check in _ACCOUNTS]
    if refused:
        raise ConfigurationError(f"nothing was saved: {' and '.join(refused)} failed", "repair that first")


def _failed(found: tuple[Finding, ...]) -> list[Finding]:
    return [one for one in found if one.verdict == "failed"]


def _object(found: tuple[Finding, ...]) -> dict[str, object]:
    return {"ok": not _failed(found), "checks": [one.model_dump() for one in found]}


def _table(found: tuple[Finding, ...]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, header_style="bold")
    table.add_column("check", no_wrap=True)
    table.add_column("result", no_wrap=True)
    table.add_column("found, and what to do", overflow="fold")
    for one in found:
        details = Text.assemble(one.result, (f"\n-> {one.remedy}", "bold") if one.remedy else "")
        table.add_row(one.check, Text(one.verdict, style=_COLOURS[one.verdict]), details)
    return table
