"""Keeping the state folder small, and telling people where the work stands."""

from typing import Protocol

from domain.spend import Spend


class Liveness(Protocol):
    """Whether a case's files on this machine are still needed."""

    async def __call__(self, task_id: str, attempt: int | None) -> bool:
        """For an attempt, or (None) for any: somebody works on it, or may go on with it."""
        ...


class Upkeep(Protocol):
    """The state folder's size and age."""

    async def trim(self, live: Liveness) -> int:
        """Remove what is too old or too much, never what a live case needs; how many things went."""
        ...


class Progress(Protocol):
    """Where the work stands, for people who watch."""

    async def __call__(self, action: str, spend: Spend) -> None:
        """The agent's last act in a few words, and what this round cost so far."""
        ...
