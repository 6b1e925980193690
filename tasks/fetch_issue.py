"""The case file: made by the first act, read by every later one."""

from domain.case import CaseFile, WorkRequest
from proof.intake import open_case
from tasks.blocks import outside
from tasks.logbook import open_logbook
from tasks.policy import step
from tasks.tags import tag_run


@step("fetch_issue")
async def fetch_issue(request: WorkRequest, task_id: str | None) -> CaseFile:
    """Read the case of a task id, else open the one for the request."""
    desk = await outside()
    if task_id:
        file = await desk.cases.read(task_id)
    else:
        request = request.model_copy(update={"repo": request.repo or desk.settings.repo or ""})
        file = await open_case(request, desk.issues, desk.pulls, desk.cases, desk.settings)
    open_logbook(desk.settings, file.case.id)
    await tag_run(f"repo:{file.case.repository.name}", f"issue:{file.case.issue.number}", file.case.id)
    return file
