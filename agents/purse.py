"""Asking the model within the budget: the worst case is reserved before each call, the truth booked after it."""

import asyncio
import logging
import math
from dataclasses import dataclass

from agents.limits import Stop, Stopped
from domain.case import Case
from domain.conversation import Query, Reply
from domain.errors import AnswerLost, ClusterError, DiskFull
from domain.frozen import Frozen
from domain.ports import Budget, Model
from domain.spend import Spend

FEWEST_TOKENS = 1_024
_TRIES = 3
_WAITS_S = (1.0, 5.0)  # before an answer that was lost is asked for again
_log = logging.getLogger(__name__)


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
    waits_s: tuple[float, ...] = _WAITS_S

    async def ask(self, query: Query) -> Reply:
        """One answer; near a cap it may be shorter than asked for.

        An answer that was lost is asked for again, each time from money of its own; what the lost ones may
        have cost is in the reply's spend. Raises `Stopped` (over_budget, or daily_budget where it is the day's
        cap) when not even 1,024 tokens can be paid, and what `Model.ask` raises.
        """
        lost = Spend()
        for wait in self.waits_s:
            reservation = await self._reserve(query)
            try:
                return _with(lost, await self._paid(reservation))
            except AnswerLost as failed:
                lost += Spend(cost_usd=reservation.usd, calls=1)
                _log.warning("answer lost: booked_usd=%.4f wait_s=%.1f reason=%s", reservation.usd, wait, failed)
            await asyncio.sleep(wait)
        return _with(lost, await self._paid(await self._reserve(query)))

    async def _paid(self, reservation: Reservation) -> Reply:
        """One call. A refused one books nothing; one that may have been served, or was cut off here, its worst case."""
        usd = reservation.usd
        try:
            reply = await self.model.ask(reservation.query)
            usd = reply.spend.cost_usd
        except ClusterError as failed:
            usd = usd if failed.may_be_paid else 0.0
            raise
        finally:
            await self._settle(reservation, usd)
        return reply

    async def _settle(self, reservation: Reservation, usd: float) -> None:
        """An answer is not lost because there is no room to book it: then its worst case stays booked."""
        try:
            await self.budget.settle(reservation.name, usd)
        except DiskFull as full:
            _log.warning("not settled: booked_usd=%.4f usd=%.4f reason=%s", reservation.usd, usd, full)

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


def _with(lost: Spend, reply: Reply) -> Reply:
    return reply.model_copy(update={"spend": lost + reply.spend}) if lost.calls else reply
