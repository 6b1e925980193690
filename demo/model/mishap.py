"""What goes wrong with the rehearsed model on demand."""

import threading
from dataclasses import dataclass, replace
from typing import Literal

Role = Literal["author", "reviewer", "planner", "share"]
Kind = Literal[
    "rate_limit",
    "spend_limit",
    "server_error",
    "overloaded",
    "authentication",
    "billing",
    "permission",
    "refusal",
    "max_tokens",
    "model_context_window_exceeded",
    "pause_turn",
    "broken_stream",
    "empty",
    "unknown_tool",
    "malformed_input",
    "delay",
]


@dataclass(frozen=True)
class Mishap:
    """One kind of mishap for the next `times` requests (None: for all) of a role at a turn (any by default).

    `retry_after` (seconds) goes with a rate limit, `delay_ms` comes before the answer, whatever it is.
    """

    kind: Kind
    times: int | None = 1
    role: Role | None = None
    turn: int | None = None
    retry_after: int | None = None
    delay_ms: int = 0


class Mishaps:
    """Those still to come, oldest first. Safe to use from another thread."""

    def __init__(self) -> None:
        self._waiting: list[Mishap] = []
        self._lock = threading.Lock()

    def add(self, mishap: Mishap) -> None:
        """Arm one."""
        with self._lock:
            self._waiting.append(mishap)

    def clear(self) -> None:
        """Disarm all."""
        with self._lock:
            self._waiting.clear()

    def take(self, role: Role, turn: int) -> Mishap | None:
        """The mishap of a request, if there is one; counts it as used."""
        with self._lock:
            for position, mishap in enumerate(self._waiting):
                if mishap.role not in {None, role} or mishap.turn not in {None, turn}:
                    continue
                if mishap.times is not None:
                    left = replace(mishap, times=mishap.times - 1)
                    self._waiting[position : position + 1] = [left] if left.times else []
                return mishap
        return None
