"""The workers of one node: one process, one worker a pool, one limit over all of them, and an end without orphans."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from uuid import UUID

from cluster.node.fork_server import PRELOADED
from cluster.node.hand_back import hand_back
from cluster.node.room import Room
from cluster.node.starts import Starts
from cluster.node.taking import Entry, GoneHook, Shared, Taking, nobody_asks
from cluster.node.worker import NodeWorker
from deployments.catalogue import kind_of

_LOOK_S = 0.1
_KILL_AFTER_S = 5.5  # the keeper ends the run after five
_GIVE_UP_AFTER_S = 6.5
_HAND_BACK_S = 1.5  # without a server: the whole is at most ten seconds
_log = logging.getLogger(__name__)


class NodeWorkers:
    """Takes runs from `pools`, `most` at once over all of them, until drained.

    `name` is the node's: its workers are called `<name>-<pool>`. Runs start in the folder `home`, from a process
    that has loaded `modules`. `on_run_gone` is told a run's id and its process (if it ever had one) as soon as the
    process has ended in whatever way, before anybody can take the run again.
    """

    def __init__(
        self,
        pools: Sequence[str],
        most: int,
        name: str,
        home: Path,
        drain_s: float = 25.0,
        on_run_gone: GoneHook = nobody_asks,
        modules: Sequence[str] = PRELOADED,
        toolchains: Sequence[str] | None = None,
    ) -> None:
        self.name, self.most = name, most
        self._pools = tuple(pools)
        self._drain_s = drain_s
        self._due: set[str] = set()
        self._asked = asyncio.Event()
        self._room = Room(most, lambda: self.ring(self._pools))
        self._starts = Starts(modules)
        self._shared = Shared(self._room, self._starts, home, on_run_gone)
        self._shared.toolchains = None if toolchains is None else frozenset(toolchains)
        self._told, self._hurry = asyncio.Event(), False

    @property
    def running(self) -> int:
        """Issues that this node works on now, those about to start included."""
        return self._room.borrowed_tokens

    @property
    def draining(self) -> bool:
        """Whether nothing new is taken any more."""
        return self._shared.draining

    def ring(self, pools: Iterable[str]) -> None:
        """Runs may wait in these pools: look at once."""
        self._due.update(pools)
        self._asked.set()

    def drain(self) -> None:
        """Take nothing new, give the runs their time, hand back the rest, end. Asked again: don't wait."""
        if self._told.is_set():
            self._hurry = True
        self._shared.draining = True
        self._told.set()

    async def run(self, ready: Callable[[], None]) -> None:
        """Until drained; `ready` is called once all pools are polled.

        Raises what ended a worker early, such as a refused password; its runs are ended then.
        """
        with self._starts:
            workers = [_worker(pool)(pool, self.name, self._shared) for pool in self._pools]
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one.start(printer=lambda *_: None)) for one in workers]
                tasks.append(group.create_task(self._refill(workers)))
                await _until(lambda: self.draining or all(one.polled for one in workers))
                ready()
                await self._told.wait()
                await self._finish()
                for task in tasks:
                    task.cancel()

    async def _refill(self, workers: list[Taking]) -> None:
        """Look for the next run as soon as one waits or there is room; each pool is the first to be asked in turn."""
        while await self._asked.wait():
            self._asked.clear()
            due, self._due = self._due, set()
            for worker in workers:
                if worker.pool in due and self.running < self.most and worker.polled:
                    await worker.get_and_submit_flow_runs()
            workers.append(workers.pop(0))

    async def _finish(self) -> None:
        _log.info("node drains running=%d seconds=%g", self.running, self._drain_s)
        await _until(lambda: self._hurry or not self.running, self._drain_s)
        ended = await self._end_all()
        try:
            async with asyncio.timeout(_HAND_BACK_S):
                await hand_back(ended)
        except TimeoutError:
            _log.warning("runs not handed back runs=%d reason=the Prefect server does not answer", len(ended))

    async def _end_all(self) -> set[UUID]:
        """End every run with its children, those that are only about to start too; which they were."""
        began: dict[UUID, float] = {}

        def gone() -> bool:
            for run in self._room.inside:
                if entry := self._shared.entries.get(run):
                    _end(entry, began.get(run))
                    began.setdefault(run, time.monotonic())
            return not self.running

        await _until(gone, _GIVE_UP_AFTER_S)
        return set(began)


def _worker(pool: str) -> type[Taking]:
    if kind_of(pool) == "process":
        return NodeWorker
    from cluster.node.docker_worker import DockerNodeWorker  # noqa: PLC0415 - only in clusters of that type

    return DockerNodeWorker


def _end(entry: Entry, since: float | None) -> None:
    """Ask once. Then force."""
    if since is None:
        entry.ask()
    elif time.monotonic() - since > _KILL_AFTER_S:
        entry.force()


async def _until(holds: Callable[[], bool], seconds: float = float("inf")) -> None:
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:  # noqa: ASYNC110 - Prefect's workers tell nobody
        await asyncio.sleep(_LOOK_S)
