"""Runs that a node ends because it stops: they go back into the schedule, and go on elsewhere."""

import asyncio
import logging
from collections.abc import Iterable
from uuid import UUID

import httpx
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.objects import State, StateType
from prefect.exceptions import ObjectNotFound
from prefect.states import AwaitingRetry, Cancelled

_OURS = {StateType.CRASHED, StateType.RUNNING, StateType.PENDING}
_log = logging.getLogger(__name__)


async def hand_back(runs: Iterable[UUID]) -> None:
    """What was under way becomes AwaitingRetry; a run that has ended, waits or was withdrawn stays as it is.

    Without a server nothing is changed: recovery finds those runs by their claims.
    """
    async with get_client() as client:
        await asyncio.gather(*(_told(client, run) for run in runs))


async def _told(client: PrefectClient, run: UUID) -> None:
    try:
        await _hand_back(client, run)
    except (httpx.HTTPError, ObjectNotFound) as error:
        _log.warning("run not handed back run=%s reason=%s", run, str(error) or type(error).__name__)


async def _hand_back(client: PrefectClient, run: UUID) -> None:
    found = (await client.read_flow_run(run)).state
    state: State[None]
    if found and found.type is StateType.CANCELLING:
        state = Cancelled(message="The node stopped while it was being cancelled.")
    elif found and found.type in _OURS:
        state = AwaitingRetry(message="The node stopped; the run goes on where a node has room.")
    else:
        return
    await client.set_flow_run_state(run, state, force=True)
    _log.info("run handed back run=%s state=%s", run, state.name)
