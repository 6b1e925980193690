"""Real sandboxes and real folders."""

import asyncio
import ctypes
import fcntl
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from adapters.sandbox import Bounds, Bubblewrap, Container, Isolation, Unconfined, choose_sandbox
from adapters.sandbox.choose import find_program
from adapters.sandbox.container import landlock
from adapters.sandbox.container.ranges import Ranges
from domain.command import CommandResult, Place
from domain.errors import SandboxUnavailable
from domain.ports import Shell

Ask = Callable[..., Awaitable[CommandResult]]
Inside = Callable[..., Awaitable[str]]
Box = Callable[..., Isolation]

_CONTAINER, _WALLS = "container", "walls"
_FIRST, _SPAN, _WORKER = 40_000, 1_000, 990
_START_SECONDS = 60
_READ_SEARCH = 2  # linux/capability.h
_CAPABILITIES_V3 = 0x20080522


@dataclass(frozen=True)
class Helper:
    """A helper of the sandbox `container` that really runs as root; `folder` is the worker's, for tests."""

    socket: Path
    folder: Path
    ranges: Ranges

    @contextmanager
    def as_worker(self) -> Iterator[None]:
        """What this process does meanwhile, the worker does: files are its, and the helper hears it."""
        ranges, groups, mask = self.ranges, os.getgroups(), os.umask(0o027)
        above = [Path(sys.base_prefix), *Path(sys.base_prefix).parents]
        shut_off = not all(folder.stat().st_mode & 0o001 for folder in above)
        try:
            os.setgroups([*ranges.users, *ranges.groups])
            # Really that user, for what this process starts too; what was saved is the way back.
            os.setresgid(ranges.worker, ranges.worker, 0)
            os.setresuid(ranges.worker, ranges.worker, 0)
            if shut_off:
                _still_read()
            yield
        finally:
            os.setresuid(0, 0, 0)
            os.setresgid(0, 0, 0)
            os.setgroups(groups)
            os.umask(mask)


def _still_read() -> None:
    """Where Python itself lies in a folder that lets no other user pass, its modules must still be found."""
    lines = Path("/proc/self/status").read_text().splitlines()
    held = int(next(line.split()[1] for line in lines if line.startswith("CapPrm")), 16)
    low, high = held & 0xFFFFFFFF, held >> 32
    head = struct.pack("=Ii", _CAPABILITIES_V3, 0)
    assert ctypes.CDLL(None).capset(head, struct.pack("=6I", 1 << _READ_SEARCH, low, 0, 0, high, 0)) == 0


@contextmanager
def _numbers() -> Iterator[Ranges]:
    """Users that no other test run on this machine has meanwhile."""
    for index in range(50):
        with Path(tempfile.gettempdir(), f"claude-cluster-test-users-{index}").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            first = _FIRST + index * _SPAN
            yield Ranges(worker=first + _WORKER, first=first, slots=30, shared=800)
            return
    pytest.skip("no free users for the sandbox `container`")


@pytest.fixture(scope="session")
def helper() -> Iterator[Helper]:
    """One helper for all tests of this process; only root can start it."""
    with running_helper("-m", "adapters.sandbox.container.main") as made:
        yield made


@contextmanager
def running_helper(*program: str) -> Iterator[Helper]:
    """A helper, started by these words behind Python's; skips where it can't be."""
    if sys.platform != "linux" or os.getuid() != 0:
        pytest.skip("the helper of the sandbox `container` is started by root, on Linux")
    folder = Path(tempfile.mkdtemp(prefix="claude-cluster-test-"))
    folder.chmod(0o711)
    with _numbers() as ranges:
        made = Helper(folder / "run" / "socket", folder / "work", ranges)
        made.folder.mkdir(mode=0o700)
        os.chown(made.folder, ranges.worker, ranges.worker)
        numbers = {"user": ranges.worker, "first-uid": ranges.first, "slots": ranges.slots, "shared": ranges.shared}
        options = [word for name, value in numbers.items() for word in (f"--{name}", str(value))]
        options += ["--socket", str(made.socket)]
        process = subprocess.Popen(
            [sys.executable, *program, *options, "--", "sleep", "infinity"],
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
                "CLAUDE_CLUSTER_HOME": str(made.folder),
            },
            cwd=Path(__file__).parents[3],
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            _wait_for(made.socket, process)
            yield made
        finally:
            process.terminate()
            process.communicate(timeout=_START_SECONDS)
            shutil.rmtree(folder, ignore_errors=True)


def _wait_for(socket: Path, process: "subprocess.Popen[str]") -> None:
    until = time.monotonic() + _START_SECONDS
    while not socket.exists():
        if process.poll() is not None:
            said = process.communicate()[1].strip()
            assert "must start as root" in said, said
            pytest.skip(said)
        assert time.monotonic() < until, "the helper did not start"
        time.sleep(0.05)


def _is_container(request: pytest.FixtureRequest) -> bool:
    called = getattr(request.node, "callspec", None)
    return called is not None and not {_CONTAINER, _WALLS}.isdisjoint(map(str, called.params.values()))


@pytest.fixture
def tmp_path(request: pytest.FixtureRequest) -> Path:
    """An empty folder; for tests of the sandbox `container` one of the worker's, which others may pass."""
    if _is_container(request):
        return Path(tempfile.mkdtemp(dir=request.getfixturevalue("container").folder))
    found: Path = request.getfixturevalue("tmp_path_factory").mktemp("test")
    return found


@pytest.fixture(autouse=True)
def isolated(request: pytest.FixtureRequest, isolated: Path) -> Path:
    """As everywhere, and the worker's where it has to write there."""
    if not _is_container(request):
        return isolated
    home = Path(tempfile.mkdtemp(dir=request.getfixturevalue("container").folder))
    request.getfixturevalue("monkeypatch").chdir(home)
    return home


@pytest.fixture
def container(helper: Helper) -> Iterator[Helper]:
    """The helper of the sandbox `container`, and this process is its worker."""
    with helper.as_worker():
        yield helper


@pytest.fixture(params=["bubblewrap", _CONTAINER, _WALLS])
def box(request: pytest.FixtureRequest) -> Box:
    """Makes a sandbox that confines, of each kind in turn, with the given bounds.

    `walls` is the sandbox `container` with nothing but users and groups, as on a kernel without Landlock.
    """
    if request.param == "bubblewrap":
        request.getfixturevalue("bubblewrap")
        return lambda bounds=None: Bubblewrap(find_program(), bounds)
    if request.param == _CONTAINER and not landlock.version():
        pytest.skip("the kernel has no Landlock: see `walls`")
    socket, shut_out = request.getfixturevalue("container").socket, request.param == _CONTAINER
    return lambda bounds=None: Container(bounds, socket=socket, shut_out=shut_out)


@pytest.fixture
def confined(box: Box) -> Isolation:
    """A sandbox that confines, of each kind in turn."""
    return box()


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


@pytest.fixture(params=["bubblewrap", _CONTAINER, "none"])
def isolation(request: pytest.FixtureRequest) -> Isolation:
    """Each kind of sandbox in turn."""
    if request.param == "none":
        return Unconfined()
    made = request.getfixturevalue(request.param)
    return Container(socket=made.socket) if isinstance(made, Helper) else made  # type: ignore[no-any-return]


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
def inside(box: Box, place: Place) -> Inside:
    """What a command prints in a sandbox of its own, of each kind in turn; `at` another place, in other `bounds`."""

    async def run(command: str, timeout_s: float = 30, at: Place | None = None, bounds: Bounds | None = None) -> str:
        return (await box(bounds).run(at or place, command, timeout_s, {})).output

    return run


@pytest.fixture
def python_inside(inside: Inside) -> Inside:
    """What a Python program prints in there."""

    async def run(program: str, timeout_s: float = 30, at: Place | None = None) -> str:
        return await inside(f"python3 - <<'END' 2>&1\n{program}\nEND\n", timeout_s, at)

    return run
