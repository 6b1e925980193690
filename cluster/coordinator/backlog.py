"""What a sweep starts: as much of the backlog as there are free slots and money for."""

import logging
from datetime import UTC, datetime

from cluster.coordinator.desk import CoordinatorDesk
from cluster.sweep.finding import Sweep
from domain.case import CaseFile, WorkRequest
from domain.errors import ClusterError, UsageError
from domain.ports import Budget, Cases, Nodes
from domain.settings import Settings

_EVERYTHING = 1e12
_RECENT = 500
_log = logging.getLogger(__name__)


class CoordinatorDispatch:
    """The port `Dispatch`, carried out where the ledger is."""

    def __init__(
        self, desk: CoordinatorDesk, sweep: Sweep, nodes: Nodes, cases: Cases, budget: Budget, settings: Settings
    ) -> None:
        self._desk, self._sweep, self._nodes = desk, sweep, nodes
        self._cases, self._budget, self._settings = cases, budget, settings

    async def hand_off(self, request: WorkRequest) -> CaseFile:
        """The case for a request, with one run of it in the pool of the best specialist."""
        return await self._desk.start(request)

    async def sweep(self, repos: tuple[str, ...], labels: tuple[str, ...], limit: int) -> tuple[str, ...]:
        """At most `limit` tasks; one that can't be started does not keep the others waiting.

        Raises `UsageError` without a repository, and what the forge raises.
        """
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
        return tuple(started)

    async def _room(self) -> int:
        """Free slots less what waits for one, and no more than the day's money is enough for."""
        now = datetime.now(UTC)
        alive = [one for one in await self._nodes.all() if one.lives(now) and not one.draining]
        free = sum(one.card.max_tasks - one.running for one in alive)
        queued = sum(one.status == "queued" for one in await self._cases.recent(_RECENT))
        limits = self._settings.limits
        left = await self._budget.left("sweep", _EVERYTHING, limits.daily_cost_usd)
        return max(min(free - queued, int(left // limits.max_cost_usd)), 0)
