"""Claims in the ledger: one holder an issue, with a lease and a growing fencing number."""

import os
import socket
import time
from functools import partial
from pathlib import Path

import psutil
from sqlalchemy import ColumnElement, Connection, and_, insert, select, update

from adapters.cases.database import Database
from adapters.cases.tables import CLAIMS
from domain.case import Case
from domain.claim import Claim
from domain.errors import ClaimLost


class SqlClaims:
    """The port `Claims` over the ledger of a state folder (or the database at `url`)."""

    def __init__(self, home: Path, url: str | None = None) -> None:
        self._database = Database(home, url)

    async def acquire(self, case: Case, lease_s: float) -> Claim:
        """Take the issue for this process; free at once when its holder on this machine is dead.

        Raises:
            ClaimLost: somebody holds it; names the task and the holder.
        """
        return await self._database.write(partial(_take, case=case, lease_s=lease_s))

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
        if row is None or row.lease_until <= time.time() or row.holder == _me() or not _alive(row.holder):
            return None
        fields = {name: getattr(row, name) for name in Claim.model_fields}
        return Claim(**fields)


def _take(connection: Connection, *, case: Case, lease_s: float) -> Claim:
    key = (case.forge, case.repository.id, case.issue.number)
    now = time.time()
    row = connection.execute(select(CLAIMS).where(_of(*key))).one_or_none()
    if row and row.lease_until > now and row.holder != _me() and _alive(row.holder):
        raise _held(case.issue.number, row.task_id, row.holder)
    claim = Claim(
        forge=case.forge,
        repository_id=case.repository.id,
        issue=case.issue.number,
        task_id=case.id,
        holder=_me(),
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


def _me() -> str:
    return f"{socket.gethostname()}:{os.getpid()}:{psutil.Process().create_time():.2f}"


def _alive(holder: str) -> bool:
    """Whether a holder lives, as far as this machine can tell: of other machines only the lease speaks."""
    host, pid, start = holder.rsplit(":", 2)
    if host != socket.gethostname():
        return True
    try:
        process = psutil.Process(int(pid))
        # In a container nobody may reap what a killed command leaves behind.
        return f"{process.create_time():.2f}" == start and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _held(issue: int, task_id: str, holder: str) -> ClaimLost:
    host, pid, _ = holder.rsplit(":", 2)
    return ClaimLost(
        f"issue #{issue} is being worked on already as {task_id} (process {pid} on {host})",
        f"claude-cluster status --task-id {task_id} shows it",
    )
