"""How much of a disk a sandbox fills: a look at the whole disk is cheap, and tells when to weigh its folders."""

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Literal

from adapters.sandbox.bounds import Bounds

_BLOCK = 512
_STEP = 16

Weigh = Callable[[], Awaitable[int]]


class Disk:
    """The folders that one sandbox may write to, all on disks that others use as well.

    `weigh` tells how many bytes it holds; without it, that is what we can see in the folders.
    """

    def __init__(self, folders: Iterable[Path], bounds: Bounds, weigh: Weigh | None = None) -> None:
        self._folders = tuple(folders)
        self._weigh = weigh or self._look
        self._cap = self._room = bounds.disk
        self._free = [_free(folder) for folder in self._folders]
        self._floors = [min(bounds.spare, free // 2) for free in self._free]
        self._grown = 0

    async def exceeded(self) -> Literal["disk", "full"] | None:
        """`disk`: the folders hold more than they may; `full`: the disk itself runs out, whoever filled it.

        Told once; again only after more has been written, so that there is time to remove something.
        """
        now = [_free(folder) for folder in self._folders]
        self._grown += sum(max(0, before - free) for before, free in zip(self._free, now, strict=True))
        self._free = now
        for index, free in enumerate(now):
            if free < self._floors[index]:
                self._floors[index] = free // 2
                return "full"
        if self._grown < self._room:
            return None
        held = await self._weigh()
        self._grown = 0
        self._room = max(self._cap - held, self._cap // _STEP)
        return "disk" if held > self._cap else None

    async def _look(self) -> int:
        return await asyncio.to_thread(lambda: sum(_size(folder) for folder in self._folders))


def _free(folder: Path) -> int:
    try:
        found = os.statvfs(folder)
    except OSError:
        return 0
    return found.f_bavail * found.f_frsize


def _size(folder: Path) -> int:
    """What all files below take on the disk; each counts once, and links are not followed."""
    total = 0
    linked: set[int] = set()
    pending = [str(folder)]
    while pending:
        with contextlib.suppress(OSError), os.scandir(pending.pop()) as entries:
            for entry in entries:
                found = entry.stat(follow_symlinks=False)
                if entry.is_dir(follow_symlinks=False):
                    pending.append(entry.path)
                elif found.st_nlink == 1 or found.st_ino not in linked:
                    total += found.st_blocks * _BLOCK
                    linked.add(found.st_ino)
    return total
