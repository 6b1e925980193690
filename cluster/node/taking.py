"""How a Prefect worker of one pool takes runs when it shares its node's limit and its end with those of other pools."""

import logging
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import httpx
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.responses import WorkerFlowRunResponse
from prefect.context import SettingsContext, get_settings_context
from prefect.settings import PREFECT_CLIENT_MAX_RETRIES, temporary_settings
from prefect.workers.base import BaseWorker

from cluster.node.room import Room
from cluster.node.starts import Starts
from deployments.catalogue import needs_of
from domain import clock

_ASK_WHEN_FULL_S = 20.0
_log = logging.getLogger(__name__)

GoneHook = Callable[[str, int | None], Awaitable[None]]


async def nobody_asks(flow_run_id: str, pid: int | None) -> None:
    """The hook of a node that tells nobody."""


class Entry(Protocol):
    """What stands for a run on this machine; one that has ended already is no error."""

    def ask(self) -> None:
        """Ask it to end."""

    def force(self) -> None:
        """End it."""


class Shared:
    """What the workers of one node have in common; `entries` stand for the runs that have started.

    Runs that need another of the `toolchains` are left to other nodes; None takes every run.
    """

    def __init__(self, room: Room, starts: Starts, home: Path, on_run_gone: GoneHook = nobody_asks) -> None:
        self.room: Any = room  # Prefect's type is the limiter of anyio
        self.starts = starts
        self.home = home
        self.on_run_gone = on_run_gone
        self.toolchains: frozenset[str] | None = None
        self.entries: dict[UUID, Entry] = {}
        self.draining = False


class Taking(BaseWorker[Any, Any, Any]):
    """Stands before one of Prefect's kinds of workers: takes a run only when the whole node has room for it."""

    def __init__(self, pool: str, node: str, shared: Shared) -> None:
        super().__init__(work_pool_name=pool, name=f"{node}-{pool}", create_pool_if_not_found=False)
        self.pool = pool
        self._shared = shared
        self._asked = float("-inf")
        self._look_ahead_s: float = self._prefetch_seconds
        with temporary_settings(updates={PREFECT_CLIENT_MAX_RETRIES: 0}) as self._once:
            pass

    @classmethod
    def __dispatch_key__(cls) -> str:
        """Among Prefect's kinds of workers it does not replace the plain one."""
        return f"node-{cls.__name__}"

    @property
    def polled(self) -> bool:
        """Whether it knows its pool, and looks for runs."""
        return self._has_successfully_synced

    async def setup(self) -> None:
        """Set up, then share the limit (a private attribute of Prefect: a test holds it for each version)."""
        await super().setup()
        self._limiter = self._shared.room

    async def get_and_submit_flow_runs(self) -> list[FlowRun]:
        """Take what is due; nothing while the node drains, is full or the server is away."""
        if self._shared.draining or self._need_not_ask():
            return []
        try:
            return await super().get_and_submit_flow_runs()
        except httpx.HTTPError as error:
            return self._away(error)

    def _need_not_ask(self) -> bool:
        """A full node asks just often enough for its queues to count as served (Prefect's limit is a minute).

        Each question costs the server several writes; whoever leaves a full node makes it ask at once.
        """
        if self._shared.room.full and time.monotonic() - self._asked < _ASK_WHEN_FULL_S:
            return True
        self._asked = time.monotonic()
        return False

    async def gone(self, run: UUID) -> None:
        """Its process or container has ended, in whatever way."""
        self._shared.entries.pop(run, None)
        await self._shared.on_run_gone(str(run), self._shared.starts.process_of(str(run)))

    async def _get_scheduled_flow_runs(self) -> list[WorkerFlowRunResponse]:
        """What is due and can be done here (a private method of Prefect: a test holds it for each version)."""
        # What is due is due by the server's clock: with a slow one of this machine nothing would be.
        self._prefetch_seconds = self._look_ahead_s + clock.ahead_s()
        with self._asking_once():
            found = await super()._get_scheduled_flow_runs()
        have = self._shared.toolchains
        return found if have is None else [one for one in found if needs_of(one.flow_run.tags) <= have]

    async def _submit_run(self, flow_run: FlowRun) -> None:
        """A server that goes away in between must not take the worker, and with it all its runs."""
        try:
            await super()._submit_run(flow_run)
        except httpx.HTTPError as error:
            self._away(error)
            self._release_limit_slot(flow_run.id)
            self._submitting_flow_run_ids.discard(flow_run.id)

    async def _sync_and_initialize(self) -> None:
        try:
            with self._asking_once():
                await super()._sync_and_initialize()
        except httpx.HTTPError as error:
            self._away(error)

    def _asking_once(self) -> SettingsContext:
        """Who looks every second need not try again: Prefect's pauses double without a bound."""
        return SettingsContext(profile=get_settings_context().profile, settings=self._once)

    def _away(self, error: httpx.HTTPError) -> list[FlowRun]:
        """Network and 5xx pass; anything else, such as a wrong password, is for a person."""
        if isinstance(error, httpx.HTTPStatusError) and error.response.is_client_error:
            raise error
        _log.warning("prefect server away worker=%s reason=%s", self.name, str(error) or type(error).__name__)
        return []
