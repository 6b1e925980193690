"""What stopped a run is written into the case file; the case itself goes on when somebody resumes it."""

import logging
from datetime import UTC, datetime

from domain.case import Failure
from domain.errors import ClaimLost, ClusterError
from tasks.blocks import outside

_log = logging.getLogger(__name__)


async def record_failure(task_id: str, error: Exception) -> None:
    """Keep the error's one line for those who watch; the trace is in the log."""
    _log.error("run failed task=%s error=%s", task_id, type(error).__name__, exc_info=error)
    desk = await outside()
    file = await desk.cases.read(task_id)
    if file.ended:
        return
    if isinstance(error, ClaimLost):
        return
    if isinstance(error, ClusterError):
        failure = Failure(reason=str(error), exit_code=error.exit_code)
    else:
        failure = Failure(reason=f"{type(error).__name__}: {' '.join(str(error).split())[:500]}")
    changes = {"failure": failure, "status": "failed", "updated": datetime.now(UTC)}
    await desk.cases.write(file.model_copy(update=changes))
