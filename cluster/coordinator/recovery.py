"""The loop that nothing is lost by: cases whose run is gone get another one, three times at most."""

import asyncio
import logging
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from adapters.cases.runs import SqlRuns
from cluster.coordinator.prefect_api import PrefectApi, Run
from cluster.coordinator.runs import Runs
from domain.case import CaseFile
from domain.ending import Ending
from domain.errors import ClusterError
from domain.outcome import Outcome
from domain.ports import Cases, Issues
from domain.run import Standing
from proof.closing import close

_EVERY_S, _GRACE_S = 15.0, 75.0
_MOST = 3
_CHECK_EVERY_S, _CHECKED_AT_ONCE = 14.0, 50
_STARTING = timedelta(seconds=90)  # from Prefect's Pending, and from its Running, to the claim
_HANDED_BACK = timedelta(seconds=10)  # within which a node that drains says what becomes of its runs
_ENDING = timedelta(seconds=120)  # from a task's last word to the end of its process
_TIDY_EVERY_S = 60.0
_log = logging.getLogger(__name__)


class Recovery:
    """One loop a cluster. `fallback` is how long a run waits for a node of its own pool.

    No state of Prefect's proves that a process is dead: the lease does, and the fencing number stops whoever was
    taken for dead and is not. After a start leases are given time, because nobody could prolong them meanwhile.
    """

    def __init__(
        self,
        runs: Runs,
        orders: SqlRuns,
        prefect: PrefectApi,
        cases: Cases,
        issues: Issues,
        fallback: timedelta = timedelta(minutes=5),
        grace_s: float = _GRACE_S,
    ) -> None:
        self._runs, self._orders, self._prefect = runs, orders, prefect
        self._cases, self._issues, self._fallback = cases, issues, fallback
        self._quiet_until = time.monotonic() + grace_s
        self._woken = asyncio.Event()
        self._known_gone: set[str] = set()
        self._tidied = time.monotonic()

    def wake(self) -> None:
        """Something is known to be lost: look now."""
        self._woken.set()

    async def gone(self, run_id: str) -> None:
        """A node says that the process of a run has ended, however: its claim is free."""
        if task_id := await self._orders.task_of(run_id):
            file = await self._cases.read(task_id)
            if file.flow_run_id in {run_id, None}:
                await self._orders.vacate(task_id)
                self._known_gone.add(task_id)
                self.wake()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._woken.clear()
            try:
                await self.look()
            except ClusterError as error:
                _log.warning("recovery waits: %s", error)
            # not `wait_for`, which in Python 3.11 swallows a cancellation that comes with the event
            with suppress(TimeoutError):
                async with asyncio.timeout(_EVERY_S):
                    await self._woken.wait()

    async def look(self) -> None:
        """Once over everything that is not finished."""
        now = time.time()
        for one in await self._orders.lost(now):
            known = one.status == "queued" or one.task_id in self._known_gone
            if known or time.monotonic() >= self._quiet_until:
                await self._each(one)
        for one in await self._orders.unchecked(now - _CHECK_EVERY_S, _CHECKED_AT_ONCE):
            await self._each(one)
        if time.monotonic() - self._tidied > _TIDY_EVERY_S:
            self._tidied = time.monotonic()
            await self._tidy()

    async def _tidy(self) -> None:
        """Runs that seem to be under way though their task is over: their process died with nobody left to tell."""
        runs = await self._prefect.under_way()
        tasks = {run.id: next((tag for tag in run.tags if tag.startswith("task-")), "") for run in runs}
        over = await self._orders.over(tasks, datetime.now(UTC) - _ENDING)
        for run_id, task_id in over.items():
            await self._prefect.set_state(run_id, "CRASHED", "its task is over, and its node said nothing", force=True)
            _log.info("run buried task=%s run=%s", task_id, run_id)

    async def _each(self, one: Standing) -> None:
        try:
            await self._look_at(one)
        except ClusterError as error:
            _log.warning("recovery of a task waits task=%s reason=%s", one.task_id, error)
        except Exception:  # noqa: BLE001 - one that is broken must not keep the others waiting; it is told
            _log.exception("recovery of a task failed task=%s", one.task_id)

    async def _look_at(self, one: Standing) -> None:
        file = await self._cases.read(one.task_id)
        if file.ended or file.status != one.status or file.case.attempt != one.attempt:
            return
        if one.order is None or one.order.run_id is None:
            await self._runs.start(file, one.order.cause if one.order else "start")
            return
        run = await self._prefect.run(one.order.run_id)
        if run is None or run.state in {"FAILED", "CRASHED", "COMPLETED"}:
            await self._again(file, one, f"its run ended as {run.state_name if run else 'deleted'}")
        elif run.state == "CANCELLED":
            await self._ended(file, Outcome.CANCELLED, "cancelled in Prefect")
        elif run.state == "SCHEDULED":
            await self._waits(file, one, run)
        elif _silent(one, run):
            await self._again(file, one, "its node gives no sign of life")

    async def _again(self, file: CaseFile, one: Standing, why: str) -> None:
        await self._runs.bury(one.order, why)
        if one.recoveries >= _MOST:
            await self._ended(file, Outcome.STUCK, f"{why}, after {_MOST} resumptions")
            return
        _log.warning("task goes on elsewhere task=%s reason=%s time=%d", one.task_id, why, one.recoveries + 1)
        changes = {"status": "queued", "action": f"goes on: {why}", "updated": datetime.now(UTC)}
        file = file.model_copy(update=changes)
        self._known_gone.discard(one.task_id)
        await self._cases.write(file)
        await self._runs.start(file, "recovery", anywhere=True)

    async def _waits(self, file: CaseFile, one: Standing, run: Run) -> None:
        """Visibly, and for a while: then any node may have it."""
        if one.order is None or file.waiting or await self._prefect.served(one.order.pool):
            return
        words = f"waiting for a node that serves {one.order.pool}"
        if file.action != words:
            # One that a node handed back as it drained waits again, and not any longer than others.
            changes = {"status": "queued", "action": words, "updated": datetime.now(UTC)}
            await self._cases.write(file.model_copy(update=changes))
            return
        if datetime.now(UTC) - one.order.created > self._fallback:
            await self._runs.give_up(one.order, "no node of its own came")
            order = await self._runs.start(file, "reroute", anywhere=True)
            _log.info("task falls to another pool task=%s from=%s to=%s", one.task_id, run.pool, order.pool)

    async def _ended(self, file: CaseFile, outcome: Outcome, reason: str) -> None:
        now = Ending(case=file.case, started=file.started, routing=file.routing, spend=file.spend)
        await close(now.knowing(outcome=outcome, reason=reason), self._cases, self._issues)


def _silent(one: Standing, run: Run) -> bool:
    """Whether it has no claim and should have one by now.

    Also a run that had one may be on its way to the next: handed back by its node, and taken by another.
    """
    due = _older(run, _STARTING) if run.state in {"PENDING", "RUNNING"} else one.status == "running"
    return due and (one.lease_until is None or datetime.now(UTC) - one.lease_until > _HANDED_BACK)


def _older(run: Run, age: timedelta) -> bool:
    return run.since is not None and datetime.now(UTC) - run.since > age
