"""The coordinator's own worker: `python -P -m cluster.coordinator.dispatcher KIND`.

Registers everything, then serves `dispatch`, whose runs only find the pool that an issue belongs to.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from cluster.node.journal import speak
from cluster.node.parting import end_within
from cluster.node.workers import NodeWorkers
from deployments.catalogue import DISPATCH, Kind
from deployments.containers import Containers
from deployments.register import register
from wiring.configuration import load_settings

_MOST, _DRAIN_S = 8, 1.0


async def dispatch(kind: Kind) -> None:
    """Until it is signalled; the current folder is the state folder."""
    settings = load_settings()
    containers = Containers(
        image=settings.task_image,
        memory=settings.task_memory,
        cpus=settings.task_cpus,
        network=settings.task_network,
    )
    await register(kind, containers)
    workers = NodeWorkers([DISPATCH], _MOST, "coordinator", Path.cwd(), _DRAIN_S)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, workers.drain)
    await workers.run(_ready)


def _ready() -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()


def main() -> None:
    """What the command line says."""
    speak(os.environ.get("LOG_LEVEL", "INFO"))
    asyncio.run(dispatch("docker" if sys.argv[1] == "docker" else "process"))
    end_within(1)


if __name__ == "__main__":
    main()
