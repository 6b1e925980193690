"""Shares in the ledger: offered, started, done or taken back, each move by one of those who try."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, insert, select, update

from adapters.cases.database import Database
from adapters.cases.holder import this_process
from adapters.cases.slots import free_slots
from adapters.cases.tables import CASES, SHARES
from domain.errors import ShareLost
from domain.frozen import Frozen
from domain.secrecy import hidden, hidden_in
from domain.share import Handed, Part, Recall, Share
from domain.spend import Spend

_QUIET_S = 75.0


class Wanted(Frozen):
    """A part on its way to a pool; `need` is the toolchain that the repository needs."""

    part: Part
    pool: str
    need: str | None = None


class SqlShares:
    """The port `Shares` over the ledger, for the process `holder` or for the calling one.

    For `quiet_s` after it was made nobody's lease counts as ended: nobody could prolong it before.
    """

    def __init__(self, database: Database, holder: str | None = None, quiet_s: float = _QUIET_S) -> None:
        self._database, self._holder = database, holder
        self._quiet_until = time.time() + quiet_s

    def of(self, holder: str) -> "SqlShares":
        """The same for another process."""
        made = SqlShares(self._database, holder)
        made._quiet_until = self._quiet_until
        return made

    @property
    def _me(self) -> str:
        return self._holder or this_process()

    async def free(self, pools: Sequence[str], need: str | None) -> tuple[str, ...]:
        """Those of the pools that have a slot free now."""
        now = time.time()
        return await self._database.read(
            lambda connection: tuple(pool for pool in pools if free_slots(connection, pool, need, now) > 0)
        )

    async def offer(self, task_id: str, attempt: int, wanted: Sequence[Wanted], within_s: float) -> tuple[Share, ...]:
        """A share for each that a slot is free for, to be started within so many seconds; once an attempt."""
        work = partial(_offer, task_id=task_id, attempt=attempt, wanted=wanted, now=time.time(), within_s=within_s)
        return await self._database.write(work)

    async def created(self, share: Share, run_id: str) -> None:
        """The Prefect server has its run."""
        change = update(SHARES).where(_of(share.task_id, share.attempt, share.number)).values(run_id=run_id)
        await self._database.write(lambda connection: connection.execute(change))

    async def gone(self, run_id: str) -> None:
        """The process of a run has ended, however: what it had and did not hand in is nobody's."""
        started = and_(SHARES.c.run_id == run_id, SHARES.c.state == "started")
        await self._database.write(lambda connection: connection.execute(update(SHARES).where(started).values(_FREED)))

    async def look(self, task_id: str, attempt: int, recall: Recall = "late") -> tuple[Share, ...]:
        """The shares of an attempt in their order, after its author has taken back those of `recall`."""
        work = partial(_look, task_id=task_id, attempt=attempt, recall=recall, quiet_until=self._quiet_until)
        return await self._database.write(work)

    async def start(self, task_id: str, attempt: int, number: int, node: str, lease_s: float) -> Share:
        """Begin with it. Raises `ShareLost`: it was taken back, or somebody else has it."""
        at = _of(task_id, attempt, number)
        work = partial(_start, at=at, me=self._me, node=node, lease_s=lease_s, now=time.time())
        share = await self._database.write(work)
        if share is None:
            raise ShareLost(f"part {number} of {task_id} is not to be had any more")
        return share

    async def prove(self, share: Share, lease_s: float, spend: Spend) -> None:
        """Show that it is still ours, and prolong it; what it has cost is written down in any case."""
        work = partial(_prove, share=share, me=self._me, until=time.time() + lease_s, spend=spend)
        if not await self._database.write(work):
            raise _lost(share)

    async def hand_in(self, share: Share, handed: Handed) -> None:
        """It is done. Raises `ShareLost`; handed in twice it is done once."""
        if not await self._database.write(partial(_hand_in, share=share, me=self._me, handed=handed)):
            raise _lost(share)

    async def fail(self, share: Share, reason: str) -> None:
        """Nothing comes of it: its author takes it back. What was taken back before keeps its reason."""
        ours = and_(SHARES.c.state == "started", SHARES.c.holder == self._me)
        change = update(SHARES).where(_at(share), ours | (SHARES.c.state == "done"))
        await self._database.write(lambda connection: connection.execute(change.values(_back(reason))))


_FREED: dict[str, Any] = {"lease_until": 0.0}


def _offer(
    connection: Connection, *, task_id: str, attempt: int, wanted: Sequence[Wanted], now: float, within_s: float
) -> tuple[Share, ...]:
    known = _all(connection, task_id, attempt)
    if known or not _goes_on(connection, task_id, attempt):
        return known
    for one in wanted:
        if free_slots(connection, one.pool, one.need, now) > 0:
            number = len(_all(connection, task_id, attempt)) + 1
            row = {"task_id": task_id, "attempt": attempt, "number": number, "pool": one.pool, "state": "offered"}
            part = hidden_in(one.part.model_dump(mode="json"))
            times = {"offered": now, "start_by": now + within_s, "lease_until": 0.0}
            said = {"part": part, "spend": Spend().model_dump(), "holder": "", "reason": ""}
            connection.execute(insert(SHARES).values(**row, **times, **said))
    return _all(connection, task_id, attempt)


def _look(
    connection: Connection, *, task_id: str, attempt: int, recall: Recall, quiet_until: float
) -> tuple[Share, ...]:
    of = and_(SHARES.c.task_id == task_id, SHARES.c.attempt == attempt)
    offered, started = SHARES.c.state == "offered", SHARES.c.state == "started"
    now = time.time()
    silent = SHARES.c.lease_until <= (now if now > quiet_until else 0.0)
    late = "nobody had begun with it in time"
    moves = [(and_(offered, SHARES.c.start_by < now), late), (and_(started, silent), "its node gave no sign of life")]
    if recall != "late":
        moves.append((offered, "nobody had begun with it when the rest was done"))
    if recall == "all":
        moves.append((started, "it was not done in time"))
    for which, reason in moves:
        connection.execute(update(SHARES).where(of, which).values(_back(reason)))
    return _all(connection, task_id, attempt)


def _start(
    connection: Connection, *, at: ColumnElement[bool], me: str, node: str, lease_s: float, now: float
) -> Share | None:
    row = connection.execute(select(SHARES).where(at)).one_or_none()
    if row is None or not _goes_on(connection, row.task_id, row.attempt):
        return None
    if row.state == "offered" and row.start_by < now:
        connection.execute(update(SHARES).where(at).values(_back("nobody had begun with it in time")))
        return None
    orphaned = row.state == "started" and (row.holder == me or row.lease_until <= now)
    if row.state != "offered" and not orphaned:
        return None
    values = {"state": "started", "holder": me, "node": node, "lease_until": now + lease_s}
    connection.execute(update(SHARES).where(at).values(**values))
    return _share(connection.execute(select(SHARES).where(at)).one())


def _prove(connection: Connection, *, share: Share, me: str, until: float, spend: Spend) -> bool:
    ours = and_(_at(share), SHARES.c.holder == me)
    connection.execute(update(SHARES).where(ours).values(spend=spend.model_dump()))
    if not _goes_on(connection, share.task_id, share.attempt):
        return False
    change = update(SHARES).where(ours, SHARES.c.state == "started").values(lease_until=until)
    return connection.execute(change).rowcount == 1


def _hand_in(connection: Connection, *, share: Share, me: str, handed: Handed) -> bool:
    ours = and_(_at(share), SHARES.c.holder == me, SHARES.c.state.in_(("started", "done")))
    if not _goes_on(connection, share.task_id, share.attempt):
        return False
    values = {"state": "done", "handed": hidden_in(handed.model_dump(mode="json")), "lease_until": 0.0}
    return connection.execute(update(SHARES).where(ours).values(**values)).rowcount == 1


def _goes_on(connection: Connection, task_id: str, attempt: int) -> bool:
    """Whether the attempt is under way."""
    wanted = select(CASES.c.id).where(CASES.c.id == task_id, CASES.c.attempt == attempt, CASES.c.outcome.is_(None))
    return connection.scalar(wanted) is not None


def _all(connection: Connection, task_id: str, attempt: int) -> tuple[Share, ...]:
    of = and_(SHARES.c.task_id == task_id, SHARES.c.attempt == attempt)
    return tuple(_share(row) for row in connection.execute(select(SHARES).where(of).order_by(SHARES.c.number)))


def _share(row: Any) -> Share:
    fields = ("task_id", "attempt", "number", "part", "pool", "state", "node", "run_id", "spend", "handed", "reason")
    found = {name: getattr(row, name) for name in fields}
    return Share.model_validate({**found, "offered": datetime.fromtimestamp(row.offered, UTC)})


def _back(reason: str) -> dict[str, Any]:
    return {"state": "taken_back", "reason": hidden(reason)[:1_000], "lease_until": 0.0}


def _at(share: Share) -> ColumnElement[bool]:
    return _of(share.task_id, share.attempt, share.number)


def _of(task_id: str, attempt: int, number: int) -> ColumnElement[bool]:
    return and_(SHARES.c.task_id == task_id, SHARES.c.attempt == attempt, SHARES.c.number == number)


def _lost(share: Share) -> ShareLost:
    return ShareLost(f"part {share.number} of {share.task_id} was taken back, or its case has ended")
