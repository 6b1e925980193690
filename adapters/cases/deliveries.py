"""Webhook deliveries in the ledger."""

from datetime import UTC, datetime
from functools import partial
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, delete, exists, func, insert, or_, select, update

from adapters.cases.database import Database
from adapters.cases.tables import DELIVERIES
from domain.delivery import Delivery, PendingDelivery
from domain.errors import CaseError
from domain.secrecy import hidden_in

_LONGEST_VERDICT = 1_000
_STOP = "/stop"


class SqlDeliveries:
    """The port `Deliveries` over the ledger. Many that come in together are stored in one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def receive(self, deliveries: tuple[Delivery, ...]) -> tuple[bool, ...]:
        """Store them durably; for each whether it is new."""
        return await self._database.write(partial(_receive, deliveries=deliveries))

    async def pending(self, limit: int) -> tuple[PendingDelivery, ...]:
        """At most `limit` that are not settled, the first of each issue or pull request; those due first come first.

        Those that stop have a line of their own, and nothing passes them.

        One that this version can't read is settled here, with a verdict that says so.
        """
        first = select(func.min(DELIVERIES.c.number)).where(DELIVERIES.c.verdict.is_(None)).group_by(DELIVERIES.c.about)
        stop = DELIVERIES.alias("stop")
        behind = exists().where(
            stop.c.about == DELIVERIES.c.about + _STOP, stop.c.verdict.is_(None), stop.c.number < DELIVERIES.c.number
        )
        wanted = select(DELIVERIES).where(DELIVERIES.c.number.in_(first), ~behind)
        in_order = wanted.order_by(DELIVERIES.c.due, DELIVERIES.c.number).limit(limit)
        rows = await self._database.read(lambda connection: connection.execute(in_order).all())
        found = []
        for row in rows:
            try:
                found.append(_pending(row))
            except ValidationError:
                await self.done(row.id, "put aside: it is written in a way that this version can't read")
        return tuple(found)

    async def note(self, delivery_id: str, tries: int, due: datetime) -> None:
        """Write down how often it was begun, and when it is due again."""
        change = update(DELIVERIES).where(DELIVERIES.c.id == delivery_id).values(tries=tries, due=due.timestamp())
        await self._database.write(lambda connection: connection.execute(change))

    async def done(self, delivery_id: str, verdict: str, overtaken: str | None = None) -> None:
        """Settle it; one that is settled already keeps its first verdict."""

        def settle(connection: Connection) -> None:
            settled(connection, delivery_id=delivery_id, verdict=verdict)
            if overtaken is not None:
                _overtake(connection, delivery_id, overtaken)

        await self._database.write(settle)

    async def prune(self, before: datetime) -> int:
        """Remove the settled ones that came in before this moment; how many went."""
        old = delete(DELIVERIES).where(DELIVERIES.c.received < before.timestamp(), DELIVERIES.c.verdict.is_not(None))
        return await self._database.write(lambda connection: int(connection.execute(old).rowcount))


def settled(connection: Connection, *, delivery_id: str, verdict: str) -> bool:
    """Settle a delivery within a transaction; whether it was open until now."""
    still_open = (DELIVERIES.c.id == delivery_id, DELIVERIES.c.verdict.is_(None))
    change = update(DELIVERIES).where(*still_open).values(verdict=" ".join(verdict.split())[:_LONGEST_VERDICT])
    return connection.execute(change).rowcount == 1


def _overtake(connection: Connection, delivery_id: str, verdict: str) -> None:
    row = connection.execute(select(DELIVERIES).where(DELIVERIES.c.id == delivery_id)).one_or_none()
    if row is None:
        return
    about = row.about.removesuffix(_STOP)
    earlier = (DELIVERIES.c.about == about, DELIVERIES.c.number < row.number, DELIVERIES.c.verdict.is_(None))
    connection.execute(update(DELIVERIES).where(*earlier).values(verdict=verdict))


def settle_with(connection: Connection, *, delivery_id: str, verdict: str) -> None:
    """Settle the delivery that begins an attempt. Raises `CaseError` if it did so before, or is unknown."""
    if not settled(connection, delivery_id=delivery_id, verdict=verdict):
        raise CaseError(f"the delivery {delivery_id} is settled already: it begins nothing twice")


def _receive(connection: Connection, *, deliveries: tuple[Delivery, ...]) -> tuple[bool, ...]:
    known = or_(
        DELIVERIES.c.id.in_([one.id for one in deliveries]), DELIVERIES.c.digest.in_([one.digest for one in deliveries])
    )
    rows = connection.execute(select(DELIVERIES.c.id, DELIVERIES.c.digest).where(known)).all()
    ids, digests = {row.id for row in rows}, {row.digest for row in rows}
    new, fresh = [], []
    for one in deliveries:
        is_new = one.id not in ids and one.digest not in digests
        new.append(is_new)
        ids.add(one.id)
        digests.add(one.digest)
        if is_new:
            fresh.append(_row(one))
    if fresh:
        connection.execute(insert(DELIVERIES), fresh)
    return tuple(new)


def _row(one: Delivery) -> dict[str, Any]:
    moment = one.received.timestamp()
    return {
        "id": one.id,
        "digest": one.digest,
        "about": f"{one.repository_id}/{one.number}{_STOP if one.stops else ''}",
        "received": moment,
        "due": moment,
        "tries": 0,
        "delivery": hidden_in(one.model_dump(mode="json")),
    }


def _pending(row: Any) -> PendingDelivery:
    due = datetime.fromtimestamp(row.due, UTC)
    return PendingDelivery(delivery=Delivery.model_validate(row.delivery), tries=row.tries, due=due)
