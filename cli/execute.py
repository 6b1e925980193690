"""Run a case from a command: server, process, live view, result, exit code."""

import asyncio
from datetime import UTC, datetime

from cli.live import LiveView, follow, watch
from cli.output import progress_console
from cli.result import print_result
from cluster.cancel import settle_cancelled
from cluster.launch import CaseProcess
from cluster.server import ensure_server, running_server
from domain.case import CaseFile, Failure
from domain.claim import Claim
from domain.outcome import Outcome, Result, exit_code_of
from tasks.log_file import log_file
from wiring.outside import Outside


def execute(file: CaseFile, desk: Outside, *, as_json: bool) -> int:
    """Run the case unless it has its result; print it; give the exit code."""
    console = progress_console()
    if file.ended:
        console.print(f"{file.case.id} has its result already; retry makes a new attempt", markup=False)
    else:
        file = _run(file, desk, LiveView(console))
    result = file.result or _unfinished(file, desk)
    print_result(result, as_json=as_json)
    return exit_code_of(result.outcome) if file.result else (file.failure or Failure(reason="")).exit_code


def _unfinished(file: CaseFile, desk: Outside) -> Result:
    """What to tell of a run that failed: the case itself goes on when it is resumed."""
    case, log = file.case, log_file(desk.settings.home)
    reason = f"the run ended without a result; look at {log}"
    if wait := file.waiting:
        reason = f"no worker has taken the run up again since {wait.minute}"
    elif file.failure:
        reason = file.failure.reason
    return Result(
        task_id=case.id,
        flow_run_id=file.flow_run_id,
        repo=case.repository.name,
        issue=case.issue.number,
        outcome=Outcome.FAILED,
        reason=f"{reason} (nothing is lost: claude-cluster resume {case.id})",
        attempt=case.attempt,
        routing=file.routing,
        spend=file.spend,
        dry_run=case.dry_run,
    )


def _run(file: CaseFile, desk: Outside, view: LiveView) -> CaseFile:
    task_id, settings = file.case.id, desk.settings
    issue = file.case.issue
    with view:
        view.say(f"{task_id}  {issue.repo}#{issue.number}  {issue.title[:80]}")
        if settings.prefect_api_url is None and running_server(settings.home) is None:
            view.say("starting the Prefect server of this state folder (once; 5 to 15 s)")
        server = ensure_server(settings.home, settings.prefect_api_url)
        if claim := asyncio.run(desk.claims.holder(file.case)):
            return _watched(desk, claim, view)
        process = CaseProcess.start(settings, server, task_id)
        try:
            file = asyncio.run(follow(process, desk.cases, task_id, view))
        except KeyboardInterrupt:
            view.say(f"stopped; nothing is lost: claude-cluster resume {task_id}")
            raise
        finally:
            process.stop()
            asyncio.run(_parked(desk, task_id))
        if file.outcome is Outcome.CANCELLED:
            settle_cancelled(settings, file.flow_run_id)
        # Two commands may start at the same moment: the second one's process ends at the claim.
        claim = None if file.ended else asyncio.run(desk.claims.holder(file.case))
        return _watched(desk, claim, view) if claim else file


def _watched(desk: Outside, claim: Claim, view: LiveView) -> CaseFile:
    """Somebody works on the issue already: show that run to its end."""
    view.say(f"the issue is being worked on already as {claim.task_id}; this is that run (Ctrl-C only stops watching)")
    return asyncio.run(watch(desk.claims, desk.cases, claim, view))


async def _parked(desk: Outside, task_id: str) -> None:
    """A case whose process is gone without an outcome waits for somebody to resume it."""
    file = await desk.cases.read(task_id)
    if file.status == "running" and await desk.claims.holder(file.case) is None:
        await desk.cases.write(file.model_copy(update={"status": "queued", "updated": datetime.now(UTC)}))
