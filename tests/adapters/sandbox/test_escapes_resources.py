"""Runaways: each is stopped within its bound, and the agent is told which bound that was and what to do."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import psutil
import pytest

from adapters.sandbox import Bounds, Isolation
from adapters.sandbox.cgroup import make_cgroup
from domain.command import CommandResult, Place

_MIB = 1024 * 1024
Run = Callable[..., Awaitable[CommandResult]]
Box = Callable[..., Isolation]
# What only mounts of their own give.
MOUNTED = pytest.mark.parametrize("box", ["bubblewrap"], indirect=True)


@pytest.fixture
def within(box: Box, place: Place) -> Run:
    """Runs a command in a shell with these bounds, then `echo on`: the shell must still answer."""

    async def run(command: str, bounds: Bounds, timeout_s: float = 20) -> CommandResult:
        shell = await box(bounds).shell(place)
        try:
            told = await shell.run(command, timeout_s)
            assert (await shell.run("echo on", 10)).output == "on\n"
        finally:
            await shell.close()
        return told

    return run


@contextmanager
def _most_processes() -> Iterator[list[int]]:
    """How many processes this one has below it while the block runs, looked at every 20 ms."""
    seen: list[int] = []
    this = psutil.Process()

    async def look() -> None:
        while True:
            seen.append(len(this.children(recursive=True)))
            await asyncio.sleep(0.02)

    task = asyncio.ensure_future(look())
    try:
        yield seen
    finally:
        task.cancel()


@pytest.fixture
def capped_by_the_kernel() -> None:
    """A fork bomb is only tried where the kernel itself refuses a process too many."""
    group = make_cgroup(Bounds(processes=50))
    if group:
        group.remove()
    elif os.geteuid() == 0:
        pytest.skip("as root without a control group to make, processes are counted by the watch alone")


async def test_the_kernel_counts_processes(box: Box, place: Place, capped_by_the_kernel: None) -> None:
    """Of 150 processes asked for at once, the kernel never allows more than a little above the cap of 60."""
    bounds = Bounds(processes=60)
    program = (
        "import os, time\nmade = 0\ntry:\n for _ in range(150):\n  if not os.fork():\n   time.sleep(5); os._exit(0)\n"
    )
    program += "  made += 1\nexcept OSError as error:\n print(error.strerror)\nprint(made, flush=True)"
    told = await box(bounds).run(place, f"python3 -c '{program}'; sleep 2", 20, {})
    count = [int(word) for word in told.output.split() if word.isdigit()]
    assert told.output.endswith("[killed: more than 60 processes and threads at once; start fewer]\n")
    assert all(60 <= one <= bounds.kernel_processes for one in count)


async def test_fork_bomb(within: Run, capped_by_the_kernel: None) -> None:
    """It is ended as a whole, and never has many more processes than it may."""
    bounds = Bounds(processes=80)
    with _most_processes() as seen:
        told = await within("f() { f | f & }; f; sleep 20", bounds)
    assert told.output.endswith("[killed: more than 80 processes and threads at once; start fewer]\n")
    assert (told.exit_code, told.restarted) == (137, True)
    assert max(seen) <= bounds.kernel_processes + 5
    assert told.seconds < 5


async def test_fork_bomb_of_daemons(within: Run, capped_by_the_kernel: None) -> None:
    """Processes that leave their session and their parent at once are counted all the same."""
    told = await within("g() { (setsid bash -c 'sleep 9' & setsid bash -c 'sleep 9' &); g; }; g", Bounds(processes=70))
    assert told.output.endswith("[killed: more than 70 processes and threads at once; start fewer]\n")


async def test_threads(within: Run) -> None:
    """Threads count as processes do."""
    program = "import threading, time\nfor _ in range(100): threading.Thread(target=time.sleep, args=(9,)).start()"
    told = await within(f"python3 -c '{program}'", Bounds(processes=70))
    assert "[killed: more than 70 processes and threads at once; start fewer]\n" in told.output


MEMORY = {
    "one_process": "x = bytearray(600 << 20)",
    "slowly": "x = []\nfor _ in range(600): x.append(b'1' * (1 << 20)); time.sleep(0.001)",
    "shared": "import mmap; x = mmap.mmap(-1, 600 << 20)\nfor at in range(0, 600 << 20, 4096): x[at] = 1",
    "many_processes": "import os\nfor _ in range(12):\n if not os.fork():\n  x = bytearray(50 << 20); time.sleep(9)",
    "mapped_file": "import mmap; f = open('/tmp/f', 'w+b'); f.truncate(600 << 20); x = mmap.mmap(f.fileno(), 0)\n"
    "for at in range(0, 600 << 20, 4096): x[at] = 1",
}


@pytest.mark.parametrize("kind", MEMORY)
async def test_memory(within: Run, kind: str) -> None:
    """However it is taken, memory above the cap soon ends the command, and the shell goes on."""
    told = await within(f'python3 -c "import time\n{MEMORY[kind]}\ntime.sleep(9)"', Bounds(memory=128 * _MIB))
    assert told.output.endswith("[killed: all processes together used more than 0.12 GiB of memory; do less at once]\n")
    assert (told.exit_code, told.restarted) == (137, False)
    assert told.seconds < 4


MOUNTS = {"/tmp": "tmp", "/dev/shm": "shm", "/home/agent": "home", "/var/tmp": "tmp"}


@MOUNTED
@pytest.mark.parametrize("folder", MOUNTS)
async def test_filling_folders_in_memory(within: Run, folder: str) -> None:
    """Each is full at its size, which the program is told by the kernel."""
    bounds = Bounds(tmp=4 * _MIB, shm=3 * _MIB, home=2 * _MIB)
    told = await within(f"head -c 32M /dev/zero > {folder}/x; stat -c %s {folder}/x", bounds)
    said, size = told.output.strip().rsplit("\n", 1)
    assert said.endswith("No space left on device")
    assert int(size) <= getattr(bounds, MOUNTS[folder])


@pytest.mark.parametrize("folder", ["/", "/run", "/dev", "/etc", "/proc/fs", "/usr/local", "/home", "/var"])
async def test_no_other_folder_takes_files(within: Run, folder: str) -> None:
    """Nowhere else can anything be written at all."""
    told = await within(
        f"touch {folder}/made 2>/dev/null && echo made; mkdir {folder}/m 2>/dev/null && echo made", Bounds()
    )
    assert told.output == ""


async def test_filling_the_disk(within: Run, place: Place) -> None:
    """Many files that each are small enough end the command when they are too much together."""
    command = "for n in $(seq 400); do head -c 1M /dev/zero > f$n; sleep 0.005; done; echo reached"
    told = await within(command, Bounds(disk=48 * _MIB))
    words = "[killed: the files written take more than 0.047 GiB on the disk; remove what is not needed]\n"
    assert told.output.endswith(words)
    assert "reached" not in told.output
    held = sum(path.stat().st_size for path in place.workspace.iterdir())
    assert 48 * _MIB < held < 300 * _MIB


async def test_room_can_be_made_again(box: Box, place: Place) -> None:
    """After such an end the files can be removed, and work goes on."""
    shell = await box(Bounds(disk=48 * _MIB)).shell(place)
    await shell.run("head -c 64M /dev/zero > big; sleep 5", 20)
    told = await shell.run("rm big; sleep 0.5; head -c 8M /dev/zero > small; sleep 0.5; echo on", 20)
    await shell.close()
    assert (told.exit_code, told.output) == (0, "on\n")


async def test_a_file_that_was_removed_while_open(within: Run, place: Place) -> None:
    """Its size is bounded as any file's, and it goes when the process does."""
    told = await within("exec 5>f; rm f; head -c 64M /dev/zero >&5; echo $?", Bounds(file=8 * _MIB))
    assert told.output.splitlines()[-1] in {"153", "1"}
    assert list(place.workspace.iterdir()) == []


async def test_one_huge_file(within: Run, place: Place) -> None:
    """No file grows beyond its bound, by writing, by truncating or by allocating, and the bound can't be raised."""
    ways = "ulimit -f unlimited; head -c 9M /dev/zero > a; truncate -s 1T b; fallocate -l 1G c; dd if=a of=d seek=1G"
    await within(f"({ways}) 2>/dev/null", Bounds(file=2 * _MIB))
    assert all(path.stat().st_size <= 2 * _MIB for path in place.workspace.iterdir())


async def test_endless_output(within: Run) -> None:
    """A flood is cut, kept small in our memory, and ended."""
    begun = time.monotonic()
    told = await within("cat /dev/zero | tr '\\0' x", Bounds(output=20_000_000))
    assert told.output.endswith("[killed: more than 20 MB of output; write to a file, print parts of it]\n")
    assert len(told.output) < 11_000
    assert time.monotonic() - begun < 8


@pytest.mark.parametrize(
    "command",
    [
        "sleep 99",
        "while :; do :; done",
        "trap '' INT TERM; sleep 99",
        "read -r x < <(sleep 99)",
        "yes >/dev/null",
        "wait & cat",
    ],
)
async def test_wall_clock(within: Run, command: str) -> None:
    """Whatever it does or does not do, a command ends when its time is over."""
    told = await within(f"{command}; sleep 99", Bounds(), 0.5)
    assert (told.exit_code, told.timed_out) == (None, True)
    assert told.seconds < 6


async def test_folders_without_end(within: Run, place: Place) -> None:
    """A tree deeper than any path is weighed and stopped on nothing of ours."""
    program = "import os\nfor _ in range(40):\n os.mkdir('d' * 200); os.chdir('d' * 200)\n"
    program += "open('f', 'wb').write(bytes(64 << 20))"
    told = await within(f'python3 -c "{program}"; sleep 1; echo on', Bounds(disk=32 * _MIB))
    assert told.output.endswith(("on\n", "remove what is not needed]\n"))
    await within("rm -rf d*", Bounds())


async def test_limits_can_not_be_raised(within: Run) -> None:
    """What the kernel was told is final."""
    told = await within("for letter in f u c; do ulimit -$letter unlimited && echo raised; done 2>/dev/null", Bounds())
    assert told.output == ""
