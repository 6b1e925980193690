"""How a session's bash gets going: as a child of ours, unless the launch knows another way."""

import asyncio

from adapters.sandbox.bounds import Bounds
from adapters.sandbox.family import Family
from adapters.sandbox.launch import Launch
from adapters.sandbox.started import Order, Started
from domain.errors import SandboxUnavailable

REMEDY = "see what `claude-cluster setup` says about the sandbox"


def words_of(order: Order, bounds: Bounds, processes: str) -> tuple[str, ...]:
    """Bash's arguments: the driver, and what the driver is to know."""
    numbers = (str(order.commands), str(order.reports), str(bounds.file // 1024), processes)
    return ("--noprofile", "--norc", "-c", order.driver, "bash", *numbers)


async def start_child(launch: Launch, order: Order, bounds: Bounds) -> Started:
    """Start it below us. Raises `SandboxUnavailable`."""
    # The kernel counts a user's processes per user namespace: without one, the machine's would count.
    words = words_of(order, bounds, "unlimited" if launch.mark else str(bounds.kernel_processes))
    try:
        process = await asyncio.create_subprocess_exec(
            *launch.argv,
            *words,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=order.prints,
            stderr=order.prints,
            cwd=launch.folder,
            env=launch.variables,
            pass_fds=(order.commands, order.reports, *launch.fds),
            start_new_session=True,
        )
    except OSError as error:
        raise SandboxUnavailable(f"the sandbox did not start: {error}", REMEDY) from error
    return Started(Family(process.pid, launch.mark), process.wait)
