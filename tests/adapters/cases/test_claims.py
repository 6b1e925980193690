"""Claims: one holder an issue, across processes."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from adapters.cases.claims import SqlClaims
from adapters.cases.database import Database
from domain.case import Case
from domain.errors import ClaimLost

_HOLD = """
import asyncio, sys, time
from pathlib import Path
from adapters.cases.claims import SqlClaims
from adapters.cases.database import Database
from domain.case import Case
case = Case.model_validate_json(sys.argv[2])
claim = asyncio.run(SqlClaims(Database(Path(sys.argv[1]))).acquire(case, float(sys.argv[3])))
print(claim.fence, flush=True)
time.sleep(60)
"""


def held(home: Path, case: Case, lease_s: float) -> "subprocess.Popen[str]":
    """Another process that holds the claim until it is killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(home), case.model_dump_json(), str(lease_s)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"HOME": str(home)},
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "1"
    return process


async def test_a_live_holder_keeps_others_out(home: Path, case: Callable[..., Case]) -> None:
    """The refusal names the task; `holder` shows it too."""
    mine = case(id="task-20261122-001")
    process = held(home, mine, 60)
    try:
        with pytest.raises(ClaimLost, match=r"#7 is being worked on already as task-20261122-001"):
            await SqlClaims(Database(home)).acquire(case(id="task-20261122-002"), 60)
        claim = await SqlClaims(Database(home)).holder(mine)
        assert claim is not None
        assert (claim.task_id, claim.fence) == ("task-20261122-001", 1)
    finally:
        process.kill()
        process.wait()


async def test_a_dead_holder_is_no_holder(home: Path, case: Callable[..., Case]) -> None:
    """After kill -9 the issue is free at once, with a higher number."""
    process = held(home, case(id="a"), 600)
    process.send_signal(signal.SIGKILL)
    process.wait()
    claims = SqlClaims(Database(home))
    assert await claims.holder(case()) is None
    assert (await claims.acquire(case(id="b"), 60)).fence == 2


async def test_a_dead_holder_that_nobody_has_reaped_is_none(home: Path, case: Callable[..., Case]) -> None:
    """In a container without an init a killed process stays in the list of processes."""
    process = held(home, case(id="a"), 600)
    process.kill()
    await asyncio.to_thread(os.waitid, os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert psutil.Process(process.pid).status() == psutil.STATUS_ZOMBIE
    assert await SqlClaims(Database(home)).holder(case()) is None
    process.wait()


async def test_a_lease_that_ended_is_lost(home: Path, case: Callable[..., Case]) -> None:
    """A holder that slept through its lease finds its number refused once somebody else took over."""
    process = held(home, case(id="a"), 0.01)
    try:
        await asyncio.sleep(0.05)
        claims = SqlClaims(Database(home))
        old = await claims.acquire(case(id="b"), 60)
        assert old.fence == 2
        await claims.prove(old, 60)
        new = await claims.acquire(case(id="c"), 60)
        with pytest.raises(ClaimLost, match="number 2"):
            await claims.prove(old, 60)
        await claims.release(old)
        await claims.prove(new, 60)
    finally:
        process.kill()
        process.wait()


async def test_release_frees_the_issue_and_keeps_the_number(home: Path, case: Callable[..., Case]) -> None:
    """Numbers only grow; other issues are not concerned."""
    claims = SqlClaims(Database(home))
    first = await claims.acquire(case(), 60)
    await claims.release(first)
    assert (await claims.acquire(case(), 60)).fence == 2
    assert (await claims.acquire(case(8), 60)).fence == 1
