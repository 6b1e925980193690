"""Run a case from a command: server, process, live view, result, exit code."""

import asyncio
from datetime import UTC, datetime

from cli.live import LiveView, follow
from cli.output import progress_console
from cli.result import print_result
from cluster.launch import CaseProcess, log_file
from cluster.server import ensure_server
from domain.case import CaseFile
from domain.errors import ClusterError
from domain.outcome import exit_code_of
from wiring.outside import Outside


def execute(file: CaseFile, desk: Outside, *, as_json: bool) -> int:
    """Run the case unless it has its result; print it; give the exit code."""
    console = progress_console()
    if file.ended:
        console.print(f"{file.case.id} has its result already; retry makes a new attempt", markup=False)
    else:
        file = _run(file, desk, LiveView(console))
    if file.result is None or file.outcome is None:
        log = log_file(desk.settings.home)
        raise ClusterError(
            f"{file.case.id} ended without a result", f"look at {log}, then: claude-cluster resume {file.case.id}"
        )
    print_result(file.result, as_json=as_json)
    return exit_code_of(file.outcome)


def _run(file: CaseFile, desk: Outside, view: LiveView) -> CaseFile:
    task_id, settings = file.case.id, desk.settings
    issue = file.case.issue
    with view:
        view.say(f"{task_id}  {issue.repo}#{issue.number}  {issue.title[:80]}")
        server = ensure_server(settings.home, settings.prefect_api_url)
        process = CaseProcess.start(settings, server, task_id)
        try:
            return asyncio.run(follow(process, desk.cases, task_id, view))
        except KeyboardInterrupt:
            view.say(f"stopped; nothing is lost: claude-cluster resume {task_id}")
            raise
        finally:
            process.stop()
            asyncio.run(_parked(desk, task_id))


async def _parked(desk: Outside, task_id: str) -> None:
    """A case whose process is gone without an outcome waits for somebody to resume it."""
    file = await desk.cases.read(task_id)
    if not file.ended:
        await desk.cases.write(file.model_copy(update={"status": "queued", "updated": datetime.now(UTC)}))
