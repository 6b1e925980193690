"""The state folder is capped: what nobody used for long goes, and then the oldest until the rest is small enough."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from adapters.disk.holdings import Holding, holdings, of_cases
from domain.ports import Liveness

_log = logging.getLogger(__name__)
_GONE = ".gone"


@dataclass(frozen=True, slots=True)
class Cap:
    """Bytes that may lie there, and seconds that something may lie there unused.

    What was used in the last `young` seconds stays, for runs of now use it: they take no lock for looking. After
    a look at everything, nobody looks again for `pause` seconds.
    """

    size: int = 20_000_000_000
    age_s: float = 14 * 86_400
    young_s: float = 86_400
    pause_s: float = 3_600


_CAP = Cap()


class CappedState:
    """The port `Upkeep` on a state folder; several processes may call it at once, one of them acts.

    `remove` removes a folder whatever an agent has put into it.
    """

    def __init__(self, home: Path, remove: Callable[[Path], None], cap: Cap = _CAP) -> None:
        self._home = home
        self._remove = remove
        self._cap = cap

    async def trim(self, live: Liveness) -> int:
        """Remove what is too old or too much, oldest first, never what a live case needs; how many went.

        A live case is one that is worked on, or that somebody may resume (see `Liveness`). What is locked by
        somebody is left alone, and so is everything for an hour after the last look.
        """
        stamp = self._home / "upkeep"
        if not _is_older(stamp, self._cap.pause_s):
            return 0
        with _held(stamp.with_suffix(".lock")) as held:
            if not held or not _is_older(stamp, self._cap.pause_s):
                return 0
            stamp.touch()
            return await self._trim(live)

    async def clear(self, live: Liveness) -> int:
        """Remove workspaces and transcripts of cases that are over, whatever their age; how many went.

        For a machine whose cases are finished on others: nobody else would remove them before they are old.
        """
        gone = 0
        for one in await asyncio.to_thread(lambda: list(of_cases(self._home))):
            if not any([await live(owner.task, owner.attempt) for owner in one.owners]):
                gone += await asyncio.to_thread(self._take_away, one)
        return gone

    async def _trim(self, live: Liveness) -> int:
        await asyncio.to_thread(self._finish)
        found = await asyncio.to_thread(lambda: sorted(holdings(self._home), key=lambda one: one.used))
        total = kept = sum(one.size for one in found)
        gone = 0
        async for one in self._removable(found, live):
            too_old = time.time() - one.used > self._cap.age_s
            if (too_old or kept > self._cap.size) and await asyncio.to_thread(self._take_away, one):
                kept -= one.size
                gone += 1
        if gone:
            megabytes = [size // 1_000_000 for size in (total - kept, kept)]
            _log.info("state trimmed folder=%s removed=%d freed_mb=%d left_mb=%d", self._home, gone, *megabytes)
        return gone

    async def _removable(self, found: list[Holding], live: Liveness) -> AsyncIterator[Holding]:
        for one in found:
            in_use = not one.owners and time.time() - one.used < self._cap.young_s
            if not in_use and not any([await live(owner.task, owner.attempt) for owner in one.owners]):
                yield one

    def _finish(self) -> None:
        """Do what an earlier removal began."""
        kinds = ("workspaces/*", "checkpoints/*", "environments/*", "clones/*/*")
        for pattern in (*(f"{kind}{_GONE}" for kind in kinds), "trash/*"):
            for path in self._home.glob(pattern):
                self._remove(path)

    def _take_away(self, one: Holding) -> bool:
        """In one move, so that a crash leaves nothing half; False if somebody has it locked."""
        with _held(one.lock) as held:
            if not held:
                return False
            for mark in one.marks:
                mark.unlink(missing_ok=True)
            gone = one.path.with_name(f"{one.path.name}{_GONE}")
            self._remove(gone)
            try:
                one.path.rename(gone)
            except FileNotFoundError:
                return False
            self._remove(gone)
        return True


@contextmanager
def _held(path: Path | None) -> Iterator[bool]:
    if path is None:
        yield True
        return
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def _is_older(path: Path, seconds: float) -> bool:
    return not path.exists() or time.time() - path.stat().st_mtime > seconds
