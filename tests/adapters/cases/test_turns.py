"""Turns: what all of a cluster does one after the other."""

from pathlib import Path

import pytest

from adapters.cases.database import Database
from adapters.cases.turns import SqlTurns


@pytest.fixture
async def turns(tmp_path: Path) -> SqlTurns:
    """An empty book of turns, opened: making the tables takes time that no turn has."""
    made = SqlTurns(Database(tmp_path))
    await made.turn("nobody", 0)
    return made


async def test_each_caller_comes_a_gap_after_the_one_before(turns: SqlTurns) -> None:
    """The first at once, the third after two gaps; another key has turns of its own."""
    waits = [await turns.turn("github:a", 10) for _ in range(3)]
    assert waits[0] == 0
    assert [round(wait) for wait in waits[1:]] == [10, 20]
    assert await turns.turn("github:b", 10) == 0


async def test_a_hold_is_for_everybody_and_the_longer_one_stays(turns: SqlTurns) -> None:
    """Asking without a gap takes no turn."""
    await turns.hold("model:a", 30)
    await turns.hold("model:a", 5)
    assert [round(await turns.turn("model:a", 0)) for _ in range(2)] == [30, 30]
    assert await turns.turn("model:b", 0) == 0
