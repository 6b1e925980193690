"""A node for tests: its arguments are one JSON object; what it is told by its hook goes to a file."""

import asyncio
import json
import signal
import sys
from pathlib import Path

from cluster.node.condition import Condition
from cluster.node.health import HealthPort
from cluster.node.journal import speak
from cluster.node.parting import end_within
from cluster.node.workers import NodeWorkers


async def main(given: dict) -> None:
    """Until drained."""
    gone, told = Path(given["gone"]), {}

    async def on_run_gone(run: str, pid: int | None) -> None:
        told[run] = pid
        new = gone.with_suffix(".new")  # whoever reads it meanwhile finds the old one, whole
        new.write_text(json.dumps(told))
        new.replace(gone)

    workers = NodeWorkers(
        given["pools"],
        given["most"],
        given["name"],
        Path.cwd(),
        drain_s=given["drain_s"],
        on_run_gone=on_run_gone,
        modules=given["modules"],
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, workers.drain)
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, lambda: workers.ring(given["pools"]))
    silence = Path(given["silence"])
    condition = Condition(workers, ["api"], "none", lambda: float(silence.read_text()) if silence.exists() else 0.0)
    async with HealthPort(condition.report, 0, "127.0.0.1") as health:
        await workers.run(lambda: sys.stdout.write(f"ready {health.port}\n") and sys.stdout.flush())


if __name__ == "__main__":
    speak("INFO")
    asyncio.run(main(json.loads(sys.argv[1])))
    end_within(1)
