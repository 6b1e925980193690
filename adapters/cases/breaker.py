"""The model's account in the ledger while the service refuses it."""

import time
from functools import partial

from sqlalchemy import Connection, delete, insert, select, update

from adapters.cases.database import Database
from adapters.cases.tables import REFUSED_ACCOUNTS
from domain.errors import AccountPaused

_PAUSE_S = 600.0
_TRIAL_S = 60.0
_LONGEST = 1_000


class SqlBreaker:
    """The port `Breaker` over the ledger, for one `account`.

    For ten minutes after a refusal nobody is admitted, then one run a minute until an answer comes.
    """

    def __init__(self, database: Database, account: str) -> None:
        self._database = database
        self._account = account
        self._works = False

    async def trip(self, reason: str) -> bool:
        """The service refused the account; whether this is news."""
        self._works = False
        next_try = time.time() + _PAUSE_S
        return await self._database.write(
            partial(_trip, account=self._account, reason=reason[:_LONGEST], next_try=next_try)
        )

    async def admit(self) -> None:
        """Let a run begin. Raises `AccountPaused` with the refusal's own words."""
        if paused := await self._database.write(partial(_admit, account=self._account, now=time.time())):
            raise paused

    async def reset(self) -> None:
        """The account works; asked again in the same process this costs nothing."""
        if not self._works:
            await self._database.write(partial(_reset, account=self._account))
            self._works = True


def _trip(connection: Connection, *, account: str, reason: str, next_try: float) -> bool:
    ours = REFUSED_ACCOUNTS.c.account == account
    known = connection.execute(select(REFUSED_ACCOUNTS.c.account).where(ours)).one_or_none()
    statement = update(REFUSED_ACCOUNTS).where(ours) if known else insert(REFUSED_ACCOUNTS)
    connection.execute(statement.values(account=account, reason=reason, next_try=next_try))
    return known is None


def _admit(connection: Connection, *, account: str, now: float) -> AccountPaused | None:
    ours = REFUSED_ACCOUNTS.c.account == account
    row = connection.execute(select(REFUSED_ACCOUNTS).where(ours)).one_or_none()
    if row is None:
        return None
    if row.next_try > now:
        return AccountPaused(row.reason, retry_after=row.next_try - now)
    connection.execute(update(REFUSED_ACCOUNTS).where(ours).values(next_try=now + _TRIAL_S))
    return None


def _reset(connection: Connection, *, account: str) -> None:
    connection.execute(delete(REFUSED_ACCOUNTS).where(REFUSED_ACCOUNTS.c.account == account))
