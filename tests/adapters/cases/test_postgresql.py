"""The same ledger on a PostgreSQL server, as the coordinator uses it."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.cases.budget import SqlBudget
from adapters.cases.database import Database
from adapters.cases.deliveries import SqlDeliveries
from adapters.cases.ledger import SqlCases
from adapters.cases.remarks import SqlRemarks
from domain.case import Case, WorkRequest
from domain.delivery import Actor, Delivery
from domain.errors import CaseError, Transient
from domain.outcome import Outcome

TASK = "task-20261122-001"


@pytest.fixture(scope="module")
def url(postgresql: Callable[[], str]) -> str:
    """One database for the tests of this module."""
    return postgresql()


def test_processes_that_open_at_once_get_different_numbers(
    url: str, home: Path, case: Callable[..., Case], request_: WorkRequest, in_processes: Callable[..., list[Any]]
) -> None:
    """Ten processes on a database without a schema: ten ids, no gap, read back as written."""

    def work() -> str:
        return asyncio.run(SqlCases(Database(home, url)).open(case(), request_)).case.id

    assert sorted(in_processes(10, work)) == [f"task-20261122-{number:03d}" for number in range(1, 11)]
    file = asyncio.run(SqlCases(Database(home, url)).read(TASK))
    assert file.case == case(id=TASK)
    assert not home.exists()


def test_a_file_is_replaced_and_stays_ended(url: str, home: Path, case: Callable[..., Case]) -> None:
    """Writing works as it does on SQLite."""

    async def work() -> None:
        cases = SqlCases(Database(home, url))
        file = await cases.read(TASK)
        ended = file.model_copy(update={"outcome": Outcome.FAILED, "status": "failed", "comment_id": 2**40})
        await cases.write(ended)
        assert (await cases.of_issue("https://github.com", 4_000_000_001, 7))[-1] == await cases.read(TASK)
        with pytest.raises(CaseError, match="has ended"):
            await cases.write(file)

    asyncio.run(work())


def test_caps_hold_among_processes(url: str, home: Path, in_processes: Callable[..., list[Any]]) -> None:
    """Six processes reserve four tenths four times each: three dollars hold seven of them, never eight."""

    def work() -> int:
        async def reserve() -> int:
            budget = SqlBudget(Database(home, url))
            return sum([bool(await budget.reserve(TASK, 0.4, 3.0, 50.0)) for _ in range(4)])

        return asyncio.run(reserve())

    assert sum(in_processes(6, work)) == 7
    assert asyncio.run(SqlBudget(Database(home, url)).left(TASK, 3.0, 50.0)) == 0.2


async def test_a_server_out_of_reach_is_transient(home: Path) -> None:
    """A stopped database is worth another try later."""
    with pytest.raises(Transient, match="the ledger"):
        await Database(home, "postgresql+asyncpg://ledger@127.0.0.1:9/postgres").read(lambda _: None)


def test_deliveries_are_stored_once_among_processes(
    url: str, home: Path, case: Callable[..., Case], request_: WorkRequest, in_processes: Callable[..., list[Any]]
) -> None:
    """Four processes are told the same twenty: each is new to one of them, and opens one case."""

    def told(number: int) -> Delivery:
        now = datetime(2026, 11, 22, 12, tzinfo=UTC)
        return Delivery(
            id=f"d-{number}", digest=f"{number:064d}", event="issues", action="labeled", repo="acme/shop",
            repository_id=1, number=number, actor=Actor(login="ann"), body="\x00 😀", moment=now, received=now,
        )  # fmt: skip

    def work() -> int:
        return sum(asyncio.run(SqlDeliveries(Database(home, url)).receive(tuple(told(n) for n in range(20)))))

    assert sum(in_processes(4, work)) == 20

    async def settle() -> list[str]:
        deliveries, cases = SqlDeliveries(Database(home, url)), SqlCases(Database(home, url))
        await cases.open(case(), request_, "d-0")
        with pytest.raises(CaseError, match="settled already"):
            await cases.open(case(), request_, "d-0")
        pending = await deliveries.pending(30)
        assert pending[0].delivery == told(1)
        return [one.delivery.id for one in pending]

    assert asyncio.run(settle()) == [f"d-{number}" for number in range(1, 20)]


def test_remarks_are_heard(url: str, home: Path) -> None:
    """As on SQLite."""

    async def work() -> list[str]:
        remarks = SqlRemarks(Database(home, url))
        for number in (1, 2, 2):
            await remarks.say(TASK, "ann", f"Remark {number}.", f"d-{number}")
        first, *_ = await remarks.take(TASK, 0)
        return [first.text, *(one.text for one in await remarks.take(TASK, first.number))]

    assert asyncio.run(work()) == ["Remark 1.", "Remark 2."]
