"""One command in a session of its own, with and without isolation."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from adapters.sandbox import Isolation
from domain.command import CommandResult, Place

Becomes = Callable[[str, int], Awaitable[bool]]

CASES = [
    ("basename $PWD", 0, "workspace\n"),
    ("echo a; exit 3", 3, "a\n"),
    ("set -e; false; echo no", 1, ""),
    ("kill -9 $$", 137, ""),
    ("cat; echo $A", 0, "b c\n"),
    ('echo "unfinished', 2, "bash: eval: line 1: unexpected EOF while looking for matching `\"'\n"),
]


@pytest.mark.parametrize(("command", "code", "output"), CASES)
async def test_result(isolation: Isolation, place: Place, command: str, code: int, output: str) -> None:
    """Exit code and output are the command's own."""
    told = await isolation.run(place, command, 20, {"A": "b c"})
    assert told.model_copy(update={"seconds": 0.0}) == CommandResult(exit_code=code, output=output, seconds=0)


async def test_daemons_end_with_it(isolation: Isolation, place: Place, becomes: Becomes) -> None:
    """What is left in the background neither delays the result nor outlives it."""
    begun = time.monotonic()
    told = await isolation.run(place, "setsid sleep 72001 & (sleep 72001 &); echo done", 20, {})
    assert told.output == "done\n"
    assert time.monotonic() - begun < 3
    assert await becomes("72001", 0)


async def test_time_out(isolation: Isolation, place: Place, becomes: Becomes) -> None:
    """A time-out keeps what was printed and leaves nothing."""
    told = await isolation.run(place, "echo begun; sleep 72002", 0.5, {})
    assert told.model_copy(update={"seconds": 0.0}) == CommandResult(
        exit_code=None, output="begun\n", seconds=0, timed_out=True
    )
    assert await becomes("72002", 0)


async def test_cancelled(isolation: Isolation, place: Place, becomes: Becomes) -> None:
    """Cancelling leaves nothing within two seconds."""
    task = asyncio.create_task(isolation.run(place, "setsid sleep 72003 & sleep 72003", 60, {}))
    assert await becomes("72003", 2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await becomes("72003", 0)


async def test_long_output(isolation: Isolation, place: Place) -> None:
    """Test runs may print more than the shell: 20,000 characters of head and of tail."""
    told = await isolation.run(place, "seq 100000", 20, {})
    whole = "".join(f"{number}\n" for number in range(1, 100_001))
    assert told.output == f"{whole[:20000]}\n[... 548,895 characters left out ...]\n{whole[-20000:]}"


async def test_last_words_are_not_lost(isolation: Isolation, place: Place) -> None:
    """All that was printed before the end is told, however fast the end came."""
    told = await asyncio.gather(*(isolation.run(place, "seq 3000; exit 1", 30, {}) for _ in range(4)))
    assert {result.output for result in told} == {"".join(f"{number}\n" for number in range(1, 3001))}
