"""A node without a coordinator, for one pool: `python benchmarks/node_alone.py POOL MOST`."""

import asyncio
import signal
import sys
from pathlib import Path

from cluster.node.fork_server import PRELOADED
from cluster.node.workers import NodeWorkers


async def main(pool: str, most: int) -> None:
    """Say when it polls; end on a signal."""
    workers = NodeWorkers([pool], most, "bench", Path.cwd(), 1.0, modules=("node_flow", *PRELOADED))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, workers.drain)
    await workers.run(lambda: sys.stdout.write("ready\n") and sys.stdout.flush())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
