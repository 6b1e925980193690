"""What people say to running agents, in the ledger."""

from functools import partial

from sqlalchemy import Connection, insert, select

from adapters.cases.database import Database
from adapters.cases.tables import REMARKS
from domain.delivery import Remark
from domain.secrecy import hidden

_LONGEST = 20_000


class SqlRemarks:
    """The port `Remarks` over the ledger. They stay, so that a run that begins anew hears them again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def say(self, task_id: str, author: str, text: str, source: str) -> None:
        """Store at most 20,000 characters; a second time from the same `source` changes nothing."""
        said = {"task_id": task_id, "author": author, "text": hidden(text)[:_LONGEST], "source": source}
        await self._database.write(partial(_say, said=said))

    async def take(self, task_id: str, known: int) -> tuple[Remark, ...]:
        """Those with a higher number than `known`, oldest first."""
        newer = select(REMARKS).where(REMARKS.c.task_id == task_id, REMARKS.c.number > known)
        rows = await self._database.read(lambda connection: connection.execute(newer.order_by(REMARKS.c.number)).all())
        return tuple(Remark(number=row.number, author=row.author, text=row.text) for row in rows)


def _say(connection: Connection, *, said: dict[str, str]) -> None:
    known = select(REMARKS.c.number).where(REMARKS.c.source == said["source"])
    if connection.execute(known).one_or_none() is None:
        connection.execute(insert(REMARKS).values(**said))
