"""What cases have left on a node that did not finish them."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.cases.database import Database
from adapters.cases.ledger import SqlCases
from cluster.membership.leftovers import Leftovers
from domain.case import Case, CaseFile, WorkRequest
from domain.issue import Issue
from domain.outcome import Outcome
from domain.repository import Repository


async def _case(cases: SqlCases, issue: int, *, minutes: float, outcome: Outcome | None, attempt: int = 1) -> str:
    """A case that was last written so many minutes ago."""
    now = datetime.now(UTC)
    case = Case(
        id="",
        forge="forge.example",
        repository=Repository(name="acme/shop", id=42, default_branch="main", can_push=True),
        issue=Issue(repo="acme/shop", number=issue, title="Totals are wrong", body="They are."),
        base="main",
        base_sha="a" * 40,
        model="a-model",
        created=now,
        attempt=attempt,
    )
    opened = await cases.open(case, WorkRequest(repo="acme/shop", issue=issue, requested_by="api"))
    changes = {"outcome": outcome, "status": "completed" if outcome else "running"}
    file: CaseFile = opened.model_copy(update={**changes, "updated": now - timedelta(minutes=minutes)})
    await cases.write(file)
    return file.case.id


async def test_only_what_nobody_goes_on_with_is_removed(tmp_path: Path) -> None:
    """What is over goes, also of an attempt before this one and of a task that nobody knows; the rest stays.

    Who has just told the outcome removes its own.
    """
    cases, home = SqlCases(Database(tmp_path / "ledger")), tmp_path / "node"
    over = await _case(cases, 1, minutes=2, outcome=Outcome.OPENED)
    just = await _case(cases, 2, minutes=0, outcome=Outcome.OPENED)
    going_on = await _case(cases, 3, minutes=90, outcome=None, attempt=2)
    left = [f"{over}-1", f"{just}-1", f"{going_on}-1", f"{going_on}-2", "task-20200101-001-1"]
    for name in left:
        (home / "workspaces" / name / "files").mkdir(parents=True)
    for task in (over, just, going_on):
        (home / "checkpoints" / task).mkdir(parents=True)

    def there() -> set[str]:
        return {one.name for kind in ("workspaces", "checkpoints") for one in (home / kind).iterdir()}

    tidying = asyncio.ensure_future(Leftovers(home, cases).run())
    try:
        async with asyncio.timeout(20):
            while there() != {f"{just}-1", just, f"{going_on}-2", going_on}:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.05)
    finally:
        tidying.cancel()
