"""Cases whose pull request is still open as far as the ledger knows."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.sql.expression import FromClause

from adapters.cases.database import Database
from adapters.cases.tables import CASES
from domain.case import CaseFile

_WITH_PULL = ("opened", "updated")


class SqlUnsettled:
    """What the sweep asks the forge about."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def unsettled(self, limit: int) -> tuple[CaseFile, ...]:
        """At most `limit`, newest first; of several cases with one pull request only the newest."""
        wanted = _unsettled().limit(limit)
        rows = await self._database.read(lambda connection: connection.execute(wanted).all())
        return tuple(CaseFile.model_validate(row.file) for row in rows)


def _unsettled() -> Select[Any]:
    """A case that was tried again after a merge can have another pull request than the one that is settled."""
    ours, known = _number(CASES, "result", "pull_request", "number"), _number(CASES, "settled", "pull")
    later = CASES.alias("later")
    newer = or_(
        later.c.day > CASES.c.day,
        and_(later.c.day == CASES.c.day, later.c.number > CASES.c.number),
    )
    same_issue = and_(
        *(later.c[name] == CASES.c[name] for name in ("forge", "repository_id", "issue")),
        later.c.outcome.in_(_WITH_PULL),
        _number(later, "result", "pull_request", "number") == ours,
    )
    open_ones = (CASES.c.outcome.in_(_WITH_PULL), ours.is_not(None), or_(known.is_(None), known != ours))
    wanted = select(CASES.c.file).where(*open_ones, ~exists().where(same_issue, newer))
    return wanted.order_by(CASES.c.day.desc(), CASES.c.number.desc())


def _number(cases: FromClause, *path: str) -> ColumnElement[Any]:
    found: ColumnElement[Any] = cases.c.file[path].as_integer()
    return found
