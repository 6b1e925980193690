"""How fast calls may follow each other, and which failed call is tried again here."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Protocol

from adapters.github.failures import Unannounced, Unreached, Unreadable
from adapters.github.rate_limit import LONGEST_LIMIT_S
from domain.errors import ClusterError, RateLimited, Transient


class TokenTurns(Protocol):
    """Turns of all machines that use one token, in seconds."""

    async def turn(self, gap_s: float) -> float:
        """Until this caller's turn; the next one comes `gap_s` after it. With 0 it takes none."""
        ...

    async def hold(self, seconds: float) -> None:
        """Nobody's turn comes within the next `seconds`."""
        ...


class Pace:
    """Waits in seconds: `longest_wait_s` bounds all waiting of one call, longer limits are the caller's to wait out.

    Reads are tried `tries` times on transient failures. Writes are repeated only if they did not happen: the request
    never left, or GitHub refused it for its rate. Between two writes lie `between_writes_s` (GitHub's "Best practices
    for using the REST API": pause between mutative requests). One pace may serve several event loops. `turns` are
    those of all machines that use the token: a limit that one of them meets is kept by all.
    """

    def __init__(
        self,
        *,
        tries: int = 3,
        longest_wait_s: float = 30.0,
        between_writes_s: float = 1.0,
        pause_s: float = 0.5,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        turns: TokenTurns | None = None,
    ) -> None:
        self._turns = turns
        self.sleep = sleep
        self._tries = tries
        self._longest_wait_s = longest_wait_s
        self._between_writes_s = between_writes_s
        self._pause_s = pause_s
        self._lock = threading.Lock()
        self._next_write = 0.0
        self._unannounced = 0

    async def before_call(self, *, write: bool) -> None:
        """Wait for a write's turn, and for the end of a limit that somebody has met.

        Raises `RateLimited` where that takes longer than a call may wait.
        """
        if write:
            await self._between_own_writes()
        if self._turns is None:
            return
        wait = await self._turns.turn(self._between_writes_s if write else 0.0)
        if wait > self._longest_wait_s:
            raise RateLimited("GitHub's rate limit, met by another run, is not over", retry_after=wait)
        if wait > 0:
            await self.sleep(wait)

    async def _between_own_writes(self) -> None:
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._next_write)
            self._next_write = turn + self._between_writes_s
        if turn > now:
            await self.sleep(turn - now)

    def succeeded(self) -> None:
        """A call went through: a limit that held is over."""
        self._unannounced = 0

    async def failed(self, failure: ClusterError) -> None:
        """Tell the others of a limit; one that does not say how long it holds grows each time: 60 s, 120 s, ..."""
        if isinstance(failure, Unannounced):
            failure.retry_after = min(failure.retry_after * 2**self._unannounced, LONGEST_LIMIT_S)
            self._unannounced += 1
        if self._turns and isinstance(failure, RateLimited):
            with suppress(Transient):  # the coordinator is away: each finds out for itself
                await self._turns.hold(failure.retry_after)

    def again_in_s(self, failure: ClusterError, *, attempt: int, waited_s: float, write: bool) -> float | None:
        """Seconds until the call is tried again, or None if it is not; `attempt` counts from 1."""
        if attempt >= self._tries or not isinstance(failure, Transient) or isinstance(failure, Unreadable):
            return None
        if isinstance(failure, RateLimited):
            wait = failure.retry_after
        elif write and not isinstance(failure, Unreached):
            return None
        else:
            wait = self._pause_s * 4 ** (attempt - 1)
        return wait if waited_s + wait <= self._longest_wait_s else None
