"""What stopped a run is written into the case file; the case itself goes on when somebody resumes it."""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.case import Failure
from domain.errors import ClaimLost, ClusterError, RateLimited
from tasks.blocks import outside
from tasks.comeback import comes_back_at

_log = logging.getLogger(__name__)
_LONGEST_S = 30 * 86_400.0


async def record_failure(task_id: str, error: Exception) -> None:
    """Keep the error's one line for those who watch; the trace is in the log."""
    if isinstance(error, RateLimited) and (when := comes_back_at(error)):
        await _write(task_id, status="queued", action=f"waiting until {_minute(when)}: rate limit")
        return
    _log.error("run failed task=%s error=%s", task_id, type(error).__name__, exc_info=error)
    if not isinstance(error, ClaimLost):
        await _write(task_id, failure=_failure(error), status="failed")


async def _write(task_id: str, **changes: Any) -> None:
    cases = (await outside()).cases
    file = await cases.read(task_id)
    if not file.ended:
        await cases.write(file.model_copy(update={**changes, "updated": datetime.now(UTC)}))


def _failure(error: Exception) -> Failure:
    if isinstance(error, RateLimited):
        over = datetime.now(UTC) + timedelta(seconds=min(error.retry_after, _LONGEST_S))
        return Failure(reason=f"{error}; the limit is over at {_minute(over)}", exit_code=error.exit_code)
    if isinstance(error, ClusterError):
        return Failure(reason=str(error), exit_code=error.exit_code)
    return Failure(reason=f"{type(error).__name__}: {' '.join(str(error).split())[:500]}")


def _minute(moment: datetime) -> str:
    """The full minute after it, with its day unless that is today."""
    full = moment + timedelta(minutes=1)
    today = full.date() == datetime.now(UTC).date()
    return f"{full:%H:%M} UTC" if today else f"{full:%Y-%m-%d %H:%M} UTC"
