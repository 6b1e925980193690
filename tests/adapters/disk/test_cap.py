"""The cap on the state folder."""

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from adapters.disk.cap import Cap, CappedState
from adapters.git.removal import remove

_DAY = 86_400
_MB = 1_000_000
Put = Callable[..., Path]


@pytest.fixture
def put(tmp_path: Path) -> Put:
    """Lay a folder of some megabytes into the state folder, last used some days ago."""

    def lay(name: str, days: float, megabytes: int = 1) -> Path:
        folder = tmp_path / name
        folder.mkdir(parents=True)
        (folder / "data").write_bytes(os.urandom(megabytes * _MB))
        when = time.time() - days * _DAY
        os.utime(folder, (when, when))
        return folder

    return lay


async def _nobody(task_id: str, attempt: int | None) -> bool:
    return False


def _left(home: Path) -> set[str]:
    kinds = ("workspaces/*", "checkpoints/*", "environments/*", "clones/*/*")
    return {str(path.relative_to(home)) for kind in kinds for path in home.glob(kind) if path.is_dir()}


async def test_what_nobody_used_for_two_weeks_goes(put: Put, tmp_path: Path) -> None:
    """Of every kind, with what lies beside it; what is younger stays."""
    for kind in ("workspaces/task-20261101-00{}-1", "checkpoints/task-20261101-00{}", "clones/github.com/{}.git"):
        put(kind.format(1), 15)
        put(kind.format(2), 13)
    put("environments/aaa", 15)
    for ending in ("ready", "log", "lock"):
        mark = tmp_path / "environments" / f"aaa.{ending}"
        mark.touch()
        os.utime(mark, (1, 1))
    assert await CappedState(tmp_path, remove).trim(_nobody) == 4
    assert _left(tmp_path) == {
        "workspaces/task-20261101-002-1",
        "checkpoints/task-20261101-002",
        "clones/github.com/2.git",
    }
    assert not (tmp_path / "environments" / "aaa.ready").exists()


async def test_too_much_goes_oldest_first(put: Put, tmp_path: Path) -> None:
    """Until the rest is small enough, and no more than that."""
    for day in range(1, 6):
        put(f"workspaces/task-2026110{day}-001-1", days=10 - day, megabytes=3)
    put("environments/new", days=0.1, megabytes=3)
    assert await CappedState(tmp_path, remove, Cap(size=10 * _MB)).trim(_nobody) == 3
    assert _left(tmp_path) == {
        "workspaces/task-20261104-001-1",
        "workspaces/task-20261105-001-1",
        "environments/new",
    }


async def test_a_live_case_keeps_everything(put: Put, tmp_path: Path) -> None:
    """Its workspace, its transcripts and the clone with its base, however old; an earlier attempt's files go."""
    put("workspaces/task-20261101-001-1", 20)
    put("workspaces/task-20261101-001-2", 20)
    put("checkpoints/task-20261101-001", 20)
    for number, run in ((1, "task-20261101-001-2"), (2, "task-20261101-009-1")):
        clone = put(f"clones/github.com/{number}.git", 20)
        runs = clone / "refs" / "claude-cluster-runs"
        runs.mkdir(parents=True)
        (runs / run).write_text("1" * 40)
        for folder in (runs, clone):
            os.utime(folder, (1, 1))

    async def live(task_id: str, attempt: int | None) -> bool:
        return task_id == "task-20261101-001" and attempt in {None, 2}

    assert await CappedState(tmp_path, remove, Cap(size=0)).trim(live) == 2
    assert _left(tmp_path) == {
        "workspaces/task-20261101-001-2",
        "checkpoints/task-20261101-001",
        "clones/github.com/1.git",
    }


async def test_a_workspace_lets_its_base_go(put: Put, tmp_path: Path) -> None:
    """The ref that kept the base in the clone is removed with it."""
    put("workspaces/task-20261101-001-1", 20)
    ref = put("clones/github.com/1.git", 1) / "refs" / "claude-cluster-runs" / "task-20261101-001-1"
    ref.parent.mkdir(parents=True)
    ref.write_text("1" * 40)
    await CappedState(tmp_path, remove).trim(_nobody)
    assert not ref.exists()
    assert _left(tmp_path) == {"clones/github.com/1.git"}


async def test_what_is_locked_stays(put: Put, tmp_path: Path) -> None:
    """A clone that is fetched into and an environment that is built right now are left alone."""
    put("clones/github.com/1.git", 20)
    put("environments/aaa", 20)
    with FileLock(tmp_path / "clones/github.com/1.lock"), FileLock(tmp_path / "environments/aaa.lock"):
        assert await CappedState(tmp_path, remove).trim(_nobody) == 0
    assert _left(tmp_path) == {"clones/github.com/1.git", "environments/aaa"}


async def test_nobody_looks_twice_within_the_hour(put: Put, tmp_path: Path) -> None:
    """A look at everything takes time; two at once are one."""
    state = CappedState(tmp_path, remove)
    put("workspaces/task-20261101-001-1", 20)
    assert sorted(await asyncio.gather(state.trim(_nobody), state.trim(_nobody))) == [0, 1]
    put("workspaces/task-20261101-002-1", 20)
    assert await state.trim(_nobody) == 0
    os.utime(tmp_path / "upkeep", (1, 1))
    assert await state.trim(_nobody) == 1


async def test_what_was_begun_is_finished(put: Put, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """After a crash in the middle nothing half is left; the log says what went."""
    put("workspaces/task-20261101-001-1.gone", 0)
    put("workspaces/task-20261101-001-1", 20, megabytes=2)
    with caplog.at_level("INFO"):
        await CappedState(tmp_path, remove).trim(_nobody)
    assert _left(tmp_path) == set()
    assert [one.getMessage() for one in caplog.records if "trimmed" in one.getMessage()] == [
        f"state trimmed folder={tmp_path} removed=1 freed_mb=2 left_mb=0"
    ]


async def test_what_is_over_goes_however_young(put: Put, tmp_path: Path) -> None:
    """Workspaces and transcripts of cases that were finished elsewhere; environments and clones stay for others."""
    over, here = "task-20261101-001", "task-20261101-002"
    for task in (over, here):
        put(f"workspaces/{task}-1", days=0)
        put(f"checkpoints/{task}", days=0)
    put("environments/aaa", days=0)
    ref = put("clones/github.com/1.git", days=0) / "refs" / "claude-cluster-runs" / f"{over}-1"
    ref.parent.mkdir(parents=True)
    ref.touch()

    async def needed(task_id: str, attempt: int | None) -> bool:
        return task_id == here

    assert await CappedState(tmp_path, remove).clear(needed) == 2
    assert _left(tmp_path) == {
        f"workspaces/{here}-1",
        f"checkpoints/{here}",
        "environments/aaa",
        "clones/github.com/1.git",
    }
    assert not ref.exists()


async def test_a_parts_files_belong_to_its_task(tmp_path: Path, put: Put) -> None:
    """Who asks about a workspace of a part hears of the task and its attempt, as for the whole."""
    put("workspaces/task-20261101-002-1.part-1", days=0)
    put("workspaces/task-20261101-002-12", days=0)
    asked = []

    async def needed(task_id: str, attempt: int | None) -> bool:
        asked.append((task_id, attempt))
        return True

    assert await CappedState(tmp_path, remove).clear(needed) == 0
    assert sorted(asked) == [("task-20261101-002", 1), ("task-20261101-002", 12)]
