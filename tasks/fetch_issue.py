"""The case file: made by the first act, read by every later one."""

from prefect.runtime import flow_run

from domain.case import CaseFile, WorkRequest
from domain.errors import ConfigurationError, UnknownTask
from proof.intake import open_case
from tasks.blocks import outside
from tasks.logbook import open_logbook
from tasks.policy import step
from tasks.tags import tag_run
from wiring.outside import Outside


async def _known(desk: Outside, task_id: str) -> CaseFile:
    try:
        return await desk.cases.read(task_id)
    except UnknownTask as error:
        if desk.settings.coordinator_url:
            raise
        raise ConfigurationError(
            f"this worker has a ledger of its own, which does not know {task_id}",
            "start workers of a cluster with CLAUDE_CLUSTER_COORDINATOR_URL and CLAUDE_CLUSTER_API_TOKEN",
        ) from error


@step("fetch_issue")
async def fetch_issue(request: WorkRequest, task_id: str | None) -> CaseFile:
    """Read the case of a task id, else open the one for the request."""
    desk = await outside()
    if task_id:
        file = await _known(desk, task_id)
    else:
        request = request.model_copy(update={"repo": request.repo or desk.settings.repo or ""})
        file = await open_case(request, desk.issues, desk.pulls, desk.cases, desk.settings)
    open_logbook(desk.settings, file.case.id, str(flow_run.id))
    await tag_run(f"repo:{file.case.repository.name}", f"issue:{file.case.issue.number}", file.case.id)
    return file
