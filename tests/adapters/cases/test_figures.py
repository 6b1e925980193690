"""What the ledger counts: the report's figures, and the pull requests of which nobody knows what became."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.cases.database import Database
from adapters.cases.figures import SqlFigures
from adapters.cases.ledger import SqlCases
from adapters.cases.unsettled import SqlUnsettled
from domain.case import Case, Earlier, Settled, WorkRequest
from domain.figures import Figures
from domain.outcome import Outcome, PullRequestLink, Result, status_of
from domain.repository import Repository
from domain.routing import Routing
from domain.spend import Spend, Timing
from domain.worth import worth_object

MERGED = datetime(2026, 11, 23, 9, tzinfo=UTC)


class Book:
    """A ledger with ended cases in it."""

    def __init__(self, database: Database, case: Callable[..., Case], request: WorkRequest) -> None:
        self.cases, self.figures, self.unsettled = SqlCases(database), SqlFigures(database), SqlUnsettled(database)
        self._case, self._request = case, request

    async def ended(self, issue: int, outcome: Outcome, usd: float, pull: int | None = None, **more: Any) -> str:
        """One that ended; `more` may name specialist, model, repo, fix_rounds, settled and earlier. Gives its id."""
        repository = Repository(name=more.get("repo", "acme/shop"), id=7, default_branch="main", can_push=True)
        case = self._case(issue, model=more.get("model", "opus"), repository=repository)
        file = await self.cases.open(case, self._request)
        link = pull and PullRequestLink(number=pull, url="u", draft=False, branch=f"claude/issue-{issue}", head_sha="a")
        result = Result(
            task_id=file.case.id, flow_run_id=None, repo="acme/shop", issue=issue, outcome=outcome, reason=None,
            attempt=1, pull_request=link or None, fix_rounds=more.get("fix_rounds", 0), timing=Timing(model_s=10),
        )  # fmt: skip
        changes = {
            "status": status_of(outcome), "outcome": outcome, "result": result, "spend": Spend(cost_usd=usd, calls=1),
            "routing": Routing(primary=more.get("specialist", "backend"), secondary=(), scores=()),
            "settled": more.get("settled"), "earlier": more.get("earlier", Earlier()),
        }  # fmt: skip
        await self.cases.write(file.model_copy(update=changes))
        return file.case.id

    async def queued(self, issue: int, specialist: str | None = None) -> None:
        """One that nobody has begun."""
        created = datetime.now(UTC) - timedelta(minutes=1)
        await self.cases.open(self._case(issue, specialist=specialist, created=created), self._request)

    async def asked_about(self, limit: int = 10) -> list[str]:
        """The tasks whose pull request the forge is asked about."""
        return [file.case.id for file in await self.unsettled.unsettled(limit)]


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, home: Path) -> Database:
    """Sums are asked of both kinds of database: they read numbers out of JSON in ways of their own."""
    return Database(home, request.getfixturevalue("postgresql")() if request.param == "postgresql" else None)


@pytest.fixture
def book(database: Database, case: Callable[..., Case], request_: WorkRequest) -> Book:
    """An empty one."""
    return Book(database, case, request_)


def settled(pull: int, merged: datetime | None = MERGED) -> Settled:
    """What became of a pull request."""
    return Settled(pull=pull, merged_at=merged)


async def test_what_a_merged_pull_request_costs(book: Book) -> None:
    """All money, that of refusals and of earlier attempts too, over what was merged; and the share of first passes."""
    await book.ended(1, Outcome.OPENED, 1.0, pull=11, settled=settled(11))
    await book.ended(2, Outcome.OPENED, 2.0, pull=12, settled=settled(12, None), fix_rounds=2)
    await book.ended(3, Outcome.UPDATED, 0.5, pull=13, settled=settled(13), earlier=Earlier(spend=Spend(cost_usd=1.5)))
    await book.ended(4, Outcome.BLOCKED, 1.0, specialist="docs", model="haiku", repo="acme/docs")
    told = worth_object(await book.figures.worth())
    assert told["all"] == {
        "ended": 4, "pull_requests": 3, "merged": 2, "closed": 1, "first_pass": 2, "rework_rounds": 2,
        "cost_usd": 6.0, "cost_per_merged_usd": 3.0, "first_pass_rate": 0.6667,
    }  # fmt: skip
    of_docs = {
        "ended": 1, "pull_requests": 0, "merged": 0, "closed": 0, "first_pass": 0, "rework_rounds": 0,
        "cost_usd": 1.0, "cost_per_merged_usd": None, "first_pass_rate": None,
    }  # fmt: skip
    assert told["by_specialist"]["docs"] == told["by_model"]["haiku"] == told["by_repo"]["acme/docs"] == of_docs
    assert told["by_specialist"]["backend"]["cost_per_merged_usd"] == 2.5
    assert set(told["by_model"]) == {"haiku", "opus"}


async def test_all_attempts_are_counted(book: Book) -> None:
    """By status and specialty, with every number that the metrics show; what is not there counts nothing."""
    assert (await book.figures.all()) == Figures()
    spend = Spend(
        cost_usd=1.25, calls=9, input_tokens=1, cache_read_tokens=2**31, cache_write_tokens=3, output_tokens=4
    )
    earlier = Earlier(spend=spend, timing=Timing(total_s=9, model_s=2.5, tests_s=3.25, overhead_s=4.5))
    await book.ended(1, Outcome.OPENED, 0.5, earlier=earlier)
    await book.ended(2, Outcome.OPENED, 0.25)
    await book.queued(3, specialist="database")
    await book.queued(4, specialist="a\0b")
    await book.queued(5)
    found = await book.figures.all()
    names = [("completed", "backend", 2), ("queued", "", 1), ("queued", "a\ufdd0b", 1), ("queued", "database", 1)]
    assert sorted((one.status, one.specialty, one.tasks) for one in found.counts) == sorted(names)
    assert found.oldest_s > 0
    assert found == Figures(
        counts=found.counts, oldest_s=found.oldest_s, cost_usd=2.0, input_tokens=1, cache_read_tokens=2**31,
        cache_write_tokens=3, output_tokens=4, model_s=22.5, tests_s=3.25, overhead_s=4.5,
    )  # fmt: skip


async def test_sums_never_fall_when_a_task_is_tried_again(book: Book) -> None:
    """A new attempt begins at nothing; what the earlier ones used stays counted."""
    await book.ended(1, Outcome.STUCK, 1.0)
    before = await book.figures.all()
    (file,) = await book.cases.recent(1)
    again = file.case.model_copy(update={"attempt": 2})
    await book.cases.write(type(file)(case=again, updated=MERGED, earlier=file.used))
    after = await book.figures.all()
    assert (before.cost_usd, before.model_s) == (after.cost_usd, after.model_s) == (1.0, 10.0)


async def test_the_forge_is_asked_about_what_is_open(book: Book) -> None:
    """Not about refusals, nor about what is settled; of two cases with one pull request only about the newer."""
    await book.ended(1, Outcome.OPENED, 1.0, pull=11)
    newer = await book.ended(1, Outcome.UPDATED, 1.0, pull=11)
    await book.ended(2, Outcome.OPENED, 1.0, pull=12, settled=settled(12))
    await book.ended(2, Outcome.BLOCKED, 1.0)
    await book.ended(3, Outcome.NEEDS_INFORMATION, 1.0)
    await book.ended(4, Outcome.OPENED, 1.0)
    other = await book.ended(5, Outcome.OPENED, 1.0, pull=16, settled=settled(15))
    assert await book.asked_about() == [other, newer]
    assert await book.asked_about(1) == [other]


async def test_an_older_case_is_not_asked_about_once_the_newer_is_settled(book: Book) -> None:
    """One merge is one merge."""
    await book.ended(1, Outcome.OPENED, 1.0, pull=11)
    await book.ended(1, Outcome.UPDATED, 1.0, pull=11, settled=settled(11))
    assert await book.asked_about() == []
