"""Parts of an issue for specialists who could begin at this moment: offered in the ledger, then run by Prefect."""

import asyncio
import logging

from adapters.cases.shares import SqlShares, Wanted
from agents.specialist import load_specialists
from cluster.coordinator.placing import place
from cluster.coordinator.prefect_api import TERMINAL, PrefectApi, StateType
from deployments.catalogue import Kind, needs_tag, pool_of
from domain.case import CaseFile
from domain.errors import ClusterError
from domain.ports import Cases, Nodes
from domain.share import Part, Share

_log = logging.getLogger(__name__)


class Sharing:
    """The port `Offers`. `within_s` is how long an offer stands; with 0 nothing is ever offered."""

    def __init__(
        self, prefect: PrefectApi, shares: SqlShares, cases: Cases, nodes: Nodes, kind: Kind, within_s: float
    ) -> None:
        self._prefect, self._shares, self._cases, self._nodes = prefect, shares, cases, nodes
        self._kind: Kind = kind
        self._within_s = within_s

    async def free(self, task_id: str, specialists: tuple[str, ...]) -> tuple[str, ...]:
        """Those of the specialists for whom a node has a slot free at this moment."""
        if self._within_s <= 0:
            return ()
        pools = {pool_of(name, self._kind): name for name in specialists if name in _with_a_pool()}
        found = await self._shares.free(tuple(pools), await self._need(await self._cases.read(task_id)))
        return tuple(pools[pool] for pool in found)

    async def offer(self, task_id: str, attempt: int, parts: tuple[Part, ...]) -> tuple[Share, ...]:
        """One share with a run for each part that a slot is free for; once an attempt.

        A share whose run can't be made is given back when nobody begins with it.
        """
        file = await self._cases.read(task_id)
        need = await self._need(file)
        wanted = [
            Wanted(part=part, pool=pool_of(part.specialist, self._kind), need=need)
            for part in parts
            if part.specialist in _with_a_pool()
        ]
        shares = await self._shares.offer(task_id, attempt, wanted, self._within_s)
        for share in shares:
            if share.state == "offered" and share.run_id is None:
                await self._run(file, share, need)
        return await self._shares.look(task_id, attempt)

    async def give_up(self, task_id: str, attempt: int) -> None:
        """The task is stopped: so are its parts, those that wait and those that are worked on."""
        for share in await self._shares.look(task_id, attempt, "all"):
            run = await self._prefect.run(share.run_id) if share.run_id else None
            if run and run.state not in TERMINAL:
                waits = run.state == "SCHEDULED"
                state: StateType = "CANCELLED" if waits else "CANCELLING"
                await self._prefect.set_state(run.id, state, "its task was stopped", force=waits)

    async def _run(self, file: CaseFile, share: Share, need: str | None) -> None:
        parameters = {"task_id": share.task_id, "attempt": share.attempt, "number": share.number}
        case, needs = file.case, (needs_tag(need),) if need else ()
        tags = (f"repo:{case.repository.name}", f"issue:{case.issue.number}", case.id, *needs)
        deployment = f"specialist-share/{share.part.specialist}"
        try:
            run = await self._prefect.create_run(deployment, parameters, share.key, tags)
            await self._shares.created(share, run.id)
        except ClusterError as error:
            _log.warning("part not started task=%s part=%d reason=%s", case.id, share.number, error)
            return
        words = "part offered task=%s part=%d run=%s pool=%s"
        _log.info(words, case.id, share.number, run.id, share.pool)

    async def _need(self, file: CaseFile) -> str | None:
        placement = await asyncio.to_thread(place, file.case, await self._nodes.all(), self._kind)
        return placement.need


def _with_a_pool() -> frozenset[str]:
    """A repository's own specialists have none."""
    return frozenset(one.name for one in load_specialists())
