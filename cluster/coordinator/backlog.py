"""What a sweep starts: as much of the backlog as there are free slots and money for."""

import logging
from datetime import UTC, datetime

from cluster.coordinator.desk import CoordinatorDesk
from cluster.sweep.finding import Sweep
from cluster.sweep.settling import Settling
from domain.backlog import Swept
from domain.case import CaseFile, WorkRequest
from domain.errors import ClusterError, UsageError
from domain.figures import Figures
from domain.node import NodeState
from domain.ports import Nodes
from wiring.outside import Outside

_EVERYTHING = 1e12
_ASKED_ABOUT = 1_000  # pull requests a sweep
_log = logging.getLogger(__name__)


class CoordinatorDispatch:
    """The port `Dispatch`, carried out where the ledger is."""

    def __init__(self, desk: CoordinatorDesk, sweep: Sweep, settling: Settling, nodes: Nodes, outside: Outside) -> None:
        self._desk, self._sweep, self._settling, self._nodes = desk, sweep, settling, nodes
        self._outside = outside

    async def hand_off(self, request: WorkRequest) -> CaseFile:
        """The case for a request, with one run of it in the pool of the best specialist."""
        return await self._desk.start(request)

    async def sweep(self, repos: tuple[str, ...], labels: tuple[str, ...], limit: int) -> Swept:
        """At most `limit` tasks; one that can't be started does not keep the others waiting.

        Raises `UsageError` without a repository, and what the forge raises.
        """
        settled = await self._settled()
        if not repos:
            raise UsageError("the sweep was given no repository", "set its parameter repos, or CLAUDE_CLUSTER_REPO")
        most = min(limit, await self._room())
        started = []
        for found in await self._sweep.find(repos, labels, most) if most > 0 else ():
            name = f"{found.request.repo}#{found.request.issue}"
            try:
                file = await self._desk.start(found.request, found.frozen)
            except ClusterError as error:
                _log.warning("sweep left an issue out issue=%s reason=%s", name, error)
                continue
            started.append(f"{file.case.id} {name}")
        return Swept(started=tuple(started), settled=settled)

    async def _settled(self) -> tuple[str, ...]:
        """The report's figures are not worth keeping work waiting for."""
        try:
            return await self._settling.settle(_ASKED_ABOUT)
        except ClusterError as error:
            _log.warning("what became of pull requests is asked with the next sweep: %s", error)
            return ()

    async def _room(self) -> int:
        """Free slots, and no more than the day's money is enough for, less what waits for both already."""
        figures, nodes = await self._outside.figures.all(), await self._working()
        limits = self._outside.settings.limits
        busy = max(sum(one.running for one in nodes), _tasks(figures, "running"))
        free = sum(one.card.max_tasks for one in nodes) - busy
        left = await self._outside.budget.left("sweep", _EVERYTHING, limits.daily_cost_usd)
        return max(min(free, int(left // limits.max_cost_usd)) - _tasks(figures, "queued"), 0)

    async def _working(self) -> list[NodeState]:
        now = datetime.now(UTC)
        return [one for one in await self._nodes.all() if one.lives(now) and not one.draining]


def _tasks(figures: Figures, status: str) -> int:
    return sum(one.tasks for one in figures.counts if one.status == status)
