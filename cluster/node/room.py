"""The room of one node: how many runs its workers take at once."""

from collections.abc import Callable
from uuid import UUID

import anyio


class Room:
    """How many runs go on at once, over all workers; has what a Prefect worker asks of its limiter.

    A run that went back into the schedule may be offered again before its slot is free. That is no room
    yet; anyio's own limiter would raise, and the worker would end. `on_free` is called when a run has left.
    """

    def __init__(self, most: int, on_free: Callable[[], None] = lambda: None) -> None:
        self._most = most
        self._on_free = on_free
        self._inside: set[UUID] = set()

    @property
    def borrowed_tokens(self) -> int:
        """How many go on now."""
        return len(self._inside)

    @property
    def full(self) -> bool:
        """Whether nobody else can come in now."""
        return len(self._inside) >= self._most

    @property
    def inside(self) -> frozenset[UUID]:
        """Which ones go on now, those that are only about to start included."""
        return frozenset(self._inside)

    def acquire_on_behalf_of_nowait(self, run: UUID) -> None:
        """Let a run in. Raises `anyio.WouldBlock` if there is no room, or if it has not left yet."""
        if run in self._inside or self.full:
            raise anyio.WouldBlock
        self._inside.add(run)

    def release_on_behalf_of(self, run: UUID) -> None:
        """A run has left. Raises `RuntimeError` if it was not inside."""
        if run not in self._inside:
            raise RuntimeError(f"run {run} has left already")
        self._inside.remove(run)
        self._on_free()
