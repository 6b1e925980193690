"""The node of `serve`: `python -P -m cluster.node.process MOST DRAIN_SECONDS`, until it is signalled."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from cluster.node.journal import speak
from cluster.node.parting import end_within
from cluster.node.workers import NodeWorkers
from cluster.serving import READY
from deployments.catalogue import pools
from deployments.register import register


async def serve(most: int, drain_s: float) -> None:
    """Register everything, then serve every pool; the current folder is the state folder."""
    await register()
    names = [pool.name for pool in pools()]
    workers = NodeWorkers(names, most, os.uname().nodename, Path.cwd(), drain_s)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, workers.drain)
    await workers.run(_ready)


def _ready() -> None:
    sys.stdout.write(f"{READY}\n")
    sys.stdout.flush()


def main() -> None:
    """What the command line says."""
    speak(os.environ.get("LOG_LEVEL", "INFO"))
    asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2])))
    end_within(1)


if __name__ == "__main__":
    main()
