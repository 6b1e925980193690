"""Keeps a sandbox within its bounds where the kernel has no cap that works without privileges."""

import asyncio
import time
from collections.abc import Callable
from typing import Literal

import psutil

from adapters.sandbox.bounds import Bounds
from adapters.sandbox.cgroup import Cgroup
from adapters.sandbox.disk import Disk
from adapters.sandbox.started import Members
from domain.frozen import Frozen

_EVERY_SECONDS = 0.1
_AT_LEAST_EVERY_SECONDS = 1.0
_SHARE_OF_A_CORE = 0.05
_GIB = 2**30

Limit = Literal["time", "memory", "machine", "output", "processes", "disk", "full"]


class Exceeded(Frozen):
    """A bound that was passed; `cap` is in bytes, seconds or processes."""

    limit: Limit
    cap: float

    @property
    def note(self) -> str:
        """The line that the output ends with, what to do included; empty for time: the result has a field for it."""
        amount = f"{self.cap / _GIB:,.2g} GiB"
        return {
            "time": "",
            "memory": f"[killed: all processes together used more than {amount} of memory; do less at once]\n",
            "machine": "[killed: this machine has hardly any memory left; do less at once]\n",
            "output": f"[killed: more than {self.cap / 1e6:,.2g} MB of output; write to a file, print parts of it]\n",
            "processes": f"[killed: more than {self.cap:,.0f} processes and threads at once; start fewer]\n",
            "disk": f"[killed: the files written take more than {amount} on the disk; remove what is not needed]\n",
            "full": "[killed: the disk is nearly full; remove what is not needed]\n",
        }[self.limit]


class Watch:
    """Looks at one sandbox again and again, and says what it has passed."""

    def __init__(self, family: Members, bounds: Bounds, disk: Disk, cgroup: Cgroup | None) -> None:
        self._family, self._bounds, self._disk, self._cgroup = family, bounds, disk, cgroup
        self._floor = min(bounds.spare, psutil.virtual_memory().available // 2)

    async def run(self, exceed: Callable[[Exceeded], None]) -> None:
        """Look every 0.1 s, or every second where so many processes run that looking is dear; never returns."""
        while True:
            begun = time.thread_time()
            limit = self._passed() or await self._disk.exceeded()
            if limit:
                exceed(Exceeded(limit=limit, cap=self._cap(limit)))
            pause = max(_EVERY_SECONDS, (time.thread_time() - begun) / _SHARE_OF_A_CORE)
            await asyncio.sleep(min(pause, _AT_LEAST_EVERY_SECONDS))

    def _passed(self) -> Limit | None:
        refused = self._cgroup.refused() if self._cgroup else None
        if refused:
            return refused
        usage = self._family.usage()
        if usage.processes > self._bounds.processes:
            return "processes"
        if usage.memory > self._bounds.memory:
            return "memory"
        available = psutil.virtual_memory().available
        if available < self._floor:
            self._floor = available // 2
            return "machine"
        return None

    def _cap(self, limit: Limit) -> float:
        caps = {"processes": self._bounds.processes, "memory": self._bounds.memory, "disk": self._bounds.disk}
        return caps.get(limit, self._bounds.spare)
