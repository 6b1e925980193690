"""A bash that has been started, as a session needs to know it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from adapters.sandbox.usage import Usage
from domain.frozen import Frozen


class Order(Frozen):
    """What any bash is started with: its driver, and the descriptors of its output, commands and reports."""

    driver: str
    prints: int
    commands: int
    reports: int


class Members(Protocol):
    """The processes of one session."""

    def begun(self) -> None:
        """Bash takes commands: what runs now belongs to the sandbox itself."""
        ...

    def pids(self) -> tuple[int, ...]:
        """Those that we may move and signal."""
        ...

    def usage(self) -> Usage:
        """What all but the first use."""
        ...

    def kill_commands(self) -> None:
        """Kill all but the sandbox's own, once; never waits."""
        ...

    def kill(self) -> None:
        """Kill all; never waits."""
        ...


async def _at_once() -> None:
    """There is nothing to wait for."""


@dataclass(frozen=True)
class Started:
    """`wait` gives bash's exit code, minus n for a death by signal n; `gone` waits until nothing is left of it.

    `calm` waits until what was to be killed has been, so that the next command is not hit.
    `weigh`, if there is one, tells how many bytes it holds on disks better than a look at its folders does.
    """

    family: Members
    wait: Callable[[], Awaitable[int]]
    calm: Callable[[], Awaitable[None]] = _at_once
    gone: Callable[[], Awaitable[None]] = _at_once
    weigh: Callable[[], Awaitable[int]] | None = None
