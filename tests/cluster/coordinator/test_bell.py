"""Nodes hear of runs at once."""

import asyncio

from cluster.coordinator.bell import Bell
from domain.node import Rung

_LONG, _SHORT = 30.0, 0.05


async def test_who_listens_hears_of_its_own_pools_alone() -> None:
    """As soon as it is rung; other pools' rings wake nobody."""
    bell = Bell()
    start = (await bell.heard(["docs"], 0, _SHORT)).heard
    listening = asyncio.ensure_future(bell.heard(["docs", "testing"], start, _LONG))
    bell.ring("backend")
    await asyncio.sleep(_SHORT)
    assert not listening.done()
    bell.ring("testing")
    assert await listening == Rung(heard=start + 2, pools=("testing",))


async def test_what_was_rung_between_two_questions_is_heard_once() -> None:
    """Each question says up to where it has heard; a new listener is told of all that is known."""
    bell = Bell()
    first = await bell.heard(["docs"], 0, _SHORT)
    bell.ring("docs")
    bell.ring("docs")
    second = await bell.heard(["docs"], first.heard, _LONG)
    assert second == Rung(heard=first.heard + 2, pools=("docs",))
    assert await bell.heard(["docs"], second.heard, _SHORT) == Rung(heard=second.heard)
    assert (await bell.heard(["docs"], 0, _LONG)).pools == ("docs",)


async def test_a_coordinator_that_came_again_is_heard() -> None:
    """Its numbers are above those of the one before, however much that has rung."""
    before = Bell()
    before.ring("docs")
    after = Bell()
    after.ring("docs")
    assert (await after.heard(["docs"], (await before.heard(["docs"], 0, _LONG)).heard, _LONG)).pools == ("docs",)


async def test_who_listens_is_let_go_at_the_end() -> None:
    """A coordinator that stops waits for no question that is kept open."""
    bell = Bell()
    start = (await bell.heard(["docs"], 0, _SHORT)).heard
    listening = asyncio.ensure_future(bell.heard(["docs"], start, _LONG))
    await asyncio.sleep(_SHORT)
    bell.close()
    assert await asyncio.wait_for(listening, 5) == Rung(heard=start)
    assert await bell.heard(["docs"], start, _LONG) == Rung(heard=start)
