"""Money, reserved before it is spent, in whole millionths of a US dollar."""

import math
import uuid
from datetime import UTC, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, ScalarSelect, func, insert, or_, select, update

from adapters.cases.database import Database
from adapters.cases.tables import RESERVATIONS
from domain.errors import CaseError

_MICRO = 1_000_000
_NO_CAP = 10**15


class SqlBudget:
    """The port `Budget` over the ledger, shared by all who use it.

    A reservation that is never settled stays booked in full: its call may have been paid.
    The day is the UTC day on which the reservation was made.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def reserve(
        self, task_id: str, usd: float, run_cap: float, daily_cap: float, name: str | None = None
    ) -> str | None:
        """Reserve US dollars, rounded up; None if the task or the day would pass its cap.

        Who may have to ask again after a lost answer gives a `name`: what has it already is the answer.

        Raises:
            CaseError: the amount is negative or not a number.
        """
        reserved = _micro(usd, ROUND_CEILING)
        row = {"id": name or uuid.uuid4().hex, "task_id": task_id, "day": _today(), "reserved": reserved}
        return await self._database.write(partial(_reserve, row=row, run_cap=run_cap, daily_cap=daily_cap))

    async def settle(self, reservation: str, usd: float) -> None:
        """Book what the call really cost, in full even above the reservation; the same again changes nothing.

        Raises:
            CaseError: no such reservation, or it is settled with another amount.
        """
        await self._database.write(partial(_settle, reservation=reservation, amount=_micro(usd, ROUND_HALF_UP)))

    async def left(self, task_id: str, run_cap: float, daily_cap: float) -> float:
        """US dollars that may still be reserved for the task today, never below zero."""
        found = await self._database.read(
            partial(_left, task_id=task_id, day=_today(), run_cap=run_cap, daily_cap=daily_cap)
        )
        return found / _MICRO


def _reserve(connection: Connection, *, row: dict[str, Any], run_cap: float, daily_cap: float) -> str | None:
    reservation = str(row["id"])
    if connection.scalar(select(func.count()).where(RESERVATIONS.c.id == reservation)):
        return reservation
    left = _left(connection, task_id=row["task_id"], day=row["day"], run_cap=run_cap, daily_cap=daily_cap)
    if row["reserved"] > left:
        return None
    connection.execute(insert(RESERVATIONS).values(row))
    return reservation


def _settle(connection: Connection, *, reservation: str, amount: int) -> None:
    ours = RESERVATIONS.c.id == reservation
    unsettled = or_(RESERVATIONS.c.settled.is_(None), RESERVATIONS.c.settled == amount)
    if connection.execute(update(RESERVATIONS).where(ours, unsettled).values(settled=amount)).rowcount == 1:
        return
    if connection.scalar(select(func.count()).where(ours)):
        raise CaseError(f"reservation {reservation} is settled already, with another amount")
    raise CaseError(f"no reservation is called {reservation}")


def _left(connection: Connection, *, task_id: str, day: str, run_cap: float, daily_cap: float) -> int:
    accounts = (RESERVATIONS.c.task_id == task_id, RESERVATIONS.c.day == day)
    of_run, of_day = connection.execute(select(*(_booked(which) for which in accounts))).one()
    return max(min(_cap(run_cap) - int(of_run), _cap(daily_cap) - int(of_day)), 0)


def _booked(which: ColumnElement[bool]) -> ScalarSelect[int]:
    each = func.coalesce(RESERVATIONS.c.settled, RESERVATIONS.c.reserved)
    return select(func.coalesce(func.sum(each), 0)).where(which).scalar_subquery()


def _cap(usd: float) -> int:
    return _NO_CAP if usd == math.inf else _micro(usd, ROUND_FLOOR)


def _micro(usd: float, rounding: str) -> int:
    if not 0 <= usd < math.inf:
        raise CaseError(f"{usd} is no amount of money")
    # Through the shortest decimal text, so that 0.1 is a tenth and not a little more.
    return int((Decimal(repr(float(usd))) * _MICRO).to_integral_value(rounding))


def _today() -> str:
    return f"{datetime.now(UTC):%Y%m%d}"
