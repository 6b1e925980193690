"""A shell that persists from command to command, for any kind of sandbox."""

import asyncio
import time

from adapters.sandbox.bounds import Bounds
from adapters.sandbox.driver import PERSISTENT, encoded
from adapters.sandbox.exchange import exchange
from adapters.sandbox.launch import Launcher
from adapters.sandbox.output import Output
from adapters.sandbox.session import Exited, Session, start_session
from domain.command import CommandResult

_CHARACTERS = 5_000
_GRACE_SECONDS = 2.0
_HINT = (
    " here; to see them, run the command again with `> /tmp/out.txt 2>&1` and print parts of that file, "
    "as with `sed -n 200,300p /tmp/out.txt`"
)


class PersistentShell:
    """Implements the port `Shell`. Output over 10,000 characters is cut to head and tail.

    What a command left in the background goes on and prints into the next command's output, as in a
    terminal; a time-out ends it too. Commands that come at the same time run one after the other.
    """

    def __init__(self, launcher: Launcher, bounds: Bounds) -> None:
        self._launcher = launcher
        self._bounds = bounds
        self._turn = asyncio.Lock()
        self._session: Session | None = None
        self._closed = False

    async def run(self, command: str, timeout_s: float) -> CommandResult:
        """Run it; on time-out everything it started is killed and the shell goes on.

        Raises:
            BadWork: no shell can take the command: it holds NUL or is over 1 MB.
            SandboxUnavailable: the sandbox had to be started afresh and did not start.
        """
        data = encoded(command)
        async with self._turn:
            begun = time.monotonic()
            restarted = self._has_died()
            session = await self._current()
            ending = await exchange(session, data, timeout_s, _GRACE_SECONDS)
            if ending.alive:
                await session.calm()
            else:
                await session.gone()
                restarted = True
                if not self._closed:
                    await self._current()
        return CommandResult(
            exit_code=ending.exit_code,
            output=ending.output,
            seconds=time.monotonic() - begun,
            timed_out=ending.timed_out,
            restarted=restarted,
        )

    async def restart(self) -> None:
        """Start afresh: directory, variables, functions and background processes are gone."""
        async with self._turn:
            await self._end()
            await self._current()

    async def close(self) -> None:
        """Kill the shell and all its children; it can't be used again."""
        self._closed = True
        await self._end()

    async def _end(self) -> None:
        session, self._session = self._session, None
        if session:
            session.kill()
            await session.gone()

    def _has_died(self) -> bool:
        session = self._session
        if session and session.alive:
            while not session.events.empty():
                if isinstance(session.events.get_nowait(), Exited):
                    session.kill()
        return session is not None and not session.alive

    async def _current(self) -> Session:
        if self._closed:
            raise RuntimeError("the shell is closed")
        if not self._session or not self._session.alive:
            self._session = await start_session(self._launcher, PERSISTENT, self._bounds, _output)
        return self._session


def _output() -> Output:
    return Output(_CHARACTERS, _CHARACTERS, _HINT)


async def open_shell(launcher: Launcher, bounds: Bounds) -> PersistentShell:
    """A shell that has started. Raises `SandboxUnavailable`."""
    shell = PersistentShell(launcher, bounds)
    await shell.restart()
    return shell
