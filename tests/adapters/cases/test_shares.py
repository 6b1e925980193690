"""Shares: offered on free slots only, and each move made by one of those who try."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import update

from adapters.cases.database import Database
from adapters.cases.ledger import SqlCases
from adapters.cases.nodes import SqlNodes
from adapters.cases.runs import SqlRuns
from adapters.cases.shares import SqlShares, Wanted
from adapters.cases.tables import NODES
from domain.area import Area
from domain.case import Case, CaseFile, WorkRequest
from domain.errors import ShareLost
from domain.node import Capabilities, NodeCard
from domain.outcome import Outcome
from domain.share import Handed, Part, Share
from domain.spend import Spend

Build = Callable[..., Case]
DOCS = Wanted(part=Part(specialist="docs", area=Area(globs=("docs",)), what="Say it."), pool="docs")
TESTS = Wanted(part=Part(specialist="testing", area=Area(globs=("tests",)), what="Test it."), pool="testing")
HANDED = Handed(tree="c" * 40, summary="Said.", taken=("docs/a.md",))


@pytest.fixture
def shares(database: Database) -> SqlShares:
    """The ledger of shares for a process of its own, which waits for no lease that could be prolonged."""
    return SqlShares(database, "node:1:1.00", quiet_s=0)


@pytest.fixture
async def file(database: Database, case: Build, request_: WorkRequest) -> CaseFile:
    """A case that `here` works on."""
    cases = SqlCases(database)
    file = await cases.open(case(), request_)
    file = file.model_copy(update={"status": "running", "node": "here", "updated": datetime.now(UTC)})
    await cases.write(file)
    return file


async def _joins(database: Database, name: str, *pools: str, most: int = 1, running: int = 0, **able: Any) -> None:
    can = Capabilities(platform="linux-x86_64", sandbox="bubblewrap", **able)
    card = NodeCard(id=name, start="1", specialties=pools, pools=pools, max_tasks=most, release="1", capabilities=can)
    await SqlNodes(database).join(card)
    await SqlNodes(database).beat(name, "1", running, False)


async def _offered(shares: SqlShares, file: CaseFile, *wanted: Wanted, within_s: float = 30.0) -> tuple[Share, ...]:
    return await shares.offer(file.case.id, file.case.attempt, wanted, within_s)


async def _started(shares: SqlShares, file: CaseFile, lease_s: float = 60.0) -> Share:
    await _offered(shares, file, DOCS)
    return await shares.start(file.case.id, 1, 1, "there", lease_s)


async def test_a_free_slot_is_offered_once(database: Database, shares: SqlShares, file: CaseFile) -> None:
    """One slot, two parts: the first gets it; asked again, the same stand there; another case gets none."""
    await _joins(database, "there", "docs", "testing")
    assert await shares.free(["docs", "testing", "security"], None) == ("docs", "testing")
    first = await _offered(shares, file, DOCS, TESTS)
    assert [(one.number, one.part, one.state, one.pool) for one in first] == [(1, DOCS.part, "offered", "docs")]
    assert await _offered(shares, file, TESTS) == first
    assert await shares.free(["docs", "testing"], None) == ()


async def test_many_who_ask_at_once_share_the_slots(
    database: Database, shares: SqlShares, case: Build, request_: WorkRequest
) -> None:
    """Three slots, eight cases that want one each: three are offered."""
    await _joins(database, "there", "docs", most=3)
    cases = [await SqlCases(database).open(case(number), request_) for number in range(1, 9)]
    found = await asyncio.gather(*(_offered(shares, one, DOCS) for one in cases))
    assert sum(map(len, found)) == 3


@pytest.mark.parametrize(
    ("joins", "need", "free"),
    [
        ({"name": "there", "running": 1}, None, False),
        ({"name": "there", "running": 1, "most": 2}, None, True),
        ({"name": "here", "running": 0}, None, False),
        ({"name": "here", "running": 1, "most": 2}, None, True),
        ({"name": "there"}, "go", False),
        ({"name": "there", "toolchains": ("go",)}, "go", True),
    ],
)
async def test_what_counts_as_free(
    database: Database,
    shares: SqlShares,
    file: CaseFile,
    joins: dict[str, Any],
    need: str | None,
    free: bool,
) -> None:
    """Not what a node has begun since its last sign of life, and only on nodes that have the toolchain."""
    await _joins(database, joins.pop("name"), "docs", **joins)
    assert await shares.free(["docs"], need) == (("docs",) if free else ())
    assert len(await _offered(shares, file, DOCS.model_copy(update={"need": need}))) == free


async def test_what_waits_for_the_nodes_goes_first(
    database: Database, shares: SqlShares, file: CaseFile, case: Build, request_: WorkRequest
) -> None:
    """A run in any pool of the node that has the slot; draining and lost nodes have none."""
    await _joins(database, "there", "docs", "testing")
    waiting = await SqlCases(database).open(case(8), request_)
    await SqlRuns(database).order(waiting.case.id, 1, "start", "testing", "default")
    assert await shares.free(["docs"], None) == ()
    await _joins(database, "more", "docs")
    assert await shares.free(["docs"], None) == ("docs",)
    await SqlNodes(database).beat("more", "1", 0, True)
    assert await shares.free(["docs"], None) == ()
    gone = update(NODES).where(NODES.c.id == "more").values(seen=time.time() - 60, draining=0)
    await database.write(lambda connection: connection.execute(gone))
    assert await shares.free(["docs"], None) == ()


async def test_a_share_is_begun_by_one_process(database: Database, shares: SqlShares, file: CaseFile) -> None:
    """A second one is too late; the same one that asks again has it still."""
    await _joins(database, "there", "docs")
    share = await _started(shares, file)
    assert (share.state, share.node) == ("started", "there")
    with pytest.raises(ShareLost, match="part 1"):
        await shares.of("other:2:2.00").start(file.case.id, 1, 1, "elsewhere", 60)
    assert await shares.start(file.case.id, 1, 1, "there", 60) == share
    with pytest.raises(ShareLost):
        await shares.start(file.case.id, 1, 2, "there", 60)


async def test_an_offer_that_nobody_took_in_time_is_gone(database: Database, shares: SqlShares, file: CaseFile) -> None:
    """Whether its author looks first, or whoever comes late: it is taken back, and its slot is free again."""
    await _joins(database, "there", "docs", "testing", most=2)
    await _offered(shares, file, DOCS, TESTS, within_s=-1)
    with pytest.raises(ShareLost):
        await shares.start(file.case.id, 1, 1, "there", 60)
    found = await shares.look(file.case.id, 1)
    assert [(one.state, one.reason) for one in found] == [("taken_back", "nobody had begun with it in time")] * 2
    assert await shares.free(["docs"], None) == ("docs",)


async def test_a_share_whose_holder_is_silent_is_taken_back(
    database: Database, shares: SqlShares, file: CaseFile
) -> None:
    """When its lease has ended; the holder's next proof fails, but what it has paid counts."""
    await _joins(database, "there", "docs")
    share = await _started(shares, file, lease_s=-1)
    assert [one.state for one in await shares.look(file.case.id, 1)] == ["taken_back"]
    paid = Spend(cost_usd=0.5, calls=2)
    with pytest.raises(ShareLost):
        await shares.prove(share, 60, paid)
    with pytest.raises(ShareLost):
        await shares.hand_in(share, HANDED)
    assert [(one.state, one.spend, one.handed) for one in await shares.look(file.case.id, 1)] == [
        ("taken_back", paid, None)
    ]


async def test_after_a_start_leases_are_given_time(database: Database, file: CaseFile) -> None:
    """Nobody could prolong them while the coordinator was away; a process that is known to be gone gets none."""
    shares = SqlShares(database, "node:1:1.00", quiet_s=60)
    await _joins(database, "there", "docs")
    share = await _started(shares, file, lease_s=-1)
    assert [one.state for one in await shares.look(file.case.id, 1)] == ["started"]
    await shares.created(share, "run-1")
    await shares.gone("run-1")
    assert [one.state for one in await shares.look(file.case.id, 1)] == ["taken_back"]


async def test_a_share_that_lost_its_process_may_go_on_elsewhere(
    database: Database, shares: SqlShares, file: CaseFile
) -> None:
    """A run that its node handed back, unless the author has taken it back by then."""
    await _joins(database, "there", "docs")
    share = await _started(shares, file)
    await shares.created(share, "run-1")
    await shares.gone("run-1")
    other = shares.of("other:2:2.00")
    assert (await other.start(file.case.id, 1, 1, "elsewhere", 60)).node == "elsewhere"
    with pytest.raises(ShareLost):
        await shares.prove(share, 60, Spend())


async def test_a_share_is_handed_in_once_and_stays(database: Database, shares: SqlShares, file: CaseFile) -> None:
    """What is done is not taken back, whatever the author asks for; unless the author can't use it."""
    await _joins(database, "there", "docs")
    share = await _started(shares, file)
    await shares.prove(share, 60, Spend(calls=3))
    await shares.hand_in(share, HANDED)
    await shares.hand_in(share, HANDED)
    (done,) = await shares.look(file.case.id, 1, "all")
    assert (done.state, done.handed, done.spend.calls) == ("done", HANDED, 3)
    await shares.of("author:9:9.00").fail(share, "damaged on its way")
    assert [(one.state, one.reason) for one in await shares.look(file.case.id, 1)] == [
        ("taken_back", "damaged on its way")
    ]


@pytest.mark.parametrize(
    ("recall", "states"),
    [("late", ["started", "offered"]), ("unstarted", ["started", "taken_back"]), ("all", ["taken_back"] * 2)],
)
async def test_the_author_takes_back_what_it_asks_for(
    database: Database, shares: SqlShares, file: CaseFile, recall: Any, states: list[str]
) -> None:
    """What is in time stays, unless its author can wait no longer."""
    await _joins(database, "there", "docs", "testing", most=2)
    await _offered(shares, file, DOCS, TESTS)
    await shares.start(file.case.id, 1, 1, "there", 60)
    assert [one.state for one in await shares.look(file.case.id, 1, recall)] == states


async def test_nobody_works_for_a_case_that_has_ended(database: Database, shares: SqlShares, file: CaseFile) -> None:
    """Neither begins nor goes on, and a new attempt knows nothing of it."""
    await _joins(database, "there", "docs", "testing", most=2)
    await _offered(shares, file, DOCS, TESTS)
    share = await shares.start(file.case.id, 1, 1, "there", 60)
    ended = {"status": "cancelled", "outcome": Outcome.CANCELLED, "updated": datetime.now(UTC)}
    await SqlCases(database).write(file.model_copy(update=ended))
    for late in (shares.prove(share, 60, Spend()), shares.hand_in(share, HANDED)):
        with pytest.raises(ShareLost):
            await late
    with pytest.raises(ShareLost):
        await shares.start(file.case.id, 1, 2, "there", 60)
    assert await shares.offer(file.case.id, 2, [DOCS], 30) == ()
    assert await shares.look(file.case.id, 2) == ()
