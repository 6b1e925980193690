"""A run that came without a specialist is handed to the specialist's pool; the coordinator serves `dispatch`."""

import os

from prefect.logging import get_run_logger

from domain.case import CaseFile, WorkRequest
from tasks.blocks import outside
from tasks.policy import step

SERVES_DISPATCH = "CLAUDE_CLUSTER_DISPATCH"  # set by the coordinator for its own worker


def hands_off(task_id: str | None) -> bool:
    """Whether this run only finds somebody else to work; anywhere but at the coordinator it works itself."""
    return task_id is None and os.environ.get(SERVES_DISPATCH) == "1"


@step("hand_off")
async def hand_off(request: WorkRequest) -> CaseFile:
    """The case, with one run of it in the pool of the best specialist."""
    desk = await outside()
    request = request.model_copy(update={"repo": request.repo or desk.settings.repo or ""})
    if desk.dispatch is None:
        raise RuntimeError("only a run of the coordinator's worker hands off")
    file = await desk.dispatch.hand_off(request)
    get_run_logger().info("handed off task=%s", file.case.id)
    return file
