"""Attempts to read or change what lies outside the workspace. None may yield anything."""

import stat
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from adapters.sandbox import Bubblewrap, ConfinedFiles
from domain.command import Place
from domain.errors import BadWork

Inside = Callable[..., Awaitable[str]]
CANARY = "canary-5512"
LAYOUT = {"bin", "dev", "env", "etc", "home", "lib", "lib32", "lib64", "libx32", "opt", "proc"} | {
    *("root", "run", "sbin", "tmp", "usr", "var", "workspace")
}


@pytest.mark.parametrize("name", ["shadow", "gshadow", "sudoers", "ssh/sshd_config", "machine-id", "fstab"])
async def test_files_of_the_system(inside: Inside, name: str) -> None:
    """Accounts, rights and keys of this machine are not there at all."""
    assert await inside(f"cat /etc/{name} 2>/dev/null; test -e /etc/{name}; echo $?") == "1\n"


async def test_host_home(inside: Inside, isolated: Path) -> None:
    """Neither our home folder nor anybody's is shown, by its path or by ~name."""
    (isolated / ".netrc").write_text(CANARY)
    command = (
        f"cat ~root/.netrc {isolated}/.netrc ~/.netrc; find /home /tmp /root -maxdepth 2 -name .netrc; ls -A /home ~"
    )
    told = await inside(f"({command}) 2>/dev/null")
    assert told == "/home:\nagent\n\n/home/agent:\n"


async def test_other_workspaces(inside: Inside, place: Place, tmp_path: Path) -> None:
    """The workspace beside this one can be reached neither by its path nor from any process's folder."""
    other = tmp_path / "other"
    other.mkdir()
    (other / "secret").write_text(CANARY)
    ways = (str(other), "../other", "/proc/1/root/" + str(other), "/proc/1/cwd/../other", "/proc/self/root/../other")
    told = await inside("; ".join(f"cat {way}/secret 2>/dev/null" for way in ways) + f"; ls -d {tmp_path}/*")
    assert CANARY not in told
    assert told.strip().endswith("No such file or directory")


async def test_state_folder(inside: Inside, isolated: Path) -> None:
    """The ledger, the logs and the token of the state folder are not shown."""
    state = isolated / "state"
    state.mkdir()
    (state / "token").write_text(CANARY)
    assert await inside(f"cat {state}/token 2>/dev/null; find / -xdev -name token 2>/dev/null | head -1") == ""


async def test_dots_lead_nowhere(inside: Inside) -> None:
    """Above /workspace is only the sandbox's own root."""
    told = (await inside("cd ../../../../../..; pwd; ls")).split()
    assert set(told) - LAYOUT == {"/"}


async def test_symlinks_are_not_followed_by_us(inside: Inside, place: Place, tmp_path: Path) -> None:
    """Links out of the workspace yield nothing to our own confined reading and writing."""
    (tmp_path / "secret").write_text(CANARY)
    await inside(
        f"ln -s {tmp_path}/secret a; ln -s {tmp_path} b; ln -s ../secret c; ln -s /proc/self/environ d; ln -s / e"
    )
    files = ConfinedFiles(place.workspace)
    for path in ("a", "b/secret", "c", "d", f"e{tmp_path}/secret"):
        with pytest.raises(BadWork):
            files.read(path)
        with pytest.raises(BadWork):
            files.write(path, b"mine")
    with pytest.raises(BadWork):
        files.listing("b")
    assert (tmp_path / "secret").read_text() == CANARY


async def test_hard_links_out(inside: Inside, place: Place, tmp_path: Path) -> None:
    """What is shown read-only can't be taken into the workspace by a hard link, nor by its descriptor."""
    environment = tmp_path / "env"
    environment.mkdir()
    (environment / "tool").write_text("tool")
    shown = place.model_copy(update={"environment": environment})
    ways = "ln /env/tool a; ln /etc/passwd b; ln /usr/bin/env c; exec 5</env/tool; ln -L /proc/self/fd/5 d"
    await inside(f"({ways}) 2>/dev/null", at=shown)
    assert list(place.workspace.iterdir()) == []
    assert (environment / "tool").stat().st_nlink == 1


@pytest.mark.parametrize(
    "way",
    [
        "echo mine > /env/tool",
        "rm -rf /env/tool /env/bin",
        "mv /env/tool /env/old",
        "chmod 777 /env/tool",
        "touch -d @0 /env/tool",
        "truncate -s 0 /env/tool",
        "mkdir /env/lib",
        "exec 5</env/tool; echo mine > /proc/self/fd/5",
        'python3 -c \'import mmap; mmap.mmap(open("/env/tool", "r+").fileno(), 0)[0] = 65\'',
        "mount -o remount,rw /env",
        "mount -t overlay -o lowerdir=/env,upperdir=/tmp,workdir=/home/agent overlay /env",
        "setfattr -n user.x -v y /env/tool",
    ],
)
async def test_the_environment_stays_as_it_was(inside: Inside, place: Place, tmp_path: Path, way: str) -> None:
    """/env is read-only by every way of writing: what one run leaves there would run in the next."""
    environment = tmp_path / "env"
    environment.mkdir()
    tool = environment / "tool"
    tool.write_text("tool")
    before = tool.stat()
    shown = place.model_copy(update={"environment": environment})
    assert "reached" not in await inside(f"({way}) 2>/dev/null && echo reached", at=shown)
    assert list(environment.iterdir()) == [tool]
    after = tool.stat()
    assert (after.st_mode, after.st_mtime_ns, after.st_ctime_ns) == (
        before.st_mode,
        before.st_mtime_ns,
        before.st_ctime_ns,
    )


async def test_the_system_stays_as_it_was(inside: Inside) -> None:
    """Programs and settings are read-only, those of the sandbox's own root too."""
    ways = "touch /usr/bin/made /etc/made /made /lib/made /etc/alternatives/made /run/made; chmod 700 /usr /etc/passwd"
    assert await inside(f"({ways}) 2>/dev/null; ls -d /usr/bin/made /etc/made /made /run/made 2>/dev/null") == ""


async def test_no_program_runs_as_its_owner(inside: Inside, place: Place) -> None:
    """Outside, such a file would run as us: none can be made, and those of the system gain nothing."""
    ways = "cp /usr/bin/id own; chmod u+s own; chmod 4755 own; install -m 4755 /usr/bin/id installed; "
    ways += "python3 -c 'import os; os.open(\"opened\", os.O_CREAT | os.O_WRONLY, 0o4777)'"
    await inside(f"({ways}) 2>/dev/null")
    modes = {path.name: path.lstat().st_mode & stat.S_ISUID for path in place.workspace.iterdir()}
    assert set(modes.values()) <= {0}
    assert await inside("for f in su mount passwd chsh sudo; do echo x | $f -c id | grep uid=; done 2>/dev/null") == ""


async def test_devices(inside: Inside, place: Place) -> None:
    """No device of the machine is there, and none can be made."""
    made = "for d in 'm c 1 1' 'k c 1 11' 's b 254 0' 'n c 1 3'; do mknod $d 2>/dev/null && echo made; done"
    shown = "ls -d /dev/mem /dev/kmem /dev/kmsg /dev/port /dev/sd* /dev/vd* /dev/loop* /dev/kvm /dev/fuse /dev/net"
    assert await inside(f"{made}; {shown} 2>/dev/null; cat /dev/core 2>/dev/null") == ""
    assert list(place.workspace.iterdir()) == []


async def test_usual_devices_are_only_used(inside: Inside) -> None:
    """A worker that is root shares no device file: its mode and its times can't be changed for the whole machine."""
    before = Path("/dev/null").stat()
    told = await inside("for d in null zero tty; do chmod 666 /dev/$d || touch -d @1 /dev/$d || echo kept; done 2>&-")
    after = Path("/dev/null").stat()
    assert told == "kept\n" * 3
    assert (after.st_mode, after.st_mtime, after.st_uid) == (before.st_mode, before.st_mtime, before.st_uid)


async def test_a_workspace_locked_from_inside(inside: Inside, place: Place) -> None:
    """A command that takes all rights from its folder stops neither the next command nor us."""
    assert await inside("echo text > a; chmod 000 a /workspace; ls 2>/dev/null; echo done") == "done\n"
    assert await inside("chmod 600 a && cat a") == "text\n"
    assert ConfinedFiles(place.workspace).read("a") == b"text\n"


REPORTS = {
    "pipe": "mkfifo report",
    "link": "ln -s /etc/shadow report",
    "folder": "mkdir report",
    "huge": "truncate -s 3G report",
    "socket": "python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"report\")'",
    "loop": "ln -s report report",
}


@pytest.mark.parametrize("kind", REPORTS)
async def test_planted_reports(bubblewrap: Bubblewrap, place: Place, kind: str) -> None:
    """What lies where a report should be never makes us wait, read elsewhere, or fill our memory."""
    made = await bubblewrap.run(place, f"{REPORTS[kind]}; test -e report -o -L report", 20, {})
    assert made.exit_code == 0
    with pytest.raises(BadWork):
        ConfinedFiles(place.workspace).read("report")
