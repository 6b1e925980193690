"""Workers of this PC: one process, one worker a pool, one shared limit over all of them."""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

from prefect.workers.process import ProcessWorker

from cluster.room import Room
from cluster.serving import READY
from deployments.catalogue import pools
from deployments.register import register


class SharedLimitWorker(ProcessWorker):
    """A worker that takes a run only when the whole machine has room for it."""

    def __init__(self, pool: str, room: Room) -> None:
        super().__init__(work_pool_name=pool, name=f"{os.uname().nodename}-{pool}", create_pool_if_not_found=False)
        self._room: Any = room  # Prefect's type is the limiter of anyio

    async def setup(self) -> None:
        """Set up, then share the limit (a private attribute of Prefect: a test holds it for each version)."""
        await super().setup()
        self._limiter = self._room


async def serve(names: Sequence[str], most: int) -> None:
    """Register everything, then poll until cancelled; `most` runs at once over all pools."""
    await register()
    room = Room(most)
    workers = [SharedLimitWorker(name, room) for name in names]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(worker.start(printer=lambda *_: None)) for worker in workers]
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, lambda: [task.cancel() for task in tasks])
        sys.stdout.write(f"{READY}\n")
        sys.stdout.flush()


def main() -> None:
    """`python -P -m cluster.worker_process MOST`: serve every pool."""
    asyncio.run(serve([pool.name for pool in pools()], int(sys.argv[1])))


if __name__ == "__main__":
    main()
