"""Webhook deliveries in the ledger: stored once, settled once, together with the case that they open."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.cases.database import Database
from adapters.cases.deliveries import SqlDeliveries
from adapters.cases.ledger import SqlCases
from domain.case import Case, WorkRequest
from domain.delivery import Actor, Delivery
from domain.errors import CaseError

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def one(which: int = 1, **changes: Any) -> Delivery:
    """A delivery; every field can be named."""
    fields: dict[str, Any] = {
        "id": f"d-{which}", "digest": f"{which:064d}", "event": "issues", "action": "labeled", "repo": "acme/shop",
        "repository_id": 4_000_000_001, "number": which, "actor": Actor(login="ann"), "title": "T",
        "body": "\x00 😀 直して", "label": "claude", "moment": NOON, "received": NOON,
    }  # fmt: skip
    return Delivery(**(fields | changes))


@pytest.fixture
def deliveries(database: Database) -> SqlDeliveries:
    """The port."""
    return SqlDeliveries(database)


async def waiting(deliveries: SqlDeliveries) -> list[str]:
    """The ids of those that are not settled."""
    return [pending.delivery.id for pending in await deliveries.pending(100)]


async def test_a_delivery_is_stored_as_it_was(deliveries: SqlDeliveries) -> None:
    """Nothing of it changes on the way to the disk and back."""
    assert await deliveries.receive((one(),)) == (True,)
    (pending,) = await deliveries.pending(10)
    assert (pending.delivery, pending.tries, pending.due) == (one(), 0, NOON)


async def test_what_was_delivered_before_is_not_new(deliveries: SqlDeliveries) -> None:
    """Neither the id again, nor the same signed bytes under another id; within one batch too, and once settled."""
    assert await deliveries.receive((one(1), one(1), one(2, digest=one(1).digest), one(3))) == (
        True,
        False,
        False,
        True,
    )
    await deliveries.done("d-1", "started")
    assert await deliveries.receive((one(1), one(4, digest=one(1).digest))) == (False, False)
    assert await waiting(deliveries) == ["d-3"]


async def test_they_wait_in_the_order_in_which_they_came(deliveries: SqlDeliveries) -> None:
    """Of one issue the next is seen when the one before is settled; what waits for later holds up no other issue."""
    await deliveries.receive((one(9), one(3), one(4, number=9)))
    await deliveries.receive((one(5),))
    assert await waiting(deliveries) == ["d-9", "d-3", "d-5"]
    assert [pending.delivery.id for pending in await deliveries.pending(1)] == ["d-9"]
    await deliveries.note("d-9", 1, NOON + timedelta(hours=1))
    assert await waiting(deliveries) == ["d-3", "d-5", "d-9"]
    assert [pending.delivery.id for pending in await deliveries.pending(1)] == ["d-3"]
    await deliveries.done("d-9", "done")
    assert await waiting(deliveries) == ["d-3", "d-4", "d-5"]


async def test_tries_and_the_next_time_are_kept(deliveries: SqlDeliveries) -> None:
    """A restart must know them."""
    await deliveries.receive((one(),))
    await deliveries.note("d-1", 3, NOON + timedelta(hours=1))
    (pending,) = await deliveries.pending(10)
    assert (pending.tries, pending.due) == (3, NOON + timedelta(hours=1))


async def test_the_case_and_its_delivery_are_one_transaction(
    deliveries: SqlDeliveries, database: Database, case: Callable[..., Case], request_: WorkRequest
) -> None:
    """A case settles the delivery that opens it, and no delivery opens a second one."""
    await deliveries.receive((one(),))
    cases = SqlCases(database)
    file = await cases.open(case(), request_, "d-1")
    assert await waiting(deliveries) == []
    for settled_or_unknown in ("d-1", "d-2"):
        with pytest.raises(CaseError, match="settled already"):
            await cases.open(case(), request_, settled_or_unknown)
    assert await cases.recent(10) == (file,)


async def test_a_new_attempt_and_its_delivery_are_one_transaction(
    deliveries: SqlDeliveries, database: Database, case: Callable[..., Case], request_: WorkRequest
) -> None:
    """A delivery that was settled before begins no attempt."""
    await deliveries.receive((one(),))
    cases = SqlCases(database)
    file = await cases.open(case(), request_)
    again = file.model_copy(update={"case": file.case.model_copy(update={"attempt": 2})})
    await cases.write(again, "d-1")
    assert await waiting(deliveries) == []
    third = file.model_copy(update={"case": file.case.model_copy(update={"attempt": 3})})
    with pytest.raises(CaseError, match="settled already"):
        await cases.write(third, "d-1")
    assert await cases.read(file.case.id) == again


async def test_the_first_verdict_stands(deliveries: SqlDeliveries, database: Database) -> None:
    """Settling twice is no error and changes nothing; a verdict is one line that fits its column."""
    await deliveries.receive((one(1), one(2)))
    await deliveries.done("d-1", "one\nline")
    await deliveries.done("d-1", "another")
    await deliveries.done("d-2", "x" * 2_000)
    rows = await database.read(
        lambda connection: connection.exec_driver_sql("select verdict from deliveries order by number").all()
    )
    assert [row.verdict for row in rows] == ["one line", "x" * 1_000]


async def test_old_settled_ones_go(deliveries: SqlDeliveries) -> None:
    """What is not settled stays, however old it is."""
    old = NOON - timedelta(days=31)
    await deliveries.receive((one(1, received=old), one(2, received=old), one(3)))
    for name in ("d-1", "d-3"):
        await deliveries.done(name, "done")
    assert await deliveries.prune(NOON - timedelta(days=30)) == 1
    assert await waiting(deliveries) == ["d-2"]
    assert await deliveries.receive((one(3),)) == (False,)


async def test_one_of_another_version_is_put_aside(deliveries: SqlDeliveries, database: Database) -> None:
    """It must not keep the others from being read."""
    await deliveries.receive((one(1), one(2)))
    await database.write(
        lambda connection: connection.exec_driver_sql("update deliveries set delivery = '{}' where id = 'd-1'")
    )
    assert await waiting(deliveries) == ["d-2"]
    assert await deliveries.receive((one(1),)) == (False,)
