"""The commands that work on a task: create, run, resume, retry, approve, cancel."""

import asyncio
import getpass
import time
from datetime import UTC, datetime

import click

from cli.execute import execute
from cli.intake import check_machine, open_for, repository_of
from cluster.approve import resume_run
from cluster.cancel import cancel_run, settle_cancelled
from cluster.stored import desk_with_blocks
from domain.case import CaseFile, WorkRequest
from domain.errors import UsageError
from domain.outcome import Outcome, Result
from proof.intake import reopen
from wiring.configuration import load_settings
from wiring.outside import Outside

_TRIES = 30
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.command("create-task")
@click.option("--issue", type=click.IntRange(min=1), required=True, help="The issue's number.")
@click.option("--repo", help="owner/name; default CLAUDE_CLUSTER_REPO.")
def create_task(issue: int, repo: str | None) -> int:
    """Freeze an issue into a task and print the task's id."""
    settings = load_settings()
    file = open_for(WorkRequest(repo=repository_of(repo, settings), issue=issue), desk_with_blocks(settings))
    click.echo(file.case.id)
    return 0


@click.command("run-task")
@click.argument("task_id")
@_json
def run_task(task_id: str, as_json: bool) -> int:  # noqa: FBT001 - click passes options by name
    """Run a task, or print its result if it has ended."""
    desk = desk_with_blocks(load_settings())
    file = _read(desk, task_id)
    if not file.ended:
        check_machine(desk)
    return execute(file, desk, as_json=as_json)


@click.command()
@click.argument("task_id")
@_json
def resume(task_id: str, as_json: bool) -> int:  # noqa: FBT001 - click passes options by name
    """Go on with an interrupted task; what was paid is not paid again."""
    desk = desk_with_blocks(load_settings())
    file = _read(desk, task_id)
    if file.ended:
        raise UsageError(f"{task_id} has ended: {file.outcome}", f"claude-cluster retry {task_id} makes a new attempt")
    check_machine(desk)
    return execute(file, desk, as_json=as_json)


@click.command()
@click.argument("task_id")
@_json
def retry(task_id: str, as_json: bool) -> int:  # noqa: FBT001 - click passes options by name
    """A new attempt at a task that has ended, with the issue as it is now."""
    desk = desk_with_blocks(load_settings())
    check_machine(desk)
    file = asyncio.run(reopen(_read(desk, task_id), desk.issues, desk.cases, desk.settings))
    return execute(file, desk, as_json=as_json)


@click.command()
@click.argument("task_id")
@_json
def approve(task_id: str, as_json: bool) -> int:  # noqa: FBT001 - click passes options by name
    """Let a task go on that waits for a person's word."""
    desk = desk_with_blocks(load_settings())
    file = _read(desk, task_id)
    asyncio.run(desk.cases.write(file.approved(getpass.getuser(), datetime.now(UTC))))
    goes_on = _goes_on(desk, file)
    click.echo(f"{task_id} approved", err=True)
    if goes_on:
        return 0
    check_machine(desk)
    return execute(_read(desk, task_id), desk, as_json=as_json)


@click.command()
@click.argument("task_id")
def cancel(task_id: str) -> int:
    """Stop a task with everything it started."""
    desk = Outside(load_settings())
    file = _read(desk, task_id)
    if file.ended:
        click.echo(f"{task_id} has ended already: {file.outcome}", err=True)
        return 0
    at_work = asyncio.run(desk.claims.holder(file.case))
    asyncio.run(_end(desk, file))
    # A run that waits has no process that its worker could end: nobody else would settle it.
    (cancel_run if at_work else settle_cancelled)(desk.settings, file.flow_run_id)
    click.echo(f"{task_id} cancelled", err=True)
    return 0


def _goes_on(desk: Outside, file: CaseFile) -> bool:
    """Whether somebody else takes it up: a worker, or a command that waits. One that is just about to is waited for."""
    for _ in range(_TRIES):
        resumed = resume_run(desk.settings, file.flow_run_id)
        held = asyncio.run(desk.claims.holder(file.case)) is not None
        if resumed.taken or not held:
            return resumed.by_worker or held
        time.sleep(1)
    return True


async def _end(desk: Outside, file: CaseFile) -> None:
    case = file.case
    result = Result(
        task_id=case.id,
        flow_run_id=file.flow_run_id,
        repo=case.repository.name,
        issue=case.issue.number,
        outcome=Outcome.CANCELLED,
        reason="cancelled by claude-cluster cancel",
        attempt=case.attempt,
        routing=file.routing,
        spend=file.spend,
        dry_run=case.dry_run,
    )
    changes = {"status": "cancelled", "outcome": Outcome.CANCELLED, "result": result, "updated": datetime.now(UTC)}
    await desk.cases.write(file.model_copy(update=changes))


def _read(desk: Outside, task_id: str) -> CaseFile:
    return asyncio.run(desk.cases.read(task_id))
