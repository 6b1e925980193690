"""Real sandboxes and real folders."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import psutil
import pytest

from adapters.sandbox import Bounds, Bubblewrap, Isolation, Unconfined, choose_sandbox
from adapters.sandbox.choose import find_program
from domain.command import CommandResult, Place
from domain.errors import SandboxUnavailable
from domain.ports import Shell

Ask = Callable[..., Awaitable[CommandResult]]
Inside = Callable[..., Awaitable[str]]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """An empty workspace."""
    (tmp_path / "workspace").mkdir()
    return Place(workspace=tmp_path / "workspace")


@pytest.fixture
def bubblewrap() -> Bubblewrap:
    """The sandbox by default; machines that forbid it skip the test."""
    try:
        chosen = choose_sandbox("bubblewrap")
    except SandboxUnavailable as unavailable:
        pytest.skip(str(unavailable))
    assert isinstance(chosen, Bubblewrap)
    return chosen


@pytest.fixture(params=["bubblewrap", "none"])
def isolation(request: pytest.FixtureRequest) -> Isolation:
    """Each kind of sandbox in turn."""
    return request.getfixturevalue("bubblewrap") if request.param == "bubblewrap" else Unconfined()


@pytest.fixture
async def shell(isolation: Isolation, place: Place) -> AsyncIterator[Shell]:
    """A shell of each kind in turn."""
    opened = await isolation.shell(place)
    yield opened
    await opened.close()


@pytest.fixture
def ask() -> Ask:
    """Run a command in a shell; the result without its duration, for whole comparisons."""

    async def run(shell: Shell, command: str, timeout_s: float = 20) -> CommandResult:
        return (await shell.run(command, timeout_s)).model_copy(update={"seconds": 0.0})

    return run


@pytest.fixture
def running() -> Callable[[str], int]:
    """How many processes of this machine have a word among their arguments."""

    def count(word: str) -> int:
        return sum(word in (process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"]))

    return count


@pytest.fixture
def becomes(running: Callable[[str], int]) -> Callable[[str, int], Awaitable[bool]]:
    """Whether within two seconds that many processes have a word among their arguments."""

    async def wait(word: str, count: int) -> bool:
        for _ in range(100):
            if running(word) == count:
                return True
            await asyncio.sleep(0.02)
        return False

    return wait


@pytest.fixture
def inside(bubblewrap: Bubblewrap, place: Place) -> Inside:
    """What a command prints in a bubblewrap of its own; `at` another place, within other `bounds`."""

    async def run(command: str, timeout_s: float = 30, at: Place | None = None, bounds: Bounds | None = None) -> str:
        sandbox = Bubblewrap(find_program(), bounds) if bounds else bubblewrap
        return (await sandbox.run(at or place, command, timeout_s, {})).output

    return run


@pytest.fixture
def python_inside(inside: Inside) -> Inside:
    """What a Python program prints in there."""

    async def run(program: str, timeout_s: float = 30, at: Place | None = None) -> str:
        return await inside(f"python3 - <<'END' 2>&1\n{program}\nEND\n", timeout_s, at)

    return run
