"""The model, asked only while the issue is ours."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from domain.conversation import Query, Reply
from domain.errors import RateLimited
from domain.ports import Model, Turns

_LONGEST_WAIT_S = 60.0


@dataclass(frozen=True)
class HeldModel:
    """The port `Model` of a case or of a part of it: who slept through its lease finds out before paying for anything.

    `prove` shows that the work is ours, or raises.
    """

    model: Model
    prove: Callable[[], Awaitable[None]]
    turns: Turns
    account: str

    async def ask(self, query: Query) -> Reply:
        """One call. Raises `ClaimLost` or `ShareLost`, and what the model raises."""
        await self.prove()
        if (wait := await self.turns.turn(self.account, 0)) > 0:
            await self._rest(wait)
        return await self.model.ask(query)

    async def _rest(self, wait: float) -> None:
        """Another machine was asked to wait: so are we. Raises `RateLimited` for more than a slot may be held for."""
        if wait > _LONGEST_WAIT_S:
            raise RateLimited("the model's rate limit, met by another run, is not over", retry_after=wait)
        await asyncio.sleep(wait)

    def worst_case_usd(self, query: Query) -> float:
        """The model's own figure."""
        return self.model.worst_case_usd(query)

    def output_price_usd(self, model: str) -> float:
        """The model's own figure."""
        return self.model.output_price_usd(model)
