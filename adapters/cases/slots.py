"""How many slots of a pool are free at this moment, as one transaction of the ledger sees it."""

from collections import Counter
from typing import Any

from sqlalchemy import Connection, and_, select

from adapters.cases.tables import CASES, NODES, RUNS, SHARES
from domain.node import NodeCard

_LIVES_S = 45.0


def free_slots(connection: Connection, pool: str, need: str | None, now: float) -> int:
    """What a share could be started on at once, on nodes with the toolchain that it needs; never less than 0.

    A node says only now and then how much it works on, so what the ledger knows to be there counts too. What waits
    for these nodes, in any of their pools, goes first.
    """
    alive = _alive(connection, now)
    nodes = [card for row in alive if (card := _fits(row, pool, need))]
    said, busy = {row.id: int(row.running) for row in alive}, _busy(connection)
    free = sum(max(card.max_tasks - max(said[card.id], busy[card.id]), 0) for card in nodes)
    pools = {one for card in nodes for one in card.pools}
    taken = _waiting(connection, pools) + _offered(connection, pools, now)
    return max(free - taken, 0)


def _alive(connection: Connection, now: float) -> list[Any]:
    wanted = select(NODES).where(NODES.c.seen > now - _LIVES_S, NODES.c.draining == 0)
    return list(connection.execute(wanted))


def _fits(row: Any, pool: str, need: str | None) -> NodeCard | None:
    card = NodeCard.model_validate(row.card)
    able = need is None or need in card.capabilities.toolchains
    return card if able and pool in card.pools else None


def _busy(connection: Connection) -> Counter[str]:
    cases = select(CASES.c.file["node"].as_string()).where(CASES.c.status == "running")
    shares = select(SHARES.c.node).where(SHARES.c.state == "started")
    return Counter(node for wanted in (cases, shares) for node in connection.scalars(wanted) if node)


def _waiting(connection: Connection, pools: set[str]) -> int:
    same = and_(RUNS.c.task_id == CASES.c.id, RUNS.c.attempt == CASES.c.attempt)
    wanted = select(CASES.c.id, RUNS.c.pool).join(RUNS, same).where(CASES.c.status == "queued")
    newest = {row.id: row.pool for row in connection.execute(wanted.order_by(RUNS.c.number))}
    return sum(pool in pools for pool in newest.values())


def _offered(connection: Connection, pools: set[str], now: float) -> int:
    wanted = select(SHARES.c.pool).where(SHARES.c.state == "offered", SHARES.c.start_by > now)
    return sum(pool in pools for pool in connection.scalars(wanted))
