"""The log of requests, for asserts."""

import json
import re
import threading
import time
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Entry:
    """One request as it came and the status it got; `status` 0 means that the connection was dropped.

    `whole` is False where the client went away, or was cut off, before its body had come. `at` is when it was
    answered, in seconds of the monotonic clock.
    """

    method: str
    path: str
    query: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    whole: bool = True
    at: float = field(default_factory=time.monotonic)

    def json(self) -> Any:
        """The request's body as JSON. Raises `ValueError` if it is none."""
        return json.loads(self.body)

    def header(self, name: str) -> str:
        """A request header by its name in any case; empty if it was not sent."""
        return next((value for key, value in self.headers if key == name.lower()), "")


class Journal:
    """Every request in the order in which it was answered. Safe to read from another thread."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._lock = threading.Lock()

    def add(self, entry: Entry) -> None:
        """Append one."""
        with self._lock:
            self._entries.append(entry)

    def entries(self, method: str | None = None, path: str = "") -> tuple[Entry, ...]:
        """Those of a method (any by default) whose path contains a match of the regular expression."""
        with self._lock:
            entries = tuple(self._entries)
        return tuple(e for e in entries if method in {None, e.method} and re.search(path, e.path))

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()
