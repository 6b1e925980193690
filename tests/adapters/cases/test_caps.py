"""Whatever calls cost and however they end, no cap is passed: the agent's purse over the real ledger."""

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from adapters.cases.budget import SqlBudget
from adapters.cases.database import Database
from adapters.cases.tables import RESERVATIONS
from agents.limits import Stopped
from agents.purse import FEWEST_TOKENS, Purse
from domain.case import Case, Limits
from domain.conversation import Message, Query, Reply
from domain.errors import AnswerLost, Transient
from domain.issue import Issue
from domain.repository import Repository
from domain.spend import Spend

_MICRO = 1_000_000
_NOW = datetime(2026, 11, 22, tzinfo=UTC)


@dataclass(frozen=True)
class Call:
    """What one call is like: its prompt in US dollars, and which share of its worst case it really costs."""

    prompt_usd: float
    max_tokens: int
    share: float
    fate: Literal["answered", "refused", "lost"]


CALLS = st.builds(
    Call,
    prompt_usd=st.floats(0, 0.3),
    max_tokens=st.integers(FEWEST_TOKENS, 32_000),
    share=st.floats(0, 1),
    fate=st.sampled_from(["answered", "answered", "answered", "refused", "lost"]),
)
CAPS = st.floats(0.01, 1.5)
PRICES = st.floats(1e-7, 4e-5)


@dataclass
class Service:
    """A model that costs what its call says, and looks into the books while it is being asked."""

    books: Database
    call: Call
    price: float
    caps: Limits
    asked: int = 0

    async def ask(self, query: Query) -> Reply:
        """One call under way: its reservation is booked, and all bookings together are within the caps."""
        self.asked += 1
        assert FEWEST_TOKENS <= query.max_tokens <= self.call.max_tokens
        await asyncio.sleep(0)
        await within_caps(self.books, self.caps)
        if self.call.fate == "refused":
            raise Transient("overloaded")
        if self.call.fate == "lost":
            raise AnswerLost("broke off")
        spend = Spend(cost_usd=self.worst_case_usd(query) * self.call.share, calls=1)
        return Reply(message=Message(role="assistant", content=()), stop_reason="end_turn", spend=spend)

    def worst_case_usd(self, query: Query) -> float:
        """Prompt and the longest answer."""
        return self.call.prompt_usd + query.max_tokens * self.price

    def output_price_usd(self, model: str) -> float:
        """A token's."""
        return self.price


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(price=PRICES, run_cap=CAPS, daily_cap=CAPS, runs=st.lists(st.lists(CALLS, max_size=6), min_size=1, max_size=3))
def test_no_cap_is_ever_passed(price: float, run_cap: float, daily_cap: float, runs: list[list[Call]]) -> None:
    """Runs at the same time share the day; at no moment do reservations and costs exceed a cap by a millionth."""
    with tempfile.TemporaryDirectory() as folder:
        limits = Limits(max_cost_usd=run_cap, daily_cost_usd=daily_cap)
        asyncio.run(_play(Path(folder), limits, price, runs))


async def _play(home: Path, limits: Limits, price: float, runs: Sequence[Sequence[Call]]) -> None:
    budget, books = SqlBudget(Database(home)), Database(home, None)
    await asyncio.gather(*(_run(number, calls, limits, price, budget, books) for number, calls in enumerate(runs, 1)))
    await within_caps(books, limits)
    unsettled = select(func.count()).where(RESERVATIONS.c.settled.is_(None))
    assert await books.read(lambda connection: connection.scalar(unsettled)) == 0


async def _run(
    number: int, calls: Sequence[Call], limits: Limits, price: float, budget: SqlBudget, books: Database
) -> None:
    for call in calls:
        service = Service(books, call, price, limits)
        query = Query(model="m", system="s", messages=(), max_tokens=call.max_tokens)
        try:
            await Purse(service, budget, _case(number, limits), waits_s=(0.0, 0.0)).ask(query)
        except Stopped:
            assert service.asked == 0 or call.fate == "lost"
        except Transient:
            assert call.fate != "answered"


async def within_caps(books: Database, caps: Limits) -> None:
    """In whole millionths of a dollar, as they are booked: each run, and each day."""
    booked = func.sum(func.coalesce(RESERVATIONS.c.settled, RESERVATIONS.c.reserved))
    for column, cap in ((RESERVATIONS.c.task_id, caps.max_cost_usd), (RESERVATIONS.c.day, caps.daily_cost_usd)):
        wanted = select(column, booked).group_by(column)
        for name, total in await books.read(lambda connection, wanted=wanted: connection.execute(wanted).all()):
            assert total <= cap * _MICRO, f"{name}: {total} of {cap * _MICRO}"


def _case(number: int, limits: Limits) -> Case:
    return Case(
        id=f"task-20261122-{number:03d}",
        forge="forge",
        repository=Repository(name="acme/shop", id=1, default_branch="main", can_push=True),
        issue=Issue(repo="acme/shop", number=number, title="t", body="b"),
        base="main",
        base_sha="0" * 40,
        limits=limits,
        model="m",
        created=_NOW,
    )
