"""Claims in the ledger: one holder an issue, with a lease and a growing fencing number."""

import time
from functools import partial

from sqlalchemy import ColumnElement, Connection, and_, insert, select, update

from adapters.cases.database import Database
from adapters.cases.holder import lives, this_process, told
from adapters.cases.tables import CLAIMS
from domain.case import Case
from domain.claim import Claim
from domain.errors import ClaimLost


class SqlClaims:
    """The port `Claims` over the ledger, for the process `holder` or for the calling one."""

    def __init__(self, database: Database, holder: str | None = None) -> None:
        self._database = database
        self._holder = holder

    @property
    def _me(self) -> str:
        return self._holder or this_process()

    async def acquire(self, case: Case, lease_s: float) -> Claim:
        """Take the issue for this process; free at once when its holder on this machine is dead.

        Raises:
            ClaimLost: somebody holds it; names the task and the holder.
        """
        return await self._database.write(partial(_take, case=case, me=self._me, lease_s=lease_s))

    async def prove(self, claim: Claim, lease_s: float) -> None:
        """Show that the claim is still ours, and prolong it. Raises `ClaimLost` if it is not."""
        if not await self._database.write(partial(_lease, claim=claim, until=time.time() + lease_s)):
            raise ClaimLost(f"the claim on #{claim.issue} (number {claim.fence}) is gone: another run has it")

    async def release(self, claim: Claim) -> None:
        """Let others have it; the number is kept, so that an older holder never comes back. A lost one is no error."""
        await self._database.write(partial(_lease, claim=claim, until=0))

    async def holder(self, case: Case) -> Claim | None:
        """Who works on the case's issue now, this process excepted; None if nobody does."""
        where = _of(case.forge, case.repository.id, case.issue.number)
        row = await self._database.read(
            lambda connection: connection.execute(select(CLAIMS).where(where)).one_or_none()
        )
        if row is None or row.lease_until <= time.time() or row.holder == self._me or not lives(row.holder):
            return None
        fields = {name: getattr(row, name) for name in Claim.model_fields}
        return Claim(**fields)


def _take(connection: Connection, *, case: Case, me: str, lease_s: float) -> Claim:
    key = (case.forge, case.repository.id, case.issue.number)
    now = time.time()
    row = connection.execute(select(CLAIMS).where(_of(*key))).one_or_none()
    if row and row.lease_until > now and row.holder != me and lives(row.holder):
        raise _held(case.issue.number, row.task_id, row.holder)
    claim = Claim(
        forge=case.forge,
        repository_id=case.repository.id,
        issue=case.issue.number,
        task_id=case.id,
        holder=me,
        fence=row.fence + 1 if row else 1,
    )
    values = {**claim.model_dump(), "lease_until": now + lease_s}
    statement = update(CLAIMS).where(_of(*key)) if row else insert(CLAIMS)
    connection.execute(statement.values(**values))
    return claim


def _lease(connection: Connection, *, claim: Claim, until: float) -> bool:
    """Whether the claim was ours to change."""
    ours = and_(_of(claim.forge, claim.repository_id, claim.issue), CLAIMS.c.fence == claim.fence)
    return connection.execute(update(CLAIMS).where(ours).values(lease_until=until)).rowcount == 1


def _of(forge: str, repository_id: int, issue: int) -> ColumnElement[bool]:
    return and_(CLAIMS.c.forge == forge, CLAIMS.c.repository_id == repository_id, CLAIMS.c.issue == issue)


def _held(issue: int, task_id: str, holder: str) -> ClaimLost:
    return ClaimLost(
        f"issue #{issue} is being worked on already as {task_id} ({told(holder)})",
        f"claude-cluster status --task-id {task_id} shows it",
    )
