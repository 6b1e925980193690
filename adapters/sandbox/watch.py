"""Keeps a sandbox within its bounds where the kernel has no cap that works without privileges."""

import asyncio
import time
from collections.abc import Callable
from typing import Literal

from adapters.sandbox.bounds import Bounds
from adapters.sandbox.family import Family
from domain.frozen import Frozen

_EVERY_SECONDS = 0.2
_AT_LEAST_EVERY_SECONDS = 1.0
_SHARE_OF_A_CORE = 0.05


class Exceeded(Frozen):
    """A bound that was passed; `cap` is in bytes, seconds or processes."""

    limit: Literal["time", "memory", "output", "processes"]
    cap: float

    @property
    def note(self) -> str:
        """The line that the output ends with; empty for time, which the result has a field for."""
        return {
            "time": "",
            "memory": f"[killed: all processes together used more than {self.cap / 2**30:,.2g} GiB of memory]\n",
            "output": f"[killed: more than {self.cap / 1e6:,.2g} MB of output]\n",
            "processes": f"[killed: more than {self.cap:,.0f} processes at once]\n",
        }[self.limit]


async def watch(family: Family, bounds: Bounds, exceed: Callable[[Exceeded], None]) -> None:
    """Look every 0.2 s, or every second where so many processes run that looking is dear; never returns."""
    while True:
        begun = time.thread_time()
        usage = family.usage()
        if usage.processes > bounds.processes:
            exceed(Exceeded(limit="processes", cap=bounds.processes))
        elif usage.memory > bounds.memory:
            exceed(Exceeded(limit="memory", cap=bounds.memory))
        pause = max(_EVERY_SECONDS, (time.thread_time() - begun) / _SHARE_OF_A_CORE)
        await asyncio.sleep(min(pause, _AT_LEAST_EVERY_SECONDS))
