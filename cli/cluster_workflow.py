"""`claude-cluster-distributed workflow`: an issue in, a pull request out, on whichever PC is free."""

import json
import math
import time
from pathlib import Path
from typing import Any

import click

from cli.coordinator_options import coordinator_options
from cli.intake import repository_of
from cli.output import progress_console
from cli.result import print_result
from cluster.remote.api import RemoteApi
from domain.errors import Transient, UsageError
from domain.outcome import Outcome, Result, exit_code_of
from wiring.configuration import load_settings

_POLL_S = 1.0
_PATIENCE_S = 600.0
_WORKING = {"queued", "running", "suspended"}
_PRIORITIES = ("low", "normal", "high", "critical")


@click.command("workflow")
@click.option("--issue", type=click.IntRange(min=1), required=True, help="The issue's number.")
@click.option("--repo", help="owner/name; default CLAUDE_CLUSTER_REPO.")
@click.option("--distributed", is_flag=True, help="Work on the cluster; this program always does.")
@click.option("--base", help="Branch to start from and to merge into; default the repository's.")
@click.option("--specialist", help="Who works, by name or alias; then nothing is scored.")
@click.option("--priority", type=click.Choice(_PRIORITIES), default="normal", show_default=True)
@click.option("--dry-run", is_flag=True, help="Everything but push, pull request and comments; the model is paid.")
@click.option("--max-cost", type=click.FloatRange(min=0, min_open=True), metavar="USD", help="Cap for this run.")
@click.option("--no-wait", is_flag=True, help="Print the task's id and leave it to the cluster.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@coordinator_options
def cluster_workflow(
    issue: int,
    repo: str | None,
    distributed: bool,  # noqa: FBT001, ARG001 - the guide's flag: here it changes nothing
    base: str | None,
    specialist: str | None,
    priority: str,
    dry_run: bool,  # noqa: FBT001 - click passes options by name
    max_cost: float | None,
    no_wait: bool,  # noqa: FBT001 - click passes options by name
    as_json: bool,  # noqa: FBT001 - click passes options by name
    coordinator_host: str | None,
    coordinator_port: int | None,
    ca_file: Path | None,
) -> int:
    """Take an issue to a pull request on the cluster; the last line is its address. Ctrl-C only stops watching."""
    if max_cost is not None and not math.isfinite(max_cost):
        raise UsageError(f"--max-cost {max_cost} is no cap", "give an amount in US dollars")
    settings = load_settings()
    api = RemoteApi(settings, coordinator_host, coordinator_port, ca_file)
    body = {
        "repo": repository_of(repo, settings),
        "issue": issue,
        "base": base,
        "requirements": [specialist] if specialist else [],
        "priority": priority,
        "dry_run": dry_run,
        "max_cost_usd": max_cost,
    }
    task = api.submit(body)
    if no_wait:
        click.echo(json.dumps(task, indent=2) if as_json else task["task_id"])
        return 0
    return _told(_followed(api, task["task_id"]), as_json=as_json)


def _followed(api: RemoteApi, task_id: str) -> dict[str, Any]:
    """The task once it has ended; a coordinator that is away meanwhile is waited for."""
    console = progress_console()
    console.print(f"{task_id}  on the cluster of {api.url} (Ctrl-C only stops watching)", markup=False)
    began = heard = time.monotonic()
    shown = ""
    while True:
        try:
            task = api.task(task_id)
        except Transient as away:
            if time.monotonic() - heard > _PATIENCE_S:
                raise
            line = f"waiting: {away.reason}"
        else:
            heard, line = time.monotonic(), _line(task)
            if task["status"] not in _WORKING:
                return task
        if line != shown:
            shown, seconds = line, int(time.monotonic() - began)
            console.print(f"{seconds // 60:02d}:{seconds % 60:02d}  {line}", markup=False, soft_wrap=True)
        time.sleep(_POLL_S)


def _line(task: dict[str, Any]) -> str:
    running = task["status"] == "running"
    where = f" on {task['node']}" if task["node"] and running else ""
    action = f"  {task['action']}" if task["action"] and not running else ""
    return f"{task['step'].replace('_', ' ') or task['status']}{where}{action}"


def _told(task: dict[str, Any], *, as_json: bool) -> int:
    known = {name: value for name, value in task.items() if name in Result.model_fields}
    result = Result.model_validate({**known, "outcome": task["outcome"] or Outcome.FAILED})
    print_result(result, as_json=as_json)
    return exit_code_of(result.outcome)
