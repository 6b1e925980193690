"""Money: caps hold among processes, amounts are exact, and nothing spent is forgotten."""

import asyncio
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from adapters.cases.budget import SqlBudget
from adapters.cases.database import Database
from adapters.cases.tables import RESERVATIONS
from domain.errors import CaseError

TASK = "task-20261122-001"


@pytest.fixture
def budget(home: Path) -> SqlBudget:
    """The adapter under test."""
    return SqlBudget(Database(home))


async def test_a_run_may_spend_its_cap_and_no_more(budget: SqlBudget) -> None:
    """Ten tenths fit into one dollar exactly; a millionth more does not."""
    assert all([await budget.reserve(TASK, 0.1, 1.0, 50.0) for _ in range(10)])
    assert await budget.reserve(TASK, 0.000001, 1.0, 50.0) is None
    assert await budget.left(TASK, 1.0, 50.0) == 0.0
    assert await budget.reserve(TASK, 0.0, 1.0, 50.0)


async def test_what_is_asked_for_twice_is_reserved_once(budget: SqlBudget) -> None:
    """Who lost the answer asks again under the same name, also when nothing more would be free, or it is settled."""
    assert [await budget.reserve(TASK, 1.0, 1.0, 50.0, "a1") for _ in range(2)] == ["a1", "a1"]
    assert await budget.reserve(TASK, 0.1, 1.0, 50.0, "a2") is None
    await budget.settle("a1", 0.25)
    assert await budget.reserve(TASK, 1.0, 1.0, 50.0, "a1") == "a1"
    assert await budget.left(TASK, 1.0, 50.0) == 0.75


async def test_the_day_s_cap_is_shared_by_all_runs(budget: SqlBudget) -> None:
    """Another run is refused when the day is spent, whatever its own cap says."""
    assert await budget.reserve(TASK, 1.5, 3.0, 2.0)
    assert await budget.left("task-20261122-002", 3.0, 2.0) == 0.5
    assert await budget.reserve("task-20261122-002", 0.6, 3.0, 2.0) is None
    assert await budget.reserve("task-20261122-002", 0.5, 3.0, 2.0)


async def test_yesterday_counts_for_the_run_only(budget: SqlBudget, database: Database) -> None:
    """A run that goes on over midnight keeps its own total; the day starts anew."""
    await budget.reserve(TASK, 2.0, 3.0, 2.0)
    await database.write(lambda connection: connection.execute(update(RESERVATIONS).values(day="20200101")))
    assert await budget.left(TASK, 3.0, 2.0) == 1.0
    assert await budget.left("task-20261122-002", 3.0, 2.0) == 2.0


async def test_settling_gives_the_rest_back(budget: SqlBudget) -> None:
    """What a call did not use can be reserved again."""
    reservation = await budget.reserve(TASK, 1.0, 1.0, 50.0)
    assert reservation
    await budget.settle(reservation, 0.25)
    assert await budget.left(TASK, 1.0, 50.0) == 0.75


async def test_a_cost_above_the_reservation_is_booked_in_full(budget: SqlBudget) -> None:
    """The cap is then passed and nothing is left, but the books are right."""
    reservation = await budget.reserve(TASK, 0.5, 1.0, 50.0)
    assert reservation
    await budget.settle(reservation, 1.5)
    assert await budget.left(TASK, 1.0, 50.0) == 0.0
    assert await budget.left(TASK, 2.0, 50.0) == 0.5


async def test_settling_twice_books_once(budget: SqlBudget) -> None:
    """The same amount again changes nothing; another amount is an error."""
    reservation = await budget.reserve(TASK, 0.5, 1.0, 50.0)
    assert reservation
    await budget.settle(reservation, 0.3)
    await budget.settle(reservation, 0.3)
    with pytest.raises(CaseError, match="settled already"):
        await budget.settle(reservation, 0.2)
    assert await budget.left(TASK, 1.0, 50.0) == 0.7


async def test_an_unknown_reservation_can_t_be_settled(budget: SqlBudget) -> None:
    """A mistaken id is an error, not a gift."""
    with pytest.raises(CaseError, match="no reservation"):
        await budget.settle("nobody", 0.1)


async def test_reservations_round_up_and_costs_round(budget: SqlBudget) -> None:
    """Less than a millionth of a dollar is reserved as one and costs none."""
    reservation = await budget.reserve(TASK, 0.0000001, 0.000001, 50.0)
    assert reservation
    assert await budget.left(TASK, 0.000001, 50.0) == 0.0
    await budget.settle(reservation, 0.0000001)
    assert await budget.left(TASK, 0.000001, 50.0) == 0.000001


@pytest.mark.parametrize("usd", [-0.01, math.nan, math.inf])
async def test_what_is_no_amount_is_refused(budget: SqlBudget, usd: float) -> None:
    """Negative and endless amounts are never booked."""
    with pytest.raises(CaseError, match="no amount of money"):
        await budget.reserve(TASK, usd, 1.0, 50.0)


async def test_a_cap_may_be_endless(budget: SqlBudget) -> None:
    """Infinity means that only the other cap holds."""
    assert await budget.left(TASK, math.inf, 50.0) == 50.0


def test_caps_hold_among_processes(tmp_path: Path, in_processes: Callable[..., list[Any]]) -> None:
    """Eight processes reserve four tenths four times each: three dollars hold seven of them, never eight."""

    def work() -> int:
        async def reserve() -> int:
            budget = SqlBudget(Database(tmp_path / "state"))
            return sum([bool(await budget.reserve(TASK, 0.4, 3.0, 50.0)) for _ in range(4)])

        return asyncio.run(reserve())

    assert sum(in_processes(8, work)) == 7
    assert asyncio.run(SqlBudget(Database(tmp_path / "state")).left(TASK, 3.0, 50.0)) == 0.2
