"""A process that holds a part of an issue: what it does when the part is not its own any more."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from adapters.cases.database import Database
from adapters.cases.ledger import SqlCases
from adapters.cases.nodes import SqlNodes
from adapters.cases.shares import SqlShares, Wanted
from domain.area import Area
from domain.case import Case, WorkRequest
from domain.errors import BadWork, ShareLost, UsageError
from domain.issue import Issue
from domain.node import Capabilities, NodeCard
from domain.repository import Repository
from domain.share import Handed, Part
from domain.spend import Spend
from tasks import blocks, share_hold
from tasks.share_hold import hold_of, share_held


@pytest.fixture
async def author(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SqlShares:
    """The author's view of a ledger with one part on offer, which is this process's ledger too."""
    database = Database(tmp_path)
    case = Case(
        id="",
        forge="forge.example",
        repository=Repository(name="acme/shop", id=7, default_branch="main", can_push=True),
        issue=Issue(repo="acme/shop", number=3, title="T", body="B"),
        base="main",
        base_sha="a" * 40,
        model="a-model",
        created=datetime(2026, 11, 22, 9, tzinfo=UTC),
    )
    file = await SqlCases(database).open(case, WorkRequest(repo="acme/shop", issue=3))
    able = Capabilities(platform="linux-x86_64", sandbox="bubblewrap")
    names = {"specialties": ("docs",), "pools": ("docs",)}
    await SqlNodes(database).join(NodeCard(id="b", start="1", max_tasks=1, release="1", capabilities=able, **names))
    shares = SqlShares(database, "author:1:1.00", quiet_s=0)
    part = Part(specialist="docs", area=Area(globs=("docs",)), what="Write.")
    assert len(await shares.offer(file.case.id, 1, [Wanted(part=part, pool="docs")], 30)) == 1
    desk: Any = SimpleNamespace(shares=SqlShares(database), settings=SimpleNamespace(node_id="b"))
    monkeypatch.setattr(blocks, "_desk", [desk])
    monkeypatch.setattr(share_hold, "_RENEW_S", 0.05)
    return shares


_TASK = "task-20261122-001"


async def test_work_on_a_part_that_is_taken_back_is_stopped(author: SqlShares) -> None:
    """In the middle of whatever it does; what was paid counts, and the process can go on with something else."""
    stopped = asyncio.Event()

    async def work() -> None:
        async with share_held(_TASK, 1, 1) as share:
            hold_of(share).spend = Spend(cost_usd=0.5, calls=2)
            await author.look(_TASK, 1, "all")
            try:
                await asyncio.sleep(60)
            finally:
                stopped.set()

    with pytest.raises(ShareLost, match="part 1"):
        await work()
    assert stopped.is_set()
    (seen,) = await author.look(_TASK, 1)
    assert (seen.state, seen.spend.calls) == ("taken_back", 2)
    async with asyncio.timeout(5):
        await asyncio.sleep(0)


async def test_a_part_is_kept_while_the_work_goes_on(author: SqlShares, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its lease is prolonged beside the work."""
    monkeypatch.setattr(share_hold, "_LEASE_S", 0.5)
    async with share_held(_TASK, 1, 1):
        await asyncio.sleep(1)
        assert [(one.state, one.node) for one in await author.look(_TASK, 1)] == [("started", "b")]
    await asyncio.sleep(0.6)
    assert [one.state for one in await author.look(_TASK, 1)] == ["taken_back"]


async def test_what_goes_wrong_gives_the_part_back_at_once(author: SqlShares) -> None:
    """With the reason, for the author to read; the error comes through."""
    with pytest.raises(BadWork):
        async with share_held(_TASK, 1, 1):
            raise BadWork("nested is a repository")
    assert [(one.state, one.reason) for one in await author.look(_TASK, 1)] == [
        ("taken_back", "it failed: nested is a repository")
    ]


async def test_a_part_that_is_handed_in_is_not_missed(author: SqlShares) -> None:
    """What the run does after that is not stopped, though the part is not its own any more."""
    async with share_held(_TASK, 1, 1) as share:
        hold_of(share).settled = True
        await hold_of(share).shares.hand_in(share, Handed(tree="c" * 40, taken=("docs/a.md",)))
        await asyncio.sleep(0.3)
    assert [one.state for one in await author.look(_TASK, 1)] == ["done"]


async def test_whoever_stops_the_run_is_obeyed(author: SqlShares) -> None:
    """A run that is cancelled ends as cancelled, not as if the part had been taken back."""
    began = asyncio.Event()

    async def work() -> None:
        async with share_held(_TASK, 1, 1):
            began.set()
            await asyncio.sleep(60)

    running = asyncio.ensure_future(work())
    await began.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert [one.state for one in await author.look(_TASK, 1)] == ["started"]


async def test_a_part_that_is_not_on_offer_is_not_begun(author: SqlShares) -> None:
    """Nothing inside is done."""
    await author.look(_TASK, 1, "unstarted")
    with pytest.raises(ShareLost):
        async with share_held(_TASK, 1, 1):
            raise AssertionError("it was begun")


@pytest.mark.usefixtures("author")
async def test_without_a_cluster_there_are_no_parts() -> None:
    """A run that somebody started on one PC says so in a line."""
    desk: Any = blocks._desk[0]
    desk.shares = None
    with pytest.raises(UsageError, match="in a cluster only"):
        async with share_held(_TASK, 1, 1):
            raise AssertionError("it was begun")
