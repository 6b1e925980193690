"""How fast calls may follow each other, and which failed call is tried again here."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable

from adapters.github.failures import Unannounced, Unreached, Unreadable
from adapters.github.rate_limit import LONGEST_LIMIT_S
from domain.errors import ClusterError, RateLimited, Transient


class Pace:
    """Waits in seconds: `longest_wait_s` bounds all waiting of one call, longer limits are the caller's to wait out.

    Reads are tried `tries` times on transient failures. Writes are repeated only if they did not happen: the request
    never left, or GitHub refused it for its rate. Between two writes lie `between_writes_s` (GitHub's "Best practices
    for using the REST API": pause between mutative requests). One pace may serve several event loops. `turns` gives
    the wait for a write's turn among all machines that use the token, for the seconds between two.
    """

    def __init__(
        self,
        *,
        tries: int = 3,
        longest_wait_s: float = 30.0,
        between_writes_s: float = 1.0,
        pause_s: float = 0.5,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        turns: Callable[[float], Awaitable[float]] | None = None,
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

    async def before_write(self) -> None:
        """Wait for this write's turn."""
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._next_write)
            self._next_write = turn + self._between_writes_s
        if turn > now:
            await self.sleep(turn - now)
        if self._turns and (wait := await self._turns(self._between_writes_s)) > 0:
            await self.sleep(min(wait, self._longest_wait_s))

    def succeeded(self) -> None:
        """A call went through: a limit that held is over."""
        self._unannounced = 0

    def failed(self, failure: ClusterError) -> None:
        """Make a limit that does not say how long it holds grow with each time it is met: 60 s, 120 s, ..."""
        if isinstance(failure, Unannounced):
            failure.retry_after = min(failure.retry_after * 2**self._unannounced, LONGEST_LIMIT_S)
            self._unannounced += 1

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
