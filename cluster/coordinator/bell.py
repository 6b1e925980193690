"""Tells nodes at once that a run waits for them, so that they need not ask the Prefect server every second."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress

from domain.node import Rung


class Bell:
    """Rings are numbered from the time of the start on: what was heard of an earlier coordinator is older than all.

    Nothing is kept: a ring that nobody heard is made good by the nodes' own polling.
    """

    def __init__(self) -> None:
        self._last = time.time_ns()
        self._rings: dict[str, int] = {}
        self._changed = asyncio.Event()
        self.closed = False

    def ring(self, pool: str) -> None:
        """A run waits in this pool."""
        self._last += 1
        self._rings[pool] = self._last
        self._wake()

    def close(self) -> None:
        """Let all go who listen: nobody rings any more."""
        self.closed = True
        self._wake()

    async def heard(self, pools: Sequence[str], since: int, seconds: float) -> Rung:
        """What was rung in these pools after `since`; if nothing was, wait up to `seconds` for it."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not self._since(pools, since) and not self.closed:
                    await self._changed.wait()
        return Rung(heard=self._last, pools=self._since(pools, since))

    def _since(self, pools: Sequence[str], since: int) -> tuple[str, ...]:
        return tuple(pool for pool in pools if self._rings.get(pool, 0) > since)

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
