"""The pipeline: a GitHub issue goes in, a pull request that proves itself comes out."""

import asyncio
from typing import Annotated, Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Completed
from pydantic import BeforeValidator, Field

from agents.job import Job
from domain.case import CaseFile, Priority, WorkRequest
from domain.ending import Ending
from domain.errors import IssueGone
from domain.outcome import Outcome, Result
from flows.rounds import work_in_rounds
from proof.bench import Prepared
from proof.delivery import blocked_by
from proof.guard import GuardVerdict
from tasks.approval import asked
from tasks.artifacts import all_shown
from tasks.baseline import baseline
from tasks.claim import claimed
from tasks.comeback import slot_given_back
from tasks.commit import commit
from tasks.failure import record_failure
from tasks.fetch_issue import fetch_issue
from tasks.guard import guard
from tasks.hand_off import hand_off, hands_off
from tasks.open_pull_request import open_pull_request
from tasks.preflight import preflight
from tasks.prepare_workspace import prepare_workspace
from tasks.report import report
from tasks.score_agents import score_agents
from tasks.withdrawn import withdrawn

# A text that may be left out is empty, not None: for None the form draws a switch to turn before one can type.
Text = Annotated[str, BeforeValidator(lambda given: (given or "").strip())]


def _run_name() -> str:
    given = flow_run.parameters
    return f"{given.get('repo') or 'issue'} #{given.get('issue')}"


@flow(name="issue-to-pr", flow_run_name=_run_name, persist_result=False)
async def issue_to_pr(
    issue: Annotated[int, Field(ge=1)],
    repo: Text = "",
    base: Text = "",
    specialist: Text = "",
    priority: Priority = "normal",
    dry_run: bool = False,  # noqa: FBT001, FBT002 - a form's field
    max_cost_usd: Annotated[float | None, Field(gt=0)] = None,
    task_id: Text = "",
) -> State[Any]:
    """Take one issue to one pull request, or to a refusal that says why.

    Ends Completed, named like the outcome; what went wrong ends Failed and can be resumed. Prefect takes
    the form's texts from here.

    Args:
        issue: The issue's number.
        repo: owner/name of the repository; empty for CLAUDE_CLUSTER_REPO of the worker.
        base: Branch to start from and to merge into; empty for the default branch.
        specialist: Who works, by name or alias, such as backend; empty for the one that scores best.
        priority: What goes first when nodes are short.
        dry_run: No push, no pull request, no comment; the model is paid.
        max_cost_usd: Most that this run may cost, in US dollars; None for the worker's setting.
        task_id: An existing task to go on with, task-YYYYMMDD-NNN; normally empty.
    """
    request = WorkRequest(
        repo=repo,
        issue=issue,
        base=base or None,
        specialist=specialist or None,
        priority=priority,
        dry_run=dry_run,
        max_cost_usd=max_cost_usd,
        requested_by="prefect",
    )
    async with slot_given_back(task_id or None):
        if hands_off(task_id or None):
            return handed_off(await hand_off(request))
        file = await fetch_issue(request, task_id or None)
    async with slot_given_back(file.case.id), claimed(file.case) as file, all_shown():
        if file.result:
            return _ended(file.result)
        try:
            ending = await _pipeline(file)
            return _ended(await report(ending))
        except Exception as error:
            await record_failure(file.case.id, error)
            raise


async def _pipeline(file: CaseFile) -> Ending:
    ending = Ending(case=file.case, started=file.started)
    clearance = await preflight(file)
    ending = ending.knowing(updated=clearance.found_open)
    if clearance.refusal:
        return ending.refused(clearance.refusal)
    prepared = await prepare_workspace(file)
    assignment = await score_agents(file, prepared)
    ending = ending.knowing(routing=assignment.routing, rules=prepared.rules, environment_note=prepared.note)
    ending = await _worked_on(await asked(ending, "generate"), prepared, assignment.job)
    if not ending.deliverable:
        return ending
    verdict = await guard(prepared, ending)
    if verdict.blocked:
        return ending.refused(blocked_by(verdict))
    return await _delivered(ending, prepared, verdict)


async def _worked_on(ending: Ending, prepared: Prepared, job: Job) -> Ending:
    if ending.outcome:
        return ending
    base = asyncio.ensure_future(baseline(prepared))
    try:
        return await work_in_rounds(ending, prepared, job, base)
    except IssueGone:
        return await withdrawn(ending)
    finally:
        base.cancel()


async def _delivered(ending: Ending, prepared: Prepared, verdict: GuardVerdict) -> Ending:
    if ending.case.dry_run:
        return ending.knowing(outcome=ending.outcome or Outcome.OPENED, reason=ending.reason or "dry run")
    ending = await asked(ending, "pull_request")
    if ending.outcome is Outcome.BLOCKED:
        return ending
    pushed = await commit(prepared, ending)
    return await open_pull_request(prepared, ending, pushed, verdict)


def handed_off(file: CaseFile) -> State[Any]:
    """Another run has the issue; the state names its task."""
    issue = file.case.issue
    return Completed(name="HandedOff", message=f"{file.case.id} works on {issue.repo}#{issue.number}: {issue.url}")


def _ended(result: Result) -> State[Any]:
    return Completed(name=result.outcome.value, message=result.reason or result.outcome.value, data=result)
