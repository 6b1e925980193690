"""The cluster's nodes in the ledger."""

import time
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, insert, select, update

from adapters.cases.database import Database
from adapters.cases.tables import NODES
from domain.errors import UsageError
from domain.node import NodeCard, NodeState

_TAKEN_S = 30.0


class SqlNodes:
    """The port `Nodes` over the ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def join(self, card: NodeCard) -> None:
        """A node joins, or comes back. Raises `UsageError` while another process of that id gives signs of life."""
        await self._database.write(partial(_join, card=card, now=time.time()))

    async def beat(self, node_id: str, start: str, running: int, draining: bool) -> bool:  # noqa: FBT001 - a sign's two facts
        """A sign of life; False if the coordinator does not know this process of the node: it must join again."""
        return await self._database.write(
            partial(_beat, node_id=node_id, start=start, running=running, draining=draining, now=time.time())
        )

    async def leave(self, node_id: str, start: str) -> None:
        """The node has ended; of a process that was followed by another nothing changes."""
        await self._database.write(partial(_leave, node_id=node_id, start=start))

    async def all(self) -> tuple[NodeState, ...]:
        """Every node that has not left, by id."""
        wanted = select(NODES).where(NODES.c.seen > 0).order_by(NODES.c.id)
        rows = await self._database.read(lambda connection: connection.execute(wanted).all())
        return tuple(_state(row) for row in rows)


def _join(connection: Connection, *, card: NodeCard, now: float) -> None:
    ours = NODES.c.id == card.id
    row = connection.execute(select(NODES).where(ours)).one_or_none()
    if row and row.card["start"] != card.start and now - row.seen < _TAKEN_S:
        raise UsageError(
            f"Node registration failed: a node {card.id} is there already (at {row.card['host']})",
            "choose another --node-id, or stop that one; one that has died is forgotten after 30 s",
        )
    values = {"card": card.model_dump(mode="json"), "joined": now, "seen": now, "running": 0, "draining": 0}
    statement = update(NODES).where(ours) if row else insert(NODES)
    connection.execute(statement.values(id=card.id, **values))


def _beat(connection: Connection, *, node_id: str, start: str, running: int, draining: bool, now: float) -> bool:
    if not _is_known(connection, node_id, start):
        return False
    values = {"seen": now, "running": running, "draining": int(draining)}
    connection.execute(update(NODES).where(NODES.c.id == node_id).values(**values))
    return True


def _leave(connection: Connection, *, node_id: str, start: str) -> None:
    if _is_known(connection, node_id, start):
        connection.execute(update(NODES).where(NODES.c.id == node_id).values(seen=0, running=0))


def _is_known(connection: Connection, node_id: str, start: str) -> bool:
    row = connection.execute(select(NODES.c.card).where(NODES.c.id == node_id)).one_or_none()
    return row is not None and row.card["start"] == start


def _state(row: Any) -> NodeState:
    joined, seen = (datetime.fromtimestamp(moment, UTC) for moment in (row.joined, row.seen))
    card = NodeCard.model_validate(row.card)
    return NodeState(card=card, joined=joined, seen=seen, running=row.running, draining=bool(row.draining))
