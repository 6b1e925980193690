"""Parts that other specialists do, each call carried out by the coordinator."""

from adapters.cases_http.line import Line
from domain.ports import Offers, Shares
from domain.share import Handed, Part, Recall, Share
from domain.spend import Spend


class HttpOffers:
    """The port `Offers`."""

    def __init__(self, line: Line) -> None:
        self._line = line

    async def free(self, task_id: str, specialists: tuple[str, ...]) -> tuple[str, ...]:
        """Those of the specialists for whom a node has a slot free at this moment."""
        return await self._line.call(Offers.free, task_id, specialists)

    async def offer(self, task_id: str, attempt: int, parts: tuple[Part, ...]) -> tuple[Share, ...]:
        """One share with a run for each part that a slot is free for."""
        return await self._line.call(Offers.offer, task_id, attempt, parts)


class HttpShares:
    """The port `Shares`."""

    def __init__(self, line: Line) -> None:
        self._line = line

    async def look(self, task_id: str, attempt: int, recall: Recall = "late") -> tuple[Share, ...]:
        """The shares of an attempt, after its author has taken back those of `recall`."""
        return await self._line.call(Shares.look, task_id, attempt, recall)

    async def start(self, task_id: str, attempt: int, number: int, node: str, lease_s: float) -> Share:
        """Begin with it. Raises `ShareLost`."""
        return await self._line.call(Shares.start, task_id, attempt, number, node, lease_s)

    async def prove(self, share: Share, lease_s: float, spend: Spend) -> None:
        """Show that it is still ours. Raises `ShareLost`."""
        await self._line.call(Shares.prove, share, lease_s, spend)

    async def hand_in(self, share: Share, handed: Handed) -> None:
        """It is done. Raises `ShareLost`."""
        await self._line.call(Shares.hand_in, share, handed)

    async def fail(self, share: Share, reason: str) -> None:
        """Nothing comes of it."""
        await self._line.call(Shares.fail, share, reason)
