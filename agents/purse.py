"""Asking the model within the budget: the worst case is reserved before each call, the truth booked after it."""

import math
from dataclasses import dataclass

from agents.limits import Stop, Stopped
from domain.case import Case
from domain.conversation import Query, Reply
from domain.errors import AnswerLost, ClusterError
from domain.frozen import Frozen
from domain.ports import Budget, Model

FEWEST_TOKENS = 1_024
_TRIES = 3


class Reservation(Frozen):
    """Money set aside for a call: the budget's name for it, US dollars, and the call they pay for."""

    name: str
    usd: float
    query: Query


@dataclass(frozen=True)
class Purse:
    """The model behind the caps of a case (per attempt and per day, US dollars)."""

    model: Model
    budget: Budget
    case: Case

    async def ask(self, query: Query) -> Reply:
        """One paid call; near a cap its answer may be shorter than asked for.

        Raises `Stopped` (over_budget, or daily_budget where it is the day's cap) when not even 1,024 tokens
        can be paid, and what `Model.ask` raises.
        A call the service refused books nothing; one whose answer was lost, or that was cut off here,
        books its worst case, because it may have been served.
        """
        reservation = await self._reserve(query)
        usd = reservation.usd
        try:
            reply = await self.model.ask(reservation.query)
            usd = reply.spend.cost_usd
        except ClusterError as failed:
            usd = usd if isinstance(failed, AnswerLost) else 0.0
            raise
        finally:
            await self.budget.settle(reservation.name, usd)
        return reply

    @property
    def _account(self) -> str:
        """A new attempt has its own cap."""
        return f"{self.case.id}/{self.case.attempt}"

    async def _reserve(self, query: Query) -> Reservation:
        """Other nodes spend from the same day's cap, so a sum that was free may be gone: try a few times."""
        limits = self.case.limits
        for _ in range(_TRIES):
            usd = self.model.worst_case_usd(query)
            name = await self.budget.reserve(self._account, usd, limits.max_cost_usd, limits.daily_cost_usd)
            if name is not None:
                return Reservation(name=name, usd=usd, query=query)
            query = await self._shorter(query, usd)
        raise Stopped(Stop.DAILY_BUDGET)

    async def _shorter(self, query: Query, usd: float) -> Query:
        limits = self.case.limits
        left = await self.budget.left(self._account, limits.max_cost_usd, limits.daily_cost_usd)
        price = self.model.output_price_usd(query.model)
        before_output = usd - query.max_tokens * price
        tokens = min(int((left - before_output) / price) - 1, query.max_tokens - 1)
        if tokens < FEWEST_TOKENS:
            own = await self.budget.left(self._account, limits.max_cost_usd, math.inf)
            raise Stopped(Stop.OVER_BUDGET if own == left else Stop.DAILY_BUDGET)
        return query.model_copy(update={"max_tokens": tokens})
