"""Every run that the coordinator starts: ordered in the ledger first, then created on the Prefect server."""

import asyncio
import logging
from typing import Any

from adapters.cases.runs import SqlRuns
from cluster.coordinator.placing import DEFAULT_QUEUE, PRIORITIES, place
from cluster.coordinator.prefect_api import TERMINAL, PrefectApi
from deployments.catalogue import Kind, needs_tag
from domain.case import CaseFile, Priority
from domain.ports import Cases, Nodes
from domain.run import Cause, RunOrder

_log = logging.getLogger(__name__)


class Runs:
    """Starts and stops runs of cases."""

    def __init__(self, prefect: PrefectApi, runs: SqlRuns, cases: Cases, nodes: Nodes, kind: Kind) -> None:
        self._prefect, self._runs, self._cases, self._nodes = prefect, runs, cases, nodes
        self._kind: Kind = kind
        self._queues: set[tuple[str, str]] = set()

    async def start(self, file: CaseFile, cause: Cause = "start", *, anywhere: bool = False) -> RunOrder:
        """A run of the case's attempt; for a `start` that was made already, that one."""
        nodes = await self._nodes.all()
        placement = await asyncio.to_thread(place, file.case, nodes, self._kind, anywhere=anywhere)
        case = file.case
        order = await self._runs.order(case.id, case.attempt, cause, placement.pool, placement.queue)
        if order.run_id:
            return order
        await self._have_queue(order, case.priority)
        name = order.pool.removesuffix(f"-{self._kind}")
        needs = (needs_tag(placement.need),) if placement.need else ()
        tags = (f"repo:{case.repository.name}", f"issue:{case.issue.number}", case.id, *needs)
        run = await self._prefect.create_run(f"issue-to-pr/{name}", _parameters(file), order.key, tags, order.queue)
        await self._runs.created(order, run.id)
        _log.info(
            "run created task=%s run=%s pool=%s cause=%s why=%s", case.id, run.id, order.pool, cause, placement.why
        )
        return order.model_copy(update={"run_id": run.id})

    async def give_up(self, order: RunOrder | None, why: str) -> None:
        """The run is not wanted any more: what has not begun is cancelled, what runs is ended by its worker."""
        if order is None or order.run_id is None:
            return
        run = await self._prefect.run(order.run_id)
        if run is None or run.state in TERMINAL:
            return
        at_work = run.state in {"RUNNING", "PENDING", "CANCELLING"}
        await self._prefect.set_state(run.id, "CANCELLING" if at_work else "CANCELLED", why, force=not at_work)

    async def bury(self, order: RunOrder | None, why: str) -> None:
        """The run's process is lost: the Prefect server is told, so that nobody waits for it."""
        if order and order.run_id:
            run = await self._prefect.run(order.run_id)
            if run and run.state not in TERMINAL:
                await self._prefect.set_state(run.id, "CRASHED", why, force=True)

    async def _have_queue(self, order: RunOrder, priority: Priority) -> None:
        known = (order.pool, order.queue)
        if order.queue != DEFAULT_QUEUE and known not in self._queues:
            await self._prefect.have_queue(order.pool, order.queue, PRIORITIES[priority])
            self._queues.add(known)


def _parameters(file: CaseFile) -> dict[str, Any]:
    """The case says everything; the rest is for people who look at the run. The specialist is scored there too."""
    case = file.case
    return {
        "issue": case.issue.number,
        "repo": case.repository.name,
        "base": case.base,
        "specialist": case.specialist or "",
        "priority": case.priority,
        "dry_run": case.dry_run,
        "max_cost_usd": case.limits.max_cost_usd,
        "task_id": case.id,
    }
