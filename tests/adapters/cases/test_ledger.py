"""Case files: numbered without gaps or doubles, replaced whole, never un-ended."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from adapters.cases.database import Database
from adapters.cases.ledger import SqlCases
from adapters.cases.tables import CASES
from domain.case import Case, CaseFile, WorkRequest
from domain.errors import CaseError, UnknownTask
from domain.outcome import Outcome, Result
from domain.routing import Routing, Score
from domain.spend import Spend

Build = Callable[..., Case]


@pytest.fixture
def cases(home: Path) -> SqlCases:
    """The adapter under test."""
    return SqlCases(Database(home))


async def test_a_case_is_read_as_it_was_opened(cases: SqlCases, case: Build, request_: WorkRequest) -> None:
    """Opening gives the day's first id and a queued file; reading gives the same file back."""
    file = await cases.open(case(), request_)
    assert file == CaseFile(case=case(id="task-20261122-001"), updated=file.updated)
    assert await cases.read("task-20261122-001") == file


async def test_numbers_count_within_the_utc_day(cases: SqlCases, case: Build, request_: WorkRequest) -> None:
    """The day is UTC's wherever the case was created; the next day starts anew."""
    tokyo = datetime(2026, 11, 23, 8, tzinfo=timezone(timedelta(hours=9)))
    moments = [case().created, tokyo, datetime(2026, 11, 23, tzinfo=UTC)]
    opened = [await cases.open(case(created=moment), request_) for moment in moments]
    assert [file.case.id for file in opened] == ["task-20261122-001", "task-20261122-002", "task-20261123-001"]


async def test_the_thousandth_case_has_four_digits(
    cases: SqlCases, database: Database, case: Build, request_: WorkRequest
) -> None:
    """Numbers don't wrap, and the newest stays the newest."""
    await cases.open(case(), request_)
    await database.write(lambda connection: connection.execute(update(CASES).values(number=999)))
    assert (await cases.open(case(), request_)).case.id == "task-20261122-1000"
    assert [file.case.id for file in await cases.recent(5)] == ["task-20261122-1000", "task-20261122-001"]


def test_processes_that_open_at_once_get_different_numbers(
    case: Build, request_: WorkRequest, tmp_path: Path, in_processes: Callable[..., list[Any]]
) -> None:
    """Twenty processes on a ledger that none of them has made yet: twenty ids, no gap."""

    def work() -> str:
        opened = asyncio.run(SqlCases(Database(tmp_path / "state")).open(case(), request_))
        return opened.case.id

    ids = in_processes(20, work)
    assert sorted(ids) == [f"task-20261122-{number:03d}" for number in range(1, 21)]


async def test_a_file_is_replaced_whole(cases: SqlCases, case: Build, request_: WorkRequest) -> None:
    """Everything that a case file can hold comes back equal."""
    file = await cases.open(case(), request_)
    routing = Routing(primary="backend", secondary=("database",), scores=(Score(agent="a", score=0.5, reasons=("x",)),))
    result = Result(
        task_id=file.case.id,
        flow_run_id=None,
        repo="acme/shop",
        issue=7,
        outcome=Outcome.BLOCKED,
        reason="日本",
        attempt=1,
        spend=Spend(cost_usd=0.123456789, calls=3),
    )
    newer = file.model_copy(
        update={
            "status": "refused",
            "step": "report",
            "spend": result.spend,
            "routing": routing,
            "comment_id": 2**40,
            "outcome": Outcome.BLOCKED,
            "result": result,
            "updated": datetime(2026, 11, 22, 13, 0, 0, 123456, tzinfo=UTC),
        }
    )
    await cases.write(newer)
    assert await cases.read(file.case.id) == newer


async def test_cases_of_an_issue_come_newest_first(cases: SqlCases, case: Build, request_: WorkRequest) -> None:
    """Forge, repository and number must all be the same."""
    opened = [await cases.open(case(number), request_) for number in (7, 8, 7)]
    await cases.open(case(7, forge="https://git.example"), request_)
    repository = opened[0].case.repository.id
    assert await cases.of_issue("https://github.com", repository, 7) == (opened[2], opened[0])
    assert await cases.of_issue("https://github.com", 1, 7) == ()


async def test_recent_is_bounded(cases: SqlCases, case: Build, request_: WorkRequest) -> None:
    """The newest first, as many as asked for."""
    opened = [await cases.open(case(number), request_) for number in (1, 2, 3)]
    assert await cases.recent(2) == (opened[2], opened[1])
    assert await cases.recent(0) == ()


async def test_an_unknown_task_is_named(cases: SqlCases, case: Build) -> None:
    """Neither read nor written."""
    with pytest.raises(UnknownTask, match="task-20261122-404"):
        await cases.read("task-20261122-404")
    with pytest.raises(UnknownTask, match="task-20261122-404"):
        await cases.write(CaseFile(case=case(id="task-20261122-404"), updated=case().created))


async def test_an_ended_attempt_stays_ended(cases: SqlCases, case: Build, request_: WorkRequest) -> None:
    """Its file may still be completed; only a newer attempt is without an outcome again, and the older is over."""
    file = await cases.open(case(), request_)
    ended = file.model_copy(update={"outcome": Outcome.FAILED, "status": "failed"})
    await cases.write(ended)
    with pytest.raises(CaseError, match="has ended: failed"):
        await cases.write(file)
    await cases.write(ended.model_copy(update={"comment_id": 5}))
    second = file.model_copy(update={"case": file.case.model_copy(update={"attempt": 2})})
    await cases.write(second)
    assert await cases.read(file.case.id) == second
    with pytest.raises(CaseError, match="attempt 2 has begun"):
        await cases.write(ended)


async def test_a_file_of_a_newer_version_is_not_guessed_at(
    cases: SqlCases, database: Database, case: Build, request_: WorkRequest
) -> None:
    """A field that this version does not know is an error with a remedy."""
    file = await cases.open(case(), request_)
    stored = file.model_dump(mode="json") | {"colour": "red"}
    await database.write(lambda connection: connection.execute(update(CASES).values(file=stored)))
    with pytest.raises(CaseError, match="update claude-cluster"):
        await cases.read(file.case.id)
