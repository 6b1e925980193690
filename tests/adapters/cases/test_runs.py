"""Runs in the ledger: ordered once, found again when they are lost."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.cases.claims import SqlClaims
from adapters.cases.database import Database
from adapters.cases.ledger import SqlCases
from adapters.cases.runs import SqlRuns
from domain.case import Case, CaseFile, WorkRequest
from domain.outcome import Outcome


@pytest.fixture
def database(home: Path) -> Database:
    """One ledger."""
    return Database(home)


@pytest.fixture
async def file(database: Database, case: Callable[..., Case], request_: WorkRequest) -> CaseFile:
    """An open case."""
    return await SqlCases(database).open(case(), request_.model_copy(update={"requested_by": "@alice"}))


async def test_a_start_is_ordered_once(database: Database, file: CaseFile) -> None:
    """However often; what comes after a recovery has a key of its own."""
    runs, task = SqlRuns(database), file.case.id
    first = await runs.order(task, 1, "start", "backend", "default")
    assert await runs.order(task, 1, "start", "docs", "default") == first
    await runs.created(first, "run-0")
    again = await runs.order(task, 1, "recovery", "docs", "default")
    assert (first.key, again.key) == (f"{task}-1-0", f"{task}-1-1")
    newest = await runs.newest(task)
    assert newest == again
    assert await runs.task_of("run-0") == task


async def test_an_order_that_was_never_created_is_not_ordered_twice(database: Database, file: CaseFile) -> None:
    """A crash between the ledger and the Prefect server leaves one order to carry out."""
    runs = SqlRuns(database)
    first = await runs.order(file.case.id, 1, "start", "backend", "default")
    assert await runs.order(file.case.id, 1, "recovery", "docs", "default") == first


async def test_a_case_without_a_run_is_lost_after_a_while(database: Database, file: CaseFile) -> None:
    """A webhook's case whose run a crash prevented; a person's own (`create-task`) is not."""
    runs = SqlRuns(database)
    assert await runs.lost(time.time()) == ()
    (found,) = await runs.lost(time.time() + 60)
    assert (found.task_id, found.order) == (file.case.id, None)


async def test_a_task_made_for_later_waits_for_its_maker(
    database: Database, case: Callable[..., Case], request_: WorkRequest
) -> None:
    """Nobody starts what a person made with create-task."""
    await SqlCases(database).open(case(), request_.model_copy(update={"requested_by": "cli"}))
    assert await SqlRuns(database).lost(time.time() + 600) == ()


async def test_a_running_case_is_lost_when_its_lease_ends(database: Database, file: CaseFile) -> None:
    """Not before; at once when its process is known to be gone."""
    runs, claims = SqlRuns(database), SqlClaims(database, "elsewhere:1:1.00")
    order = await runs.order(file.case.id, 1, "start", "backend", "default")
    await runs.created(order, "run-0")
    await claims.acquire(file.case, 60)
    await SqlCases(database).write(file.model_copy(update={"status": "running"}))
    assert await runs.lost(time.time()) == ()
    (found,) = await runs.lost(time.time() + 61)
    assert (found.task_id, found.released, found.recoveries) == (file.case.id, False, 0)
    await runs.vacate(file.case.id)
    (found,) = await runs.lost(time.time())
    assert found.order is not None
    assert found.order.run_id == "run-0"


async def test_queued_runs_are_looked_at_in_turn(database: Database, file: CaseFile) -> None:
    """Those not looked at for longest come first, and count as looked at then."""
    runs = SqlRuns(database)
    await runs.created(await runs.order(file.case.id, 1, "start", "backend", "default"), "run-0")
    (found,) = await runs.unchecked(time.time() + 1, 10)
    assert found.task_id == file.case.id
    assert await runs.unchecked(time.time() - 1, 10) == ()


async def test_runs_of_a_task_that_is_over(database: Database, file: CaseFile) -> None:
    """Known by our order or by what the run claims; not before its time, and not while the task goes on."""
    runs, cases, task = SqlRuns(database), SqlCases(database), file.case.id
    await runs.created(await runs.order(task, 1, "start", "backend", "default"), "run-0")
    claimed = {"run-0": "task-20990101-001", "run-1": task, "run-2": ""}
    later = datetime.now(UTC) + timedelta(seconds=60)
    assert await runs.over(claimed, later) == {}
    await cases.write(file.model_copy(update={"status": "cancelled", "outcome": Outcome.CANCELLED}))
    assert await runs.over(claimed, datetime.now(UTC) - timedelta(seconds=60)) == {}
    assert await runs.over(claimed, later) == {"run-0": task, "run-1": task}
    assert await runs.over({}, later) == {}
