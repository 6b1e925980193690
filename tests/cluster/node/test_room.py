"""The workers of one node share one limit."""

from uuid import uuid4

import anyio
import pytest

from cluster.node.room import Room


def test_no_more_runs_than_there_is_room() -> None:
    """The next one fits in when one has left."""
    room, runs = Room(2), [uuid4() for _ in range(3)]
    for run in runs[:2]:
        room.acquire_on_behalf_of_nowait(run)
    with pytest.raises(anyio.WouldBlock):
        room.acquire_on_behalf_of_nowait(runs[2])
    room.release_on_behalf_of(runs[0])
    room.acquire_on_behalf_of_nowait(runs[2])
    assert room.borrowed_tokens == 2


def test_a_run_that_is_offered_again_before_it_has_left_waits() -> None:
    """The worker looks again later; it does not end over it."""
    room, run = Room(2), uuid4()
    room.acquire_on_behalf_of_nowait(run)
    with pytest.raises(anyio.WouldBlock):
        room.acquire_on_behalf_of_nowait(run)
    room.release_on_behalf_of(run)
    room.acquire_on_behalf_of_nowait(run)
    assert room.borrowed_tokens == 1


def test_who_has_left_cannot_leave_again() -> None:
    """Prefect's worker expects exactly this error, and goes on."""
    with pytest.raises(RuntimeError, match="has left already"):
        Room(1).release_on_behalf_of(uuid4())
