"""What stopped a run is written into the case file; the case itself goes on when somebody resumes it."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from domain import clock
from domain.case import CaseFile, Failure, Wait
from domain.errors import AccountPaused, ClaimLost, ClusterError, RateLimited, UsageError
from proof.status_comment import failed, working
from tasks.blocks import outside
from tasks.comeback import comes_back_at

_log = logging.getLogger(__name__)
_LONGEST_S = 30 * 86_400.0
_FORGE_S = 20.0


async def record_failure(task_id: str, error: Exception) -> None:
    """Keep the error's one line for those who watch, or until when the run waits; the trace is in the log."""
    if isinstance(error, RateLimited) and (when := comes_back_at(error)):
        paused = isinstance(error, AccountPaused)
        wait = Wait(until=when, cause="account" if paused else "rate_limit")
        action = f"waiting until {_minute(when)}: {error if paused else 'rate limit'}"
        await _tell(await _write(task_id, status="queued", action=action, wait=wait), working)
        return
    _log.error("run failed task=%s error=%s", task_id, type(error).__name__, exc_info=error)
    if not isinstance(error, ClaimLost):
        file = await _write(task_id, failure=_failure(error), status="failed")
        await _tell(file, failed, first=isinstance(error, UsageError))


async def _write(task_id: str, **changes: Any) -> CaseFile | None:
    cases = (await outside()).cases
    file = await cases.read(task_id)
    if file.ended:
        return None
    file = file.model_copy(update={**changes, "updated": clock.now()})
    await cases.write(file)
    return file


async def _tell(file: CaseFile | None, words: Callable[[CaseFile], str], *, first: bool = False) -> None:
    """Where the issue was told of the work, it is told that it rests; a forge that is away is not waited for.

    With `first`, who asked on the forge is told even if nothing was said before: it is theirs to mend.
    """
    if file is None or (file.comment_id is None and not (first and file.case.requested_by.startswith("@"))):
        return
    desk, name, number = await outside(), file.case.repository.name, file.case.issue.number
    try:
        comment = await asyncio.wait_for(desk.issues.comment(name, number, words(file), file.comment_id), _FORGE_S)
    except (ClusterError, TimeoutError) as error:
        _log.warning("issue not told repo=%s issue=%s reason=%s", name, number, str(error) or type(error).__name__)
        return
    await _write(file.case.id, comment_id=comment, comment_rests=True)


def _failure(error: Exception) -> Failure:
    if isinstance(error, RateLimited) and not isinstance(error, AccountPaused):
        over = clock.now() + timedelta(seconds=min(error.retry_after, _LONGEST_S))
        return Failure(reason=f"{error}; the limit is over at {_minute(over)}", exit_code=error.exit_code)
    if isinstance(error, ClusterError):
        return Failure(reason=str(error), exit_code=error.exit_code)
    return Failure(reason=f"{type(error).__name__}: {' '.join(str(error).split())[:500]}")


def _minute(moment: datetime) -> str:
    """The full minute after it, with its day unless that is today."""
    full = moment + timedelta(minutes=1)
    today = full.date() == clock.now().date()
    return f"{full:%H:%M} UTC" if today else f"{full:%Y-%m-%d %H:%M} UTC"
