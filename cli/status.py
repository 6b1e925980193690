"""`claude-cluster status`: tasks, where they stand, what they cost."""

import asyncio
import json
import time
from datetime import UTC, datetime

import click
from rich.live import Live
from rich.table import Table
from rich.text import Text

from cli.output import result_console
from cli.share_line import share_line
from domain.case import CaseFile
from domain.told import task_object
from wiring.configuration import load_settings
from wiring.outside import Outside

_COLOURS = {"running": "cyan", "completed": "green", "refused": "yellow", "stuck": "yellow", "failed": "red"}
_MOST = 30
_LONGEST = 160


@click.command()
@click.option("--task-id", help="Only this task, with everything known of it.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--watch", is_flag=True, help="Keep showing, until Ctrl-C.")
def status(task_id: str | None, as_json: bool, watch: bool) -> int:  # noqa: FBT001 - click passes options by name
    """Tasks: state, step, cost."""
    desk = Outside(load_settings())
    if as_json:
        click.echo(json.dumps(_objects(desk, task_id), indent=2, ensure_ascii=False))
        return 0
    console = result_console()
    if not watch:
        console.print(_view(desk, task_id))
        return 0
    with Live(_view(desk, task_id), console=console, auto_refresh=False) as live:
        while True:
            time.sleep(1)
            live.update(_view(desk, task_id), refresh=True)


def _files(desk: Outside, task_id: str | None) -> tuple[CaseFile, ...]:
    if task_id:
        return (asyncio.run(desk.cases.read(task_id)),)
    return asyncio.run(desk.cases.recent(_MOST))


def _objects(desk: Outside, task_id: str | None) -> dict[str, object]:
    objects = [task_object(file) for file in _files(desk, task_id)]
    return objects[0] if task_id else {"tasks": objects}


def _view(desk: Outside, task_id: str | None) -> Table:
    files = _files(desk, task_id)
    return _one(files[0]) if task_id else _many(files)


def _many(files: tuple[CaseFile, ...]) -> Table:
    table = Table(show_edge=False, header_style="bold", pad_edge=False)
    table.add_column("task", no_wrap=True, min_width=len("task-20261122-001"))
    table.add_column("state", no_wrap=True, min_width=len("needs information"))
    table.add_column("cost", justify="right", no_wrap=True, min_width=len("$0.00"))
    table.add_column("issue, and where it stands", overflow="fold")
    for file in files:
        table.add_row(*_row(file))
    if not files:
        table.caption = "no task yet: claude-cluster workflow --issue N --repo owner/name"
    return table


def _row(file: CaseFile) -> tuple[Text | str, ...]:
    case, result = file.case, file.result
    what, link = file.action or file.step.replace("_", " "), ""
    if result and result.pull_request:
        what, link = result.pull_request.url, f"link {result.pull_request.url}"  # whole, where the column folds it
    elif result:
        what = result.reason or ""
    elif file.failure:
        what = file.failure.reason
    state = file.outcome.value if file.outcome else file.status
    return (
        case.id,
        Text(state.replace("_", " "), style=_COLOURS.get(file.status, "")),
        f"${file.spend.cost_usd:.2f}",
        Text.assemble((f"{case.repository.name}#{case.issue.number}", "bold"), "  ", (what[:_LONGEST], link)),
    )


def _one(file: CaseFile) -> Table:
    case, result = file.case, file.result
    table = Table(show_header=False, show_edge=False, box=None)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    seconds = int(file.seconds(datetime.now(UTC) if file.status == "running" else file.updated))
    rows = {
        "task": f"{case.id}, attempt {case.attempt}",
        "issue": f"{case.repository.name}#{case.issue.number}  {case.issue.title}",
        "state": (file.outcome.value if file.outcome else file.status).replace("_", " "),
        "step": file.step.replace("_", " "),
        "last action": file.action,
        "specialist": file.routing.primary if file.routing else "",
        "parts": "\n".join(share_line(one.told()) for one in file.shares),
        "cost": f"${file.spend.cost_usd:.4f} of ${case.limits.max_cost_usd:.2f}, {file.spend.calls} calls",
        "time": f"{seconds // 60:02d}:{seconds % 60:02d}",
        "pull request": result.pull_request.url if result and result.pull_request else "",
        "reason": (result.reason or "") if result else "",
        "failure": file.failure.reason if file.failure else "",
        "Prefect run": file.flow_run_id or "",
    }
    for name, value in rows.items():
        if value:
            table.add_row(name, Text(value))
    return table
