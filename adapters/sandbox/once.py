"""One command in a session of its own."""

import time

from adapters.sandbox.bounds import Bounds
from adapters.sandbox.driver import ONCE, encoded
from adapters.sandbox.exchange import exchange
from adapters.sandbox.launch import Launcher
from adapters.sandbox.output import Output
from adapters.sandbox.session import start_session
from domain.command import CommandResult

_CHARACTERS = 20_000


async def run_once(launcher: Launcher, bounds: Bounds, command: str, timeout_s: float) -> CommandResult:
    """Run it and kill all that it left; output over 40,000 characters is cut to head and tail.

    The exit code is bash's own, seen by the kernel: the command can't reach a pipe to forge it.

    Raises:
        BadWork: no shell can take the command: it holds NUL or is over 1 MB.
        SandboxUnavailable: the sandbox did not start. A command that fails raises nothing.
    """
    data = encoded(command)
    begun = time.monotonic()
    session = await start_session(launcher, ONCE, bounds, lambda: Output(_CHARACTERS, _CHARACTERS))
    ending = await exchange(session, data, timeout_s, grace_s=0)
    await session.gone()
    return CommandResult(
        exit_code=ending.exit_code,
        output=ending.output,
        seconds=time.monotonic() - begun,
        timed_out=ending.timed_out,
        network=session.network(),
    )
