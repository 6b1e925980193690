"""Attempts on processes outside, and attempts to outlive the sandbox."""

import asyncio
import multiprocessing
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from adapters.sandbox import Isolation
from domain.command import Place

Inside = Callable[..., Awaitable[str]]
Becomes = Callable[[str, int], Awaitable[bool]]
CANARY = "canary-8841"
# What only mounts and namespaces of their own give; where processes of others are seen.
MOUNTED = pytest.mark.parametrize("box", ["bubblewrap"], indirect=True)
UNMOUNTED = pytest.mark.parametrize("box", ["container", "walls"], indirect=True)


@pytest.fixture
def victim() -> Iterator[subprocess.Popen[bytes]]:
    """A process of this machine with a secret in its environment."""
    with subprocess.Popen(["sleep", "60"], env={"TOKEN": CANARY}) as process:
        yield process
        process.kill()


@UNMOUNTED
async def test_environment_of_others(inside: Inside, victim: subprocess.Popen[bytes]) -> None:
    """No environment, memory, folder or file of a process outside opens, the helper's and the worker's included."""
    names = "environ maps mem auxv stack syscall io pagemap timers map_files fd/0 cwd/ root/etc/passwd"
    ways = f"for p in 1 {victim.pid} {os.getpid()}; do for n in {names}; do head -c 9 /proc/$p/$n; done; "
    told = await inside(f"({ways} ls /proc/$p/cwd/ /proc/$p/fd /proc/$p/root/ /proc/$p/ns/mnt; done) 2>/dev/null")
    assert told.replace("\0", "") == ""
    assert CANARY not in await inside(
        "cat /proc/[0-9]*/environ /proc/[0-9]*/task/*/environ 2>/dev/null | tr '\\0' '\\n'"
    )


@MOUNTED
async def test_list_of_processes(inside: Inside, victim: subprocess.Popen[bytes]) -> None:
    """No process but the sandbox's own is listed, and no environment, command line or folder of another opens."""
    pids = f"{victim.pid} {os.getpid()} {os.getppid()}"
    ways = f"for p in {pids}; do cat /proc/$p/environ /proc/$p/cmdline; ls /proc/$p/cwd /proc/$p/fd /proc/$p/root; done"
    told = await inside(f"({ways}; cat /proc/[0-9]*/environ) 2>/dev/null | tr '\\0' '\\n'; ls -d /proc/[0-9]* | wc -l")
    assert CANARY not in told
    assert int(told.splitlines()[-1]) < 8


async def test_keys_of_the_worker(confined: Isolation, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own keys are in no environment and no memory of any process inside."""
    key = secrets.token_hex(16)
    monkeypatch.setenv("ANTHROPIC_API_KEY", key)
    program = f"""
import glob, re
seen, wanted = 0, bytes({list(key.encode())}[::-1])[::-1]
for folder in glob.glob("/proc/[0-9]*"):
    try:
        lines = open(folder + "/maps").readlines()
    except OSError:
        continue
    for line in lines:
        at, end = (int(word, 16) for word in line.split()[0].split("-"))
        if "rw" not in line or "[v" in line or folder == "/proc/%d" % __import__("os").getpid():
            continue
        try:
            memory = open(folder + "/mem", "rb")
            memory.seek(at)
            data = memory.read(end - at)
        except OSError:
            continue
        seen += 1
        if wanted in data:
            print("found", folder, line)
print("looked", seen > 0)
"""
    await asyncio.to_thread((place.workspace / "look.py").write_text, program)
    told = await confined.run(place, "python3 look.py; env | grep -c ANTHROPIC", 30, {})
    assert told.output == "looked True\n0\n"


TRACE = """
import ctypes, errno, os, signal
libc = ctypes.CDLL(None, use_errno=True)
room = ctypes.create_string_buffer(64)
class Piece(ctypes.Structure):
    _fields_ = [("at", ctypes.c_void_p), ("size", ctypes.c_size_t)]
here, there = Piece(ctypes.addressof(room), 64), Piece(ctypes.addressof(room), 64)
def told(came):
    return "done" if came >= 0 else errno.errorcode[ctypes.get_errno()]
for pid in PIDS:
    print(told(libc.ptrace(16, pid, 0, 0)), told(libc.ptrace(0x4206, pid, 0, 0)))
    print(told(libc.process_vm_readv(pid, ctypes.byref(here), 1, ctypes.byref(there), 1, 0)))
    print(told(libc.process_vm_writev(pid, ctypes.byref(here), 1, ctypes.byref(there), 1, 0)))
    print(told(libc.syscall(434, pid, 0)), told(libc.kill(pid, 9)), told(libc.setpriority(0, pid, 5)))
"""


@MOUNTED
async def test_tracing_and_signalling_others(python_inside: Inside, victim: subprocess.Popen[bytes]) -> None:
    """ptrace, process_vm_readv and _writev, pidfd_open, kill and setpriority find no process of ours."""
    far = [pid for pid in (victim.pid, os.getpid()) if pid > 100]
    told = await python_inside(TRACE.replace("PIDS", repr(far)))
    assert set(told.split()) <= {"ESRCH"}
    assert len(told.split()) == 7 * len(far)
    assert victim.poll() is None


@UNMOUNTED
async def test_tracing_and_signalling_those_that_are_seen(
    python_inside: Inside, victim: subprocess.Popen[bytes]
) -> None:
    """They are another user's: of all these calls none does anything, by process id or by descriptor."""
    calls = """
fd = libc.syscall(434, PID, 0)
answers = [libc.ptrace(16, PID, 0, 0), libc.ptrace(0x4206, PID, 0, 0), libc.kill(PID, 9), libc.kill(PID, 0)]
answers += [libc.process_vm_readv(PID, ctypes.byref(here), 1, ctypes.byref(there), 1, 0)]
answers += [libc.process_vm_writev(PID, ctypes.byref(here), 1, ctypes.byref(there), 1, 0)]
answers += [libc.setpriority(0, PID, 5), libc.syscall(424, fd, 9, 0, 0), libc.syscall(438, fd, 0, 0)]
answers += [libc.prlimit(PID, 7, None, ctypes.byref(room)), libc.syscall(440, fd, ctypes.byref(here), 1, 21, 0)]
print(set(answers))
"""
    head = TRACE.partition("def told")[0]
    pids = (victim.pid, os.getpid(), 1)
    told = await python_inside(head + "".join(calls.replace("PID", str(pid)) for pid in pids))
    assert told == "{-1}\n" * len(pids)
    assert victim.poll() is None


async def test_killing_everything(inside: Inside, victim: subprocess.Popen[bytes]) -> None:
    """A signal to all, to the group or to the first process ends nothing outside."""
    for way in ("kill -9 -1", "kill -9 0", "kill -9 1", "kill -9 -- -1", "pkill -9 -f .", "kill -STOP 1"):
        await inside(way, 5)
    assert victim.poll() is None


async def test_open_files_of_the_worker(inside: Inside, tmp_path: Path) -> None:
    """A file that we hold open, even one that children inherit, is open in no process inside."""
    (tmp_path / "secret").write_text(CANARY)
    fd = os.open(tmp_path / "secret", os.O_RDONLY)
    os.set_inheritable(fd, True)
    try:
        told = await inside(f"(cat <&{fd}) 2>&1; readlink /proc/[0-9]*/fd/*")
    finally:
        os.close(fd)
    assert CANARY not in told
    assert str(tmp_path) not in told


@UNMOUNTED
async def test_the_first_to_go(inside: Inside) -> None:
    """When the machine's memory runs out these go first; they can't make others go before them."""
    told = await inside(
        f"cat /proc/self/oom_score_adj; for p in self 1 {os.getpid()}; do echo -1 > /proc/$p/oom_score_adj; done"
    )
    assert told.splitlines()[0] == "900"
    assert told.count("Permission denied") == 3


@MOUNTED
async def test_the_last_to_be_spared(inside: Inside) -> None:
    """When the machine's memory runs out these go first, and they can't change it."""
    told = await inside("cat /proc/1/oom_score_adj /proc/self/oom_score_adj; echo -1000 > /proc/self/oom_score_adj")
    assert told.splitlines()[:2] == ["900", "900"]
    assert "Read-only file system" in told


DAEMONS = {
    "nohup": "nohup sleep {word} >/dev/null 2>&1 &",
    "setsid": "setsid sleep {word} >/dev/null 2>&1 &",
    "double_fork": "( ( setsid sleep {word} & ) & ) >/dev/null 2>&1",
    "deaf_to_signals": "(trap '' TERM INT HUP QUIT PIPE; exec setsid sleep {word}) >/dev/null 2>&1 &",
    "stopped": "setsid sleep {word} & sleep 0.1; pkill -STOP -f {word}",
    "python_daemon": "python3 -c 'import os,sys\nif os.fork(): sys.exit()\nos.setsid()\nif os.fork(): sys.exit()\n"
    'os.execvp("sleep", ["sleep", "{word}"])\'',
    "subreaper": "python3 -c 'import ctypes, os\nctypes.CDLL(None).prctl(36, 1)\nif not os.fork():\n os.setsid()\n"
    ' os.execvp("sleep", ["sleep", "{word}"])\'',
    "coprocess": "coproc sleep {word}; disown -a",
}


@pytest.mark.parametrize("kind", DAEMONS)
async def test_daemons_of_a_run(confined: Isolation, place: Place, becomes: Becomes, kind: str) -> None:
    """What a run leaves in the background is dead when its result is there."""
    word = f"9{secrets.randbelow(10**6):06}"
    await confined.run(place, DAEMONS[kind].format(word=word), 20, {})
    assert await becomes(word, 0)


@pytest.mark.parametrize("kind", DAEMONS)
async def test_daemons_of_a_shell(confined: Isolation, place: Place, becomes: Becomes, kind: str) -> None:
    """What a shell's commands leave goes on with the shell, is killed by a time-out, and ends with it."""
    shell = await confined.shell(place)
    words = [f"9{secrets.randbelow(10**6):06}" for _ in range(2)]
    await shell.run(DAEMONS[kind].format(word=words[0]), 20)
    assert await becomes(words[0], 1)
    await shell.run("sleep 30", 0.2)
    assert await becomes(words[0], 0)
    await shell.run(DAEMONS[kind].format(word=words[1]), 20)
    assert await becomes(words[1], 1)
    await shell.close()
    assert await becomes(words[1], 0)


async def test_the_shell_itself_stopped(confined: Isolation, place: Place) -> None:
    """A command that stops its own shell holds nobody up beyond its time."""
    shell = await confined.shell(place)
    told = await shell.run("kill -STOP $$", 0.5)
    after = await shell.run("echo on", 10)
    await shell.close()
    assert (told.timed_out, told.restarted, after.output) == (True, True, "on\n")
    assert told.seconds < 20


@pytest.mark.parametrize("box", ["container"], indirect=True)
def test_the_worker_of_a_helper_killed(confined: Isolation, place: Place, becomes: Becomes) -> None:
    """When the worker is killed outright, its helper ends what ran for it."""
    word = f"9{secrets.randbelow(10**6):06}"

    def work() -> None:
        asyncio.run(confined.run(place, f"setsid sleep {word} & sleep {word}", 60, {}))

    worker = multiprocessing.get_context("fork").Process(target=work)
    worker.start()
    assert asyncio.run(becomes(word, 2))
    worker.kill()
    worker.join()
    assert asyncio.run(becomes(word, 0))


async def test_the_worker_killed(place: Place, bubblewrap: Isolation, becomes: Becomes) -> None:
    """When the worker itself is killed outright, nothing of the sandbox is left."""
    word = f"9{secrets.randbelow(10**6):06}"
    program = (
        "import asyncio, sys\nfrom pathlib import Path\nfrom adapters.sandbox import choose_sandbox\n"
        "from domain.command import Place\n"
        "asyncio.run(choose_sandbox('auto').run(Place(workspace=Path(sys.argv[1])), sys.argv[2], 60, {}))"
    )
    found = os.pathsep.join([str(Path(__file__).parents[3]), *sys.path])
    started = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program, str(place.workspace), f"setsid sleep {word} & sleep {word}"),
        env={"PATH": os.environ["PATH"], "PYTHONPATH": found},
    )
    for _ in range(10):
        if await becomes(word, 2):
            break
    started.send_signal(signal.SIGKILL)
    await started.wait()
    assert await becomes(word, 0)
