"""Runs in the ledger, and the cases that are not finished, seen together with them."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, Select, and_, func, insert, or_, select, update

from adapters.cases.database import Database
from adapters.cases.tables import CASES, CLAIMS, RUNS
from domain.run import Cause, RunOrder, Standing

_OPEN = ("queued", "running")
_SETTLED_S = 20.0  # within which whoever opens a case orders its run


class SqlRuns:
    """What the coordinator knows of runs. An order is written before the run exists: no crash loses it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def order(self, task_id: str, attempt: int, cause: Cause, pool: str, queue: str) -> RunOrder:
        """The attempt's next run; a `start` that was ordered already is that one."""
        wanted = {"task_id": task_id, "attempt": attempt, "cause": cause, "pool": pool, "queue": queue}
        return await self._database.write(partial(_order, wanted=wanted))

    async def created(self, order: RunOrder, run_id: str) -> None:
        """The Prefect server has it."""
        change = update(RUNS).where(_of(order)).values(run_id=run_id)
        await self._database.write(lambda connection: connection.execute(change))

    async def newest(self, task_id: str) -> RunOrder | None:
        """The newest run of a task."""
        wanted = select(RUNS).where(RUNS.c.task_id == task_id)
        wanted = wanted.order_by(RUNS.c.attempt.desc(), RUNS.c.number.desc()).limit(1)
        row = await self._database.read(lambda connection: connection.execute(wanted).one_or_none())
        return _run(row) if row else None

    async def task_of(self, run_id: str) -> str | None:
        """The task of a run that we ordered."""
        wanted = select(RUNS.c.task_id).where(RUNS.c.run_id == run_id)
        return await self._database.read(lambda connection: connection.scalar(wanted))

    async def over(self, tasks: Mapping[str, str], before: datetime) -> dict[str, str]:
        """Of these runs, those whose task has ended before then, each with the task.

        A run that we ordered is known by its id; of another, `tasks` says which task it claims to work on.
        """
        ended = and_(CASES.c.outcome.is_not(None), CASES.c.updated < before)
        ordered = select(RUNS.c.run_id, RUNS.c.task_id).where(RUNS.c.run_id.in_(tasks))
        rows = await self._database.read(lambda connection: connection.execute(ordered).all())
        named = {**tasks, **{row.run_id: row.task_id for row in rows}}
        wanted = select(CASES.c.id).where(CASES.c.id.in_(set(named.values())), ended)
        over = await self._database.read(lambda connection: set(connection.scalars(wanted)))
        return {run_id: task_id for run_id, task_id in named.items() if task_id in over}

    async def lost(self, now: float) -> tuple[Standing, ...]:
        """Cases said to be running whose claim holds no more, and queued ones that were never given a run.

        A case that a person made for later (`create-task`) waits for that person.
        """
        expired = and_(CASES.c.status == "running", or_(CLAIMS.c.lease_until.is_(None), CLAIMS.c.lease_until <= now))
        meant = or_(RUNS.c.number.is_not(None), CASES.c.request["requested_by"].as_string() != "cli")
        old = CASES.c.updated < datetime.fromtimestamp(now - _SETTLED_S, UTC)
        orphaned = and_(CASES.c.status == "queued", RUNS.c.run_id.is_(None), meant, old)
        return await self._standings(_standing().where(or_(expired, orphaned)))

    async def unchecked(self, before: float, limit: int) -> tuple[Standing, ...]:
        """At most `limit` queued cases whose run was not looked at since `before`; they count as looked at now."""
        wanted = _standing().where(CASES.c.status == "queued", RUNS.c.run_id.is_not(None), RUNS.c.checked < before)
        found = await self._standings(wanted.order_by(RUNS.c.checked).limit(limit))
        await self._database.write(partial(_looked_at, orders=[one.order for one in found if one.order]))
        return found

    async def vacate(self, task_id: str) -> None:
        """The process that held the task's claim is known to be gone: its lease ends now."""
        now = time.time()
        change = update(CLAIMS).where(CLAIMS.c.task_id == task_id, CLAIMS.c.lease_until > now).values(lease_until=now)
        await self._database.write(lambda connection: connection.execute(change))

    async def _standings(self, wanted: Select[Any]) -> tuple[Standing, ...]:
        rows = await self._database.read(lambda connection: connection.execute(wanted).all())
        return tuple(_stands(row) for row in rows)


def _order(connection: Connection, *, wanted: dict[str, Any]) -> RunOrder:
    attempt = and_(RUNS.c.task_id == wanted["task_id"], RUNS.c.attempt == wanted["attempt"])
    rows = connection.execute(select(RUNS).where(attempt).order_by(RUNS.c.number)).all()
    if rows and (wanted["cause"] == "start" or rows[-1].run_id is None):
        return _run(rows[-1])
    now = time.time()
    connection.execute(insert(RUNS).values(**wanted, number=len(rows), created=now, checked=now))
    return _run(connection.execute(select(RUNS).where(attempt, RUNS.c.number == len(rows))).one())


def _looked_at(connection: Connection, *, orders: list[RunOrder]) -> None:
    for order in orders:
        connection.execute(update(RUNS).where(_of(order)).values(checked=time.time()))


def _standing() -> Select[Any]:
    """Unfinished cases with their newest run, claim, and how often they were recovered."""
    newest = (
        select(RUNS.c.task_id, RUNS.c.attempt, func.max(RUNS.c.number).label("number"))
        .group_by(RUNS.c.task_id, RUNS.c.attempt)
        .subquery()
    )
    again = select(func.count()).where(
        RUNS.c.task_id == CASES.c.id, RUNS.c.attempt == CASES.c.attempt, RUNS.c.cause == "recovery"
    )
    same = and_(newest.c.task_id == CASES.c.id, newest.c.attempt == CASES.c.attempt)
    its = and_(RUNS.c.task_id == newest.c.task_id, RUNS.c.attempt == newest.c.attempt, RUNS.c.number == newest.c.number)
    claim = and_(
        CLAIMS.c.forge == CASES.c.forge,
        CLAIMS.c.repository_id == CASES.c.repository_id,
        CLAIMS.c.issue == CASES.c.issue,
        CLAIMS.c.task_id == CASES.c.id,
    )
    columns = (CASES.c.id, CASES.c.attempt.label("case_attempt"), CASES.c.status, CASES.c.updated, *RUNS.c)
    joined = CASES.outerjoin(newest, same).outerjoin(RUNS, its).outerjoin(CLAIMS, claim)
    recoveries = again.correlate(CASES).scalar_subquery().label("recoveries")
    return select(*columns, CLAIMS.c.lease_until, recoveries).select_from(joined).where(CASES.c.status.in_(_OPEN))


def _stands(row: Any) -> Standing:
    held = row.lease_until or 0.0
    updated = row.updated if row.updated.tzinfo else row.updated.replace(tzinfo=UTC)
    return Standing(
        task_id=row.id,
        attempt=row.case_attempt,
        status=row.status,
        updated=updated,
        order=_run(row) if row.number is not None else None,
        lease_until=datetime.fromtimestamp(held, UTC) if held else None,
        released=held == 0,
        recoveries=row.recoveries,
    )


def _run(row: Any) -> RunOrder:
    fields = {name: getattr(row, name) for name in ("task_id", "attempt", "number", "cause", "pool", "queue", "run_id")}
    return RunOrder(**fields, created=datetime.fromtimestamp(row.created, UTC))


def _of(order: RunOrder) -> Any:
    return and_(RUNS.c.task_id == order.task_id, RUNS.c.attempt == order.attempt, RUNS.c.number == order.number)
