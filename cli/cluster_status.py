"""`claude-cluster-distributed status`: nodes, pools, queue, tasks."""

import json
import time
from pathlib import Path
from typing import Any

import click
from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from cli.coordinator_options import coordinator_options
from cli.output import result_console
from cli.share_line import share_line
from cluster.remote.api import RemoteApi
from wiring.configuration import load_settings

_COLOURS = {
    "online": "green",
    "draining": "yellow",
    "lost": "red",
    "running": "cyan",
    "completed": "green",
    "refused": "yellow",
    "stuck": "yellow",
    "failed": "red",
}
_LONGEST = 120


@click.command("status")
@click.option("--show-cluster", is_flag=True, help="Nodes and pools too.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--watch", is_flag=True, help="Keep showing, until Ctrl-C.")
@coordinator_options
def cluster_status(
    show_cluster: bool,  # noqa: FBT001 - click passes options by name
    as_json: bool,  # noqa: FBT001 - click passes options by name
    watch: bool,  # noqa: FBT001 - click passes options by name
    coordinator_host: str | None,
    coordinator_port: int | None,
    ca_file: Path | None,
) -> int:
    """Queue and tasks of the cluster; with --show-cluster its nodes and pools."""
    api = RemoteApi(load_settings(), coordinator_host, coordinator_port, ca_file)
    told = api.status()
    if as_json:
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return 0
    console = result_console()
    if not watch:
        console.print(_view(told, nodes=show_cluster))
        return 0
    with Live(_view(told, nodes=show_cluster), console=console, auto_refresh=False) as live:
        while True:
            time.sleep(2)
            live.update(_view(api.status(), nodes=show_cluster), refresh=True)


def _view(told: dict[str, Any], *, nodes: bool) -> Group:
    parts: list[Any] = []
    if nodes:
        parts += [_nodes(told), Text(), _pools(told), Text()]
    parts += [_summary(told), Text(), _tasks(told)]
    return Group(*parts)


def _nodes(told: dict[str, Any]) -> Table:
    table = Table(show_edge=False, header_style="bold", pad_edge=False)
    for name in ("node", "state", "busy", "serves", "machine"):
        table.add_column(name, overflow="fold")
    for one in told["nodes"]:
        machine = f"{one['platform']}, {one['cores']} cores, {one['memory_gb']:g} GB, {one['sandbox']}"
        table.add_row(
            one["node_id"],
            Text(one["state"], style=_COLOURS.get(one["state"], "")),
            f"{one['running']}/{one['max_tasks']}",
            ", ".join(one["pools"]),
            f"{machine}; {', '.join(one['toolchains'])}",
        )
    if not told["nodes"]:
        table.caption = (
            "no node yet: claude-cluster-distributed start-node --coordinator-host HOST --specialties backend"
        )
    return table


def _pools(told: dict[str, Any]) -> Text:
    served = [f"{one['name']} ({', '.join(one['nodes'])})" for one in told["pools"] if one["nodes"]]
    empty = [one["name"] for one in told["pools"] if not one["nodes"]]
    text = Text.assemble(("pools  ", "bold"), "; ".join(served) or "none is served")
    if empty:
        text.append(f"\nnot served: {', '.join(empty)}", style="yellow" if served else "red")
    return text


def _summary(told: dict[str, Any]) -> Text:
    counts = ", ".join(f"{number} {name}" for name, number in sorted(told["tasks"].items())) or "none yet"
    queue, slots, spend = told["queue"], told["slots"], told["spend"]
    waits = f", the oldest for {queue['oldest_s']:.0f} s" if queue["length"] else ""
    return Text.assemble(
        ("tasks  ", "bold"),
        f"{counts}; {slots['running']} of {slots['total']} slots busy; {queue['length']} queued{waits};"
        f" ${spend['cost_usd']:.2f} spent, {spend['cache_share']:.0%} read from cache",
    )


def _tasks(told: dict[str, Any]) -> Table:
    table = Table(show_edge=False, header_style="bold", pad_edge=False)
    table.add_column("task", no_wrap=True)
    table.add_column("state", no_wrap=True)
    table.add_column("cost", justify="right", no_wrap=True)
    table.add_column("issue, and where it stands", overflow="fold")
    for one in told["recent"]:
        state = (one["outcome"] or one["status"]).replace("_", " ")
        what = one["pull_request"] or one["reason"] or one["action"] or one["step"].replace("_", " ")
        link = f"link {one['pull_request']}" if one["pull_request"] else ""  # whole, where the column folds it
        where = f" on {one['node']}" if one["node"] and one["status"] == "running" else ""
        parts = "".join(f"\n  part {share_line(share)}" for share in one["shares"])
        table.add_row(
            one["task_id"],
            Text(state, style=_COLOURS.get(one["status"], "")),
            f"${one['cost_usd']:.2f}",
            Text.assemble((f"{one['repo']}#{one['issue']}", "bold"), f"{where}  ", (what[:_LONGEST], link), parts),
        )
    return table
