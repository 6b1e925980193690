"""What bubblewrap keeps in."""

import os
import sys
import tempfile
import threading
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path

import pytest

from adapters.sandbox import Bubblewrap
from domain.command import CommandResult, Place
from domain.errors import BadWork, SandboxUnavailable


async def _output(sandbox: Bubblewrap, place: Place, command: str) -> str:
    return (await sandbox.run(place, command, 20, {})).output


@pytest.mark.parametrize(
    "command",
    [
        "cat /etc/shadow",
        "ls /home/*/.ssh /root/.ssh",
        "touch /usr/made",
        "touch /made",
        "touch /etc/made",
        "touch /dev/made",
        "touch /env/made",
        "ls /work /var/lib /opt /mnt",
        "mount -t tmpfs none /tmp",
        "unshare -Ur true",
        "chroot / true",
        "python3 -c 'import socket; socket.create_connection((\"1.1.1.1\", 53), 2)'",
        "python3 -c 'import socket; socket.getaddrinfo(\"example.org\", 80)'",
        "python3 -c 'import socket; socket.socket(40)'",
        "dd if=/dev/zero of=/dev/shm/big bs=1M count=300",
    ],
)
async def test_what_fails_inside(bubblewrap: Bubblewrap, place: Place, tmp_path: Path, command: str) -> None:
    """Nothing outside can be read or changed, and no privilege gained."""
    (tmp_path / "env").mkdir()
    shown = place.model_copy(update={"environment": tmp_path / "env"})
    told = await bubblewrap.run(shown, f"({command}) && echo reached", 20, {})
    assert "reached" not in told.output
    assert list((tmp_path / "env").iterdir()) == []


async def test_no_secret_comes_in(bubblewrap: Bubblewrap, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Our environment is not in the command's, nor in that of any process inside, init included."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", "canary-7231")
    shell = await bubblewrap.shell(place)
    told = await shell.run("env; cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline | tr '\\0' '\\n'; echo seen $?", 20)
    await shell.close()
    assert "PAGER=cat" in told.output
    assert "seen 0" in told.output
    assert "canary" not in told.output
    assert str(place.workspace) not in told.output


async def test_loopback_of_the_machine_is_out_of_reach(bubblewrap: Bubblewrap, place: Place) -> None:
    """A server of this machine answers only where the network was opened."""
    with HTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        command = f"python3 -c 'import socket; socket.create_connection((\"127.0.0.1\", {server.server_port}), 2)'"
        closed = await bubblewrap.run(place, command, 20, {})
        opened = await bubblewrap.run(place, command, 20, {}, network=True)
        server.shutdown()
    assert (closed.exit_code, opened.exit_code) == (1, 0)


async def test_files_show_where_they_belong(bubblewrap: Bubblewrap, place: Place, tmp_path: Path) -> None:
    """The workspace is writable, the environment and added paths are read-only, node's modules are at hand."""
    environment, objects = tmp_path / "env", tmp_path / "clone" / "objects"
    for folder in (environment / "node_modules" / ".bin", objects):
        folder.mkdir(parents=True)
    (environment / "node_modules" / "x.js").write_text("module")
    (objects / "pack").write_text("packed")
    shown = Place(workspace=place.workspace, environment=environment, read_only=(objects,))
    command = f"echo made > a; cat node_modules/x.js {objects}/pack; touch node_modules/y {objects}/y 2>&1; echo $PATH"
    *printed, path = (await _output(bubblewrap, shown, command)).splitlines()
    assert printed == [
        "modulepackedtouch: cannot touch 'node_modules/y': Read-only file system",
        f"touch: cannot touch '{objects}/y': Read-only file system",
    ]
    assert path.startswith("/env/bin:/workspace/node_modules/.bin:/usr/local/bin:/usr/bin:/bin")
    assert (place.workspace / "a").read_text() == "made\n"


async def test_linked_modules_are_not_shown(bubblewrap: Bubblewrap, place: Place, tmp_path: Path) -> None:
    """An environment whose node_modules is a link, or a workspace whose is, opens nothing."""
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "canary").touch()
    (tmp_path / "env").mkdir()
    (tmp_path / "env" / "node_modules").symlink_to(secret)
    shown = Place(workspace=place.workspace, environment=tmp_path / "env")
    assert await _output(bubblewrap, shown, "ls node_modules/ /env/node_modules/ 2>/dev/null") == ""
    (tmp_path / "env" / "node_modules").unlink()
    (tmp_path / "env" / "node_modules").mkdir()
    (place.workspace / "node_modules").symlink_to("/etc")
    assert await _output(bubblewrap, shown, "echo started") == "started\n"


async def test_nothing_of_the_start_stays(bubblewrap: Bubblewrap, place: Place, tmp_path: Path) -> None:
    """Once a shell answers, no file and no descriptor that only its start needed is left, whatever ends us later."""
    before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(tmp_path))
        shell = await bubblewrap.shell(place)
        assert [path.name for path in tmp_path.iterdir()] == ["workspace"]
        assert len(list(Path("/proc/self/fd").iterdir())) <= before + 4
        await shell.close()


async def test_writable_environment(bubblewrap: Bubblewrap, place: Place, tmp_path: Path) -> None:
    """An installation can fill /env, with programs that then run from there."""
    shown = Place(workspace=place.workspace, environment=tmp_path / "env")
    (tmp_path / "env").mkdir()
    python = Path(sys.base_prefix, "bin", f"python{sys.version_info.major}.{sys.version_info.minor}")
    build = f"{python} -m venv --without-pip /env"
    made = await bubblewrap.run(shown, build, 60, {}, network=True, writable_environment=True)
    assert made.exit_code == 0, made.output
    told = await bubblewrap.run(shown, "python -c 'import sys, ssl; print(sys.prefix)'; echo $VIRTUAL_ENV", 20, {})
    assert told.output == "/env\n/env\n"


async def test_identity(bubblewrap: Bubblewrap, place: Place) -> None:
    """Commands run as an ordinary user without capabilities, and their files are ours outside."""
    command = "id -u; id -un; hostname; echo $HOME; grep -E 'CapEff|NoNewPrivs' /proc/self/status; touch made"
    assert await _output(bubblewrap, place, command) == (
        "1000\nagent\nsandbox\n/home/agent\nCapEff:\t0000000000000000\nNoNewPrivs:\t1\n"
    )
    assert (place.workspace / "made").stat().st_uid == os.getuid()


async def test_run_is_whole(bubblewrap: Bubblewrap, place: Place) -> None:
    """One command gets its variables and a fresh sandbox, and tells its exit code."""
    await bubblewrap.run(place, "echo left > /tmp/left", 20, {})
    told = await bubblewrap.run(place, 'ls /tmp; echo "$A"; exit 4', 20, {"A": "b 'c' \n"})
    assert told.model_copy(update={"seconds": 0.0}) == CommandResult(exit_code=4, output="b 'c' \n\n", seconds=0)


async def test_missing_workspace_is_no_failed_command(bubblewrap: Bubblewrap, tmp_path: Path) -> None:
    """A sandbox that can't start is never mistaken for a command that failed."""
    with pytest.raises(SandboxUnavailable, match="Can't find source path"):
        await bubblewrap.run(Place(workspace=tmp_path / "missing"), "true", 5, {})


async def test_paths_are_as_commands_see_them(bubblewrap: Bubblewrap, place: Place) -> None:
    """Mounts put everything where commands expect it."""
    assert bubblewrap.path(place, "/workspace/junit.xml") == "/workspace/junit.xml"


async def test_nul_is_refused(bubblewrap: Bubblewrap, place: Place) -> None:
    """A command with NUL never starts a sandbox."""
    with pytest.raises(BadWork):
        await bubblewrap.run(place, "\0", 5, {})
