"""`claude-cluster report`: what a merged pull request costs, and how often the first try was good."""

import asyncio
import json
from typing import Any

import click
from rich.console import Group
from rich.table import Table
from rich.text import Text

from cli.output import result_console
from domain.worth import worth_object
from wiring.configuration import load_settings
from wiring.outside import Outside

_GROUPS = (("by_specialist", "specialist"), ("by_model", "model"), ("by_repo", "repository"))


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--cluster", is_flag=True, help="Ask the coordinator (COORDINATOR_HOST, COORDINATOR_PORT).")
def report(as_json: bool, cluster: bool) -> int:  # noqa: FBT001 - click passes options by name
    """Cost per merged pull request and first-pass rate, by specialist, model and repository."""
    told = _told(cluster=cluster)
    if as_json:
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return 0
    result_console().print(_view(told))
    return 0


def _told(*, cluster: bool) -> dict[str, Any]:
    settings = load_settings()
    if not cluster:
        return worth_object(asyncio.run(Outside(settings).figures.worth()))
    from cluster.remote.api import RemoteApi  # noqa: PLC0415 - only where it is asked for

    return RemoteApi(settings, None, None).report()


def _view(told: dict[str, Any]) -> Group:
    table = Table(show_edge=False, header_style="bold", pad_edge=False)
    table.add_column("", overflow="fold")
    for name in ("ended", "pull requests", "merged", "closed", "first pass", "rework", "cost", "per merged"):
        table.add_column(name, justify="right")
    for group, title in _GROUPS:
        for name, row in told[group].items():
            table.add_row(*_row(f"{title} {name or 'not chosen'}", row))
        if told[group]:
            table.add_section()
    table.add_row(*_row("all", told["all"]), style="bold")
    hint = "" if told["all"]["merged"] else "nothing is known to be merged yet: webhooks and the nightly sweep tell"
    return Group(table, Text(hint, style="dim")) if hint else Group(table)


def _row(name: str, row: dict[str, Any]) -> tuple[str, ...]:
    rate, each = row["first_pass_rate"], row["cost_per_merged_usd"]
    return (
        name,
        *(str(row[field]) for field in ("ended", "pull_requests", "merged", "closed")),
        "-" if rate is None else f"{rate:.0%}",
        str(row["rework_rounds"]),
        f"${row['cost_usd']:.2f}",
        "-" if each is None else f"${each:.2f}",
    )
