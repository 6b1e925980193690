"""The turns of all that use one token of the forge, in the ledger that they share."""

from collections.abc import Callable
from dataclasses import dataclass

from domain.ports import Turns


@dataclass(frozen=True)
class SharedTurns:
    """`key` names the token without showing it; `reads` says whether reading waits for limits that others met.

    Writes have turns, one after the other; a limit is for everything and has no turns.
    """

    turns: Callable[[], Turns]
    key: str
    reads: bool

    async def turn(self, gap_s: float) -> float:
        """Seconds until this caller's turn; with 0 for `gap_s` it only waits for the end of a limit."""
        if gap_s <= 0 and not self.reads:
            return 0.0
        turn = await self.turns().turn(f"{self.key}:writes", gap_s) if gap_s > 0 else 0.0
        return max(turn, await self.turns().turn(f"{self.key}:limit", 0))

    async def hold(self, seconds: float) -> None:
        """A limit was met that holds for so long."""
        await self.turns().hold(f"{self.key}:limit", seconds)
