"""One command in a session: sent, waited for, ended in time."""

import asyncio
import time

from adapters.sandbox.driver import Status
from adapters.sandbox.session import Event, Exited, Session
from adapters.sandbox.watch import Exceeded
from domain.frozen import Frozen

_KILLED = 137
_PASS_SECONDS = 0.05
_FEWEST_PASSES = 20


class Ending(Frozen):
    """How a command ended: `exit_code` is None when the time ran out; `alive` says whether bash still is."""

    exit_code: int | None
    output: str
    alive: bool

    @property
    def timed_out(self) -> bool:
        """Whether the time ran out."""
        return self.exit_code is None


async def exchange(session: Session, command: bytes, timeout_s: float, grace_s: float) -> Ending:
    """Run a command; one that passes a bound is killed, and bash with it if that takes longer than `grace_s`.

    On a machine so busy that few attempts fit into `grace_s`, bash gets more time.
    Being cancelled kills the session and all its processes at once.
    """
    ticket = session.send(command)
    event: Event | None
    try:
        event = await _event_within(session, ticket, timeout_s) or Exceeded(limit="time", cap=timeout_s)
        killed = event if isinstance(event, Exceeded) else None
        if killed:
            event = await _quell(session, ticket, grace_s) if killed.limit != "processes" else None
    except BaseException:
        session.kill()
        raise
    output = session.take()
    if not isinstance(event, Status):
        session.kill()
    code = event.code if isinstance(event, Status | Exited) else _KILLED
    return Ending(
        exit_code=None if killed and killed.limit == "time" else code,
        output=_with_notes(output, [*(f"[{told}]\n" for told in session.refusals()), killed.note if killed else ""]),
        alive=session.alive,
    )


def _with_notes(output: str, notes: list[str]) -> str:
    told = "".join(notes)
    return f"{output}\n{told}" if told and output and not output.endswith("\n") else output + told


async def _event_within(session: Session, ticket: int, seconds: float) -> Event | None:
    try:
        async with asyncio.timeout(seconds):
            while True:
                event = await session.events.get()
                if not isinstance(event, Status) or event.ticket == ticket:
                    return event
    except TimeoutError:
        return None


async def _quell(session: Session, ticket: int, seconds: float) -> Event | None:
    until = time.monotonic() + seconds
    passes = 0
    while seconds and (time.monotonic() < until or passes < _FEWEST_PASSES):
        passes += 1
        session.kill_commands()
        event = await _event_within(session, ticket, _PASS_SECONDS)
        if isinstance(event, Status):
            session.kill_commands()
        if isinstance(event, Status | Exited):
            return event
    return None
