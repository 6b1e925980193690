"""Turns in the ledger: what all of a cluster may do only so often, one after the other."""

import time
from functools import partial

from sqlalchemy import Connection, insert, select, update

from adapters.cases.database import Database
from adapters.cases.tables import TURNS


class SqlTurns:
    """The port `Turns` over the ledger, by the clock of the machine that it is on."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def turn(self, key: str, gap_s: float) -> float:
        """Seconds until this caller's turn; the next one comes `gap_s` after it."""
        now = time.time()
        if gap_s <= 0:
            free = await self._database.read(partial(_free, key=key))
            return max((free or now) - now, 0.0)
        return await self._database.write(partial(_turn, key=key, gap_s=gap_s, now=now))

    async def hold(self, key: str, seconds: float) -> None:
        """Nobody's turn comes within the next `seconds`; a longer hold stays."""
        await self._database.write(partial(_hold, key=key, until=time.time() + seconds))


def _turn(connection: Connection, *, key: str, gap_s: float, now: float) -> float:
    free = _free(connection, key=key)
    turn = max(now, free or 0.0)
    _set(connection, key, turn + gap_s, known=free is not None)
    return turn - now


def _free(connection: Connection, *, key: str) -> float | None:
    found: float | None = connection.scalar(select(TURNS.c.free).where(TURNS.c.key == key))
    return found


def _hold(connection: Connection, *, key: str, until: float) -> None:
    free = _free(connection, key=key)
    if free is None or free < until:
        _set(connection, key, until, known=free is not None)


def _set(connection: Connection, key: str, free: float, *, known: bool) -> None:
    statement = update(TURNS).where(TURNS.c.key == key) if known else insert(TURNS)
    connection.execute(statement.values(key=key, free=free))
