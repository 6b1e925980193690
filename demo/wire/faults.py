"""Faults on demand: what a server does wrong to the next requests that match."""

import json
import re
import threading
from dataclasses import dataclass, replace
from typing import Any, Literal


@dataclass(frozen=True)
class Fault:
    """What happens to the next `times` requests (None: to all) of a method and path, once `after` of them have passed.

    `path` is a regular expression that is searched for in the path. With a `status` the request is
    answered without being carried out. `drop="before"` cuts the connection without carrying it out,
    `drop="after"` carries it out and loses the answer. `delay_s` (seconds) comes first and may stand alone.
    """

    method: str = "*"
    path: str = ""
    status: int | None = None
    body: Any = None
    headers: tuple[tuple[str, str], ...] = ()
    times: int | None = 1
    after: int = 0
    delay_s: float = 0.0
    drop: Literal["before", "after"] | None = None

    def matches(self, method: str, path: str) -> bool:
        """Whether a request is meant."""
        return self.method in {"*", method} and re.search(self.path, path) is not None

    def content(self) -> bytes:
        """The body of the answer: text as it is, anything else as JSON."""
        if isinstance(self.body, bytes):
            return self.body
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()


class Faults:
    """The faults that are still to come, oldest first. Safe to use from another thread."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Arm one."""
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        """Disarm all."""
        with self._lock:
            self._waiting.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """The fault of this request, if there is one; counts it as used."""
        with self._lock:
            for position, fault in enumerate(self._waiting):
                if not fault.matches(method, path):
                    continue
                if fault.after:
                    self._waiting[position] = replace(fault, after=fault.after - 1)
                    return None
                if fault.times is not None:
                    left = replace(fault, times=fault.times - 1)
                    self._waiting[position : position + 1] = [left] if left.times else []
                return fault
        return None
