"""The claim of this process: taken before anything else, kept alive beside the work, proven before each act."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from prefect.runtime import flow_run

from domain import clock
from domain.case import Case, CaseFile
from domain.claim import Claim
from domain.errors import Transient
from domain.ports import Cases
from tasks.blocks import outside

_LEASE_S = 60.0
_RENEW_S = 15.0
_claims: dict[str, Claim] = {}


@asynccontextmanager
async def claimed(case: Case) -> AsyncIterator[CaseFile]:
    """The issue is ours inside, and its case file says that it runs here, unless it has ended meanwhile.

    Raises `ClaimLost` if somebody else works on it.
    """
    desk = await outside()
    claim = await desk.claims.acquire(case, _LEASE_S)
    _claims[case.id] = claim
    renewing = asyncio.ensure_future(_renew(case.id))
    try:
        yield await _begun(desk.cases, case.id, desk.settings.node_id or socket.gethostname())
    finally:
        renewing.cancel()
        del _claims[case.id]
        await desk.claims.release(claim)


async def _begun(cases: Cases, task_id: str, node: str) -> CaseFile:
    file = await cases.read(task_id)
    if file.ended:
        return file
    now = clock.now()
    changes = {
        "status": "running",
        "started": file.started or now,
        "updated": now,
        "flow_run_id": str(flow_run.id) if flow_run.id else None,
        "node": node,
        "failure": None,
        "wait": None,
        "idle_s": file.idle_s + (now - file.updated).total_seconds() if file.started else 0.0,
    }
    file = file.model_copy(update=changes)
    await cases.write(file)
    return file


async def prove(task_id: str) -> None:
    """Show that the issue is still ours. Raises `ClaimLost`: stop without a trace."""
    if claim := _claims.get(task_id):
        await (await outside()).claims.prove(claim, _LEASE_S)


async def _renew(task_id: str) -> None:
    """Until the claim is gone; the next act finds that out for itself."""
    while True:
        await asyncio.sleep(_RENEW_S)
        with suppress(Transient):
            await prove(task_id)
