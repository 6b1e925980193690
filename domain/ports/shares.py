"""Parts of an issue that other specialists do at the same time, as runs see them."""

from typing import Protocol

from domain.share import Handed, Part, Recall, Share
from domain.spend import Spend


class Offers(Protocol):
    """The coordinator, which knows who has a slot free."""

    async def free(self, task_id: str, specialists: tuple[str, ...]) -> tuple[str, ...]:
        """Those of the specialists for whom a node of the cluster has a slot free at this moment."""
        ...

    async def offer(self, task_id: str, attempt: int, parts: tuple[Part, ...]) -> tuple[Share, ...]:
        """One share with a run for each part that a slot is free for; the others are left out.

        Asked again for the same attempt it gives what was offered then, as it stands.
        """
        ...


class Shares(Protocol):
    """The ledger of shares. Every move is one transaction that only one of two callers gets through."""

    async def look(self, task_id: str, attempt: int, recall: Recall = "late") -> tuple[Share, ...]:
        """The shares of an attempt in their order, after its author has taken back those of `recall`."""
        ...

    async def start(self, task_id: str, attempt: int, number: int, node: str, lease_s: float) -> Share:
        """The calling process begins with it, now or never. Raises `ShareLost`; from then on nobody waits for it."""
        ...

    async def prove(self, share: Share, lease_s: float, spend: Spend) -> None:
        """Show that it is still ours, and prolong it; `spend` is what it has cost, and counts in any case.

        Raises `ShareLost` if it was taken back, or if the case has ended.
        """
        ...

    async def hand_in(self, share: Share, handed: Handed) -> None:
        """It is done. Raises `ShareLost`: then nothing of it is used."""
        ...

    async def fail(self, share: Share, reason: str) -> None:
        """Nothing comes of it, or what came of it can't be used; of one that was taken back nothing changes."""
        ...


class GivenBack(Protocol):
    """How the author of an attempt hears of parts that it has to do itself."""

    async def __call__(self) -> tuple[Share, ...]:
        """Those that were taken back so far; what is late by now is among them."""
        ...
