"""The loop over deliveries between a real ledger and a desk and a forge that write down what they are asked."""

import asyncio
import itertools
import json
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.cases.database import Database
from adapters.cases.deliveries import SqlDeliveries
from adapters.cases.ledger import SqlCases
from cluster.webhooks.processing import Processing
from cluster.webhooks.reading import Envelope, read
from domain.case import Case, CaseFile, WorkRequest
from domain.delivery import FrozenText
from domain.issue import Issue
from domain.outcome import Outcome, PullRequestLink, Result, status_of
from domain.repository import Repository

FORGE = "github.com"
TASK = f"task-{datetime.now(UTC):%Y%m%d}-001"


class Killed(BaseException):
    """The process dies here."""


class Desk:
    """Opens real cases and writes down what it is told; raises what `fails` holds first, or always by name."""

    def __init__(self, cases: SqlCases) -> None:
        self.cases = cases
        self.calls: list[tuple[Any, ...]] = []
        self.fails: list[BaseException] = []
        self.after: list[BaseException] = []
        self.running = self.most = 0
        self.slow_s = 0.0

    async def _begun(self, *call: Any) -> None:
        self.calls.append(call)
        self.running += 1
        self.most = max(self.most, self.running)
        await asyncio.sleep(self.slow_s)
        self.running -= 1
        if self.fails:
            raise self.fails.pop(0)

    async def start(self, request: WorkRequest, frozen: FrozenText, delivery: str) -> CaseFile:
        """Open a case as the coordinator does."""
        await self._begun("start", request.issue, request.specialist, request.priority, request.requested_by)
        opened = case(request.issue, frozen.title or "").model_copy(update={"requested_by": request.requested_by})
        file = await self.cases.open(opened, request, delivery)
        if self.after:
            raise self.after.pop(0)
        return file

    async def retry(self, task_id: str, frozen: FrozenText, delivery: str) -> None:
        """A new attempt."""
        await self._begun("retry", task_id, frozen.title)
        file = await self.cases.read(task_id)
        again = file.case.model_copy(update={"attempt": file.case.attempt + 1, "created": datetime.now(UTC)})
        await self.cases.write(CaseFile(case=again, updated=datetime.now(UTC)), delivery if file.ended else None)
        if self.after:
            raise self.after.pop(0)

    async def stop(self, task_id: str, why: str) -> None:
        """It ends as cancelled."""
        await self._begun("stop", task_id, why)
        await end(self.cases, task_id, Outcome.CANCELLED)

    async def approve(self, task_id: str, by: str) -> None:
        """Only written down."""
        await self._begun("approve", task_id, by)

    async def say(self, task_id: str, author: str, text: str, source: str) -> None:
        """Only written down."""
        await self._begun("say", task_id, author, text)

    async def settled(self, task_id: str, pull: int, merged_at: datetime | None) -> None:
        """Only written down."""
        await self._begun("settled", task_id, pull, merged_at is not None)


class Forge:
    """Logins that may write, and branches of pull requests; raises what `fails` holds first."""

    def __init__(self) -> None:
        self.writers = {"ann"}
        self.branches = {9: "claude/issue-7", 10: "feature"}
        self.asked: list[str] = []
        self.fails: list[Exception] = []

    async def may_write(self, repo: str, login: str) -> bool:
        """Those in `writers`."""
        self.asked.append(login)
        if self.fails:
            raise self.fails.pop(0)
        return login in self.writers

    async def branch(self, repo: str, pull: int) -> str | None:
        """Those in `branches`."""
        return self.branches.get(pull)

    async def login(self) -> str:
        """Ours, not in lower case."""
        return "The-Bot"


def case(number: int, title: str) -> Case:
    """A case of an issue of acme/shop."""
    return Case(
        id="", forge=FORGE, repository=Repository(name="acme/shop", id=11, default_branch="main", can_push=True),
        issue=Issue(repo="acme/shop", number=number, title=title, body="Frozen."), base="main", base_sha="a" * 40,
        model="m", created=datetime.now(UTC),
    )  # fmt: skip


async def end(cases: SqlCases, task_id: str, outcome: Outcome, pull: int | None = None) -> None:
    """End a case."""
    file = await cases.read(task_id)
    link = pull and PullRequestLink(number=pull, url="u", draft=False, branch="claude/issue-7", head_sha="a" * 40)
    result = Result(
        task_id=task_id, flow_run_id=None, repo="acme/shop", issue=file.case.issue.number, outcome=outcome, reason=None,
        attempt=file.case.attempt, pull_request=link or None,
    )  # fmt: skip
    changes = {"status": status_of(outcome), "outcome": outcome, "result": result, "updated": datetime.now(UTC)}
    await cases.write(file.model_copy(update=changes))


class World:
    """A ledger, a desk and a forge, and the loop between them."""

    killed = Killed

    def __init__(self, home: Path, payloads: Any) -> None:
        self.payloads = payloads
        self.database = Database(home)
        self.deliveries, self.cases = SqlDeliveries(self.database), SqlCases(self.database)
        self.desk, self.forge = Desk(self.cases), Forge()
        self.pause = timedelta(milliseconds=20)

    async def told(self, body: dict[str, Any], kind: str = "issues", **changes: Any) -> str:
        """A delivery comes in; gives its id."""
        envelope = Envelope(id=uuid.uuid4().hex, event=kind, received=datetime.now(UTC))
        found: Any = read(envelope, json.dumps({**body, "salt": envelope.id}).encode())
        await self.deliveries.receive((found.model_copy(update=changes),))
        return envelope.id

    async def end(self, outcome: Outcome, pull: int | None = None) -> None:
        """The first task ends."""
        await end(self.cases, TASK, outcome, pull)

    async def says(self, words: str, login: str = "ann", **parts: Any) -> str:
        """Somebody comments."""
        return await self.told(self.payloads.commented(words, sender={"login": login}, **parts), "issue_comment")

    @asynccontextmanager
    async def working(self) -> AsyncIterator[asyncio.Task[None]]:
        """The loop runs."""
        actors: Any = self.forge
        loop = Processing(
            self.deliveries, self.cases, actors, actors, self.desk, self.payloads.house, FORGE, pause=self.pause
        )
        task = asyncio.create_task(loop.run())
        try:
            yield task
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def settle(self, within_s: float = 10) -> None:
        """Run the loop until nothing waits."""
        async with self.working() as loop, asyncio.timeout(within_s):
            while not loop.done() and await self.deliveries.pending(1):  # noqa: ASYNC110 - the ledger tells nobody
                await asyncio.sleep(0.01)

    async def verdict(self, *ids: str) -> Any:
        """The verdicts of deliveries, after the loop has settled all."""
        await self.settle()
        rows = await self.database.read(
            lambda connection: connection.exec_driver_sql("select id, verdict from deliveries").all()
        )
        found = {row.id: row.verdict for row in rows}
        return found[ids[0]] if len(ids) == 1 else [found[one] for one in ids]


@pytest.fixture
def world(tmp_path: Path, payloads: Any) -> World:
    """A world in which nothing has happened."""
    return World(tmp_path / "state", payloads)


@pytest.fixture
def worlds(tmp_path: Path, payloads: Any) -> Callable[[], World]:
    """A maker of worlds, for tests that need many."""
    numbers = itertools.count()
    return lambda: World(tmp_path / f"state-{next(numbers)}", payloads)
