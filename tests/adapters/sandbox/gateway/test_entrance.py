"""Who may open sockets in a sandbox's network, and what is said where that can't be done."""

import asyncio
import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest

from adapters.sandbox import Bubblewrap
from adapters.sandbox.gateway import entrance
from adapters.sandbox.gateway.doors import doors_of
from domain.command import Place
from domain.endpoint import Endpoint
from domain.errors import SandboxUnavailable

_DOORS = doors_of([Endpoint(host="db.test", port=443), Endpoint(host="10.9.9.9", port=80)])
_NOBODY = 65534
_UNPRIVILEGED = """
import socket, subprocess, sys, time
bubblewrap, inside = sys.argv[1:]
flags = "--unshare-all --unshare-user --disable-userns --cap-drop ALL --ro-bind / / --proc /proc --dev /dev".split()
knock = "read go; head -n 1 </dev/tcp/127.77.0.1/443; head -n 1 </dev/tcp/10.9.9.9/80"
held = subprocess.Popen([bubblewrap, *flags, "bash", "-c", knock], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
children = ""
while not children:
    time.sleep(0.05)
    children = open(f"/proc/{held.pid}/task/{held.pid}/children").read()
time.sleep(0.5)
ours, theirs = socket.socketpair()
pid, wanted = children.split()[0], ["127.77.0.1:443", "10.9.9.9:80"]
command = [sys.executable, "-I", "-S", inside, pid, str(theirs.fileno()), *wanted]
subprocess.run(command, pass_fds=[theirs.fileno()], check=True)
_, opened, _, _ = socket.recv_fds(ours, 1, 2)
held.stdin.write(b"go\\n")
held.stdin.flush()
for one in opened:
    line, _ = socket.socket(fileno=one).accept()
    line.sendall(b"hello\\n")
    line.close()
print(held.communicate()[0].decode(), end="")
"""


async def test_a_network_that_is_ours() -> None:
    """Where nothing is confined, nothing is opened: the sockets would be this machine's."""
    with pytest.raises(SandboxUnavailable, match="no network of its own") as refused:
        await entrance.listening([os.getpid()], _DOORS)
    assert "take `network` out of [tests]" in refused.value.remedy


async def test_what_the_kernel_refuses(bubblewrap: Bubblewrap, place: Place) -> None:
    """A port that is taken inside already is told in the system's words, and no socket stays open."""
    with bubblewrap.launch(place) as launch:
        process = await asyncio.create_subprocess_exec(
            *(*launch.argv, "-c", "sleep 60"), env=launch.variables, pass_fds=launch.fds
        )
        try:
            pids = await _confined_child(process.pid)
            held = await entrance.listening(pids, _DOORS)
            with pytest.raises(SandboxUnavailable, match=r"can't be entered: .*Address already in use"):
                await entrance.listening(pids, _DOORS)
            for one in held:
                one.close()
        finally:
            process.kill()
            await process.wait()


async def _confined_child(pid: int) -> list[int]:
    own = Path("/proc/self/ns/net").readlink()
    for _ in range(200):
        children = [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        if children and Path(f"/proc/{children[0]}/ns/net").readlink() != own:
            return children
        await asyncio.sleep(0.05)
    raise AssertionError("the sandbox did not start")


def test_without_root(bubblewrap: Bubblewrap) -> None:
    """A worker that is nobody opens low ports and addresses in there as well: the sandbox's network is its own."""
    python = shutil.which("python3", path="/usr/bin:/bin")
    if os.geteuid() != 0 or python is None or not shutil.which("setpriv"):
        pytest.skip("for root, who can be nobody, with a Python that nobody can read")
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        copy = Path(folder, "inside.py")
        shutil.copy(entrance._PROGRAM, copy)
        Path(folder).chmod(0o755)
        nobody = ["setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups"]
        program = str(bubblewrap._program.path)
        if subprocess.run([*nobody, program, "--version"], capture_output=True, check=False, cwd="/").returncode:
            pytest.skip("nobody can't start this bubblewrap")
        command = [*nobody, python, "-c", _UNPRIVILEGED, program, str(copy)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd="/")
    assert (done.stdout, done.returncode) == ("hello\nhello\n", 0), done.stderr


async def test_a_sandbox_that_can_open_nothing(
    bubblewrap: Bubblewrap, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing runs without what it was promised: the run is refused before the first command."""
    broken = tmp_path / "inside.py"
    broken.write_text("import sys\nsys.exit('Operation not permitted')\n")
    monkeypatch.setattr(entrance, "_PROGRAM", broken)
    at = place.model_copy(update={"network": (Endpoint(host="db.test", port=443),)})
    with pytest.raises(SandboxUnavailable, match="can't be entered: Operation not permitted"):
        await bubblewrap.run(at, "touch ran", 30, {})
    assert list(place.workspace.iterdir()) == []


def test_doors() -> None:
    """Names get addresses of the loopback that no listed address takes; every service has one door."""
    listed = [("db.test", 1), ("db.test", 2), ("127.77.0.1", 5), ("b.test", 1), ("db.test", 1), ("localhost", 3)]
    doors = doors_of(Endpoint(host=host, port=port) for host, port in listed)
    assert [(door.inside, str(door.endpoint)) for door in doors] == [
        ("127.77.0.2", "db.test:1"),
        ("127.77.0.2", "db.test:2"),
        ("127.77.0.1", "127.77.0.1:5"),
        ("127.77.0.3", "b.test:1"),
        ("127.0.0.1", "localhost:3"),
    ]
    assert socket.inet_aton(doors[0].inside)
