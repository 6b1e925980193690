"""A rate limit holds no slot: the run ends here, and a worker takes it up again when the limit is over."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.objects import State
from prefect.exceptions import Pause
from prefect.runtime import deployment, flow_run
from prefect.states import AwaitingRetry

from domain import clock
from domain.errors import RateLimited
from tasks.policy import COMEBACK

_log = logging.getLogger(__name__)


def comes_back_at(limited: RateLimited) -> datetime | None:
    """When this run is to be taken up again (UTC); None if nobody would: it has no deployment, or came back often."""
    if deployment.id is None:
        return None
    wait = COMEBACK.wait_s(limited.retry_after, flow_run.run_count)
    return None if wait is None else clock.now() + timedelta(seconds=wait)


@asynccontextmanager
async def slot_given_back(task_id: str | None = None) -> AsyncIterator[None]:
    """A rate limit or a paused account inside ends the run as AwaitingRetry, with its time.

    The next start goes on with the task.

    Raises:
        RateLimited: nobody would take the run up again; as it came.
    """
    try:
        yield
    except RateLimited as limited:
        when = comes_back_at(limited)
        if when is None:
            raise
        await _await_retry(limited, when, task_id)


async def go_on_with(client: PrefectClient, task_id: str) -> None:
    """When this run begins again it takes up this task, whatever it was started with."""
    run = UUID(str(flow_run.id))
    given = (await client.read_flow_run(run)).parameters
    await client.update_flow_run(run, parameters={**given, "task_id": task_id})


async def _await_retry(limited: RateLimited, when: datetime, task_id: str | None) -> None:
    """Source: Prefect ends a process that raises `Pause` without touching the state that was set before."""
    run = UUID(str(flow_run.id))
    state: State[Any] = AwaitingRetry(scheduled_time=when, message=str(limited))
    async with get_client() as client:
        if task_id:
            await go_on_with(client, task_id)
        await client.set_flow_run_state(run, state, force=True)
    _log.info("run comes back at=%s task=%s reason=%s", f"{when:%H:%M:%S}", task_id, limited.reason)
    raise Pause(state=state) from limited
