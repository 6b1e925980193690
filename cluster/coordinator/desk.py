"""What people and programs ask of the coordinator; each act may come twice, and the second changes nothing."""

import asyncio
import logging
from datetime import UTC, datetime

from adapters.cases.runs import SqlRuns
from cluster.coordinator.prefect_api import PrefectApi
from cluster.coordinator.runs import Runs
from cluster.coordinator.sharing import Sharing
from domain.case import CaseFile, Settled, WorkRequest
from domain.delivery import FrozenText
from domain.ending import Ending
from domain.errors import Transient
from domain.outcome import Outcome
from proof.closing import close
from proof.intake import open_case, reopen
from wiring.outside import Outside

_TRIES = 10
_TELL_S = 5.0
_log = logging.getLogger(__name__)


class CoordinatorDesk:
    """The protocol `Desk` of the webhooks; the API, the sweep and hand-offs use it too."""

    def __init__(
        self,
        outside: Outside,
        runs: Runs,
        orders: SqlRuns,
        prefect: PrefectApi,
        sharing: Sharing | None = None,
    ) -> None:
        self._outside, self._runs, self._orders, self._prefect = outside, runs, orders, prefect
        self._sharing = sharing

    async def start(
        self, request: WorkRequest, frozen: FrozenText | None = None, delivery: str | None = None
    ) -> CaseFile:
        """The case for the request, with a run unless it has ended; one that failed goes on.

        A specialist whom only the repository's own settings may know is looked for there, when the work begins.
        Raises what opening a case raises.
        """
        out = self._outside
        file = await open_case(request, out.issues, out.pulls, out.cases, out.settings, frozen, delivery)
        await self._have_run(file)
        return file

    async def retry(self, task_id: str, frozen: FrozenText | None = None, delivery: str | None = None) -> None:
        """A new attempt at a task that has ended; one that failed on its way goes on."""
        out = self._outside
        file = await out.cases.read(task_id)
        if file.ended:
            file = await reopen(file, out.issues, out.cases, out.settings, frozen, delivery)
        await self._have_run(file)

    async def stop(self, task_id: str, why: str) -> None:
        """End the task with everything it started."""
        out = self._outside
        file = await out.cases.read(task_id)
        if not file.ended:
            now = Ending(case=file.case, started=file.started, routing=file.routing, spend=file.spend)
            await self._cancelled(now.knowing(outcome=Outcome.CANCELLED, reason=why))
        await self._runs.give_up(await self._orders.newest(task_id), why)
        await self._orders.vacate(task_id)
        if self._sharing:
            await self._sharing.give_up(task_id, file.case.attempt)

    async def _cancelled(self, ending: Ending) -> None:
        """Work that is not wanted does not go on because the forge can't be told just now."""
        out = self._outside
        try:
            async with asyncio.timeout(_TELL_S):
                await close(ending, out.cases, out.issues)
        except (TimeoutError, Transient) as error:
            _log.warning("issue not told of the stop task=%s reason=%s", ending.case.id, error or "too slow")
            await close(ending, out.cases, out.issues, tell=False)

    async def approve(self, task_id: str, by: str) -> None:
        """Let a task go on that waits for a person's word. Raises `UsageError` if it waits for nobody's."""
        file = await self._outside.cases.read(task_id)
        await self._outside.cases.write(file.approved(by, datetime.now(UTC)))
        if not file.flow_run_id:
            return
        for _ in range(_TRIES):  # one that is just about to be suspended is not yet
            if await self._prefect.resume(file.flow_run_id):
                return
            await asyncio.sleep(1)
        raise Transient(f"the run of {task_id} did not go on")

    async def say(self, task_id: str, author: str, text: str, source: str) -> None:
        """Tell the task's agent something with its next step."""
        await self._outside.remarks.say(task_id, author, text, source)

    async def settled(self, task_id: str, pull: int, merged_at: datetime | None) -> None:
        """The task's pull request was merged, or closed without it (None)."""
        file = await self._outside.cases.read(task_id)
        if file.ended:
            fate = Settled(pull=pull, merged_at=merged_at)
            await self._outside.cases.write(file.model_copy(update={"settled": fate}))

    async def _have_run(self, file: CaseFile) -> None:
        """A failed case goes on with another run; a queued one has its first, made now if a crash prevented it."""
        if file.ended or file.status in {"running", "suspended"}:
            return
        if file.status == "failed":
            queued = {"status": "queued", "failure": None, "updated": datetime.now(UTC)}
            file = file.model_copy(update=queued)
            await self._outside.cases.write(file)
            await self._runs.start(file, "reroute")
            return
        await self._runs.start(file)
