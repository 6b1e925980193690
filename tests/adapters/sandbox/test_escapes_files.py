"""Attempts to read or change what lies outside the workspace. None may yield anything."""

import stat
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from adapters.sandbox import ConfinedFiles, Isolation
from domain.command import Place
from domain.errors import BadWork

Inside = Callable[..., Awaitable[str]]
CANARY = "canary-5512"
# What only mounts and namespaces of their own give.
MOUNTED = pytest.mark.parametrize("box", ["bubblewrap"], indirect=True)
# What users and groups alone do not give.
SHUT = pytest.mark.parametrize("box", ["bubblewrap", "container"], indirect=True)
# Where paths are the real ones.
UNMOUNTED = pytest.mark.parametrize("box", ["container", "walls"], indirect=True)
LAYOUT = {"bin", "dev", "env", "etc", "home", "lib", "lib32", "lib64", "libx32", "opt", "proc"} | {
    *("root", "run", "sbin", "tmp", "usr", "var", "workspace")
}


@pytest.mark.parametrize("name", ["shadow", "gshadow", "sudoers"])
async def test_accounts_of_the_system(inside: Inside, name: str) -> None:
    """Nothing is to be read of accounts and rights, whoever is asked for them."""
    ways = (
        f"cat /etc/{name}; sudo -n cat /etc/{name}; su -c 'cat /etc/{name}'; dd if=/etc/{name}; cp /etc/{name} a; cat a"
    )
    assert await inside(f"({ways}) 2>/dev/null </dev/null") == ""


@SHUT
@pytest.mark.parametrize("name", ["ssh/sshd_config", "machine-id", "fstab", "hostname"])
async def test_settings_of_the_system(inside: Inside, name: str) -> None:
    """Settings that every user of the machine may read are not to be read either."""
    assert await inside(f"cat /etc/{name} 2>/dev/null") == ""


@MOUNTED
@pytest.mark.parametrize("name", ["shadow", "gshadow", "sudoers", "ssh/sshd_config", "machine-id", "fstab"])
async def test_files_of_the_system(inside: Inside, name: str) -> None:
    """Accounts, rights and keys of this machine are not there at all."""
    assert await inside(f"cat /etc/{name} 2>/dev/null; test -e /etc/{name}; echo $?") == "1\n"


async def test_home_of_the_worker(inside: Inside, isolated: Path) -> None:
    """Nothing is to be read in our home folder, by whatever path, nor in anybody's."""
    (isolated / ".netrc").write_text(CANARY)
    ways = f"cat ~root/.netrc {isolated}/.netrc ~/.netrc; ls -A {isolated}; cat /proc/*/cwd/.netrc; find ~ -type f"
    assert await inside(f"({ways}) 2>/dev/null") == ""


@MOUNTED
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
    ways = f"cat {state}/token; ls {state}; cp -r {state} a; tar c {state} | grep -a canary; ln {state}/token b; cat b"
    assert await inside(f"({ways}) 2>/dev/null; find {state} {isolated} -name token 2>/dev/null") == ""


@MOUNTED
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


async def test_hard_links_out(inside: Inside, confined: Isolation, place: Place, tmp_path: Path) -> None:
    """What is shown read-only can't be taken into the workspace by a hard link, nor by its descriptor."""
    environment = tmp_path / "env"
    environment.mkdir()
    (environment / "tool").write_text("tool")
    shown = place.model_copy(update={"environment": environment})
    tool = confined.path(shown, "/env/tool")
    ways = f"ln {tool} a; ln /etc/passwd b; ln /usr/bin/env c; exec 5<{tool}; ln -L /proc/self/fd/5 d"
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
        "chgrp $(id -g) /env/tool || chown $(id -u) /env/tool",
        "setfacl -m u:$(id -u):rwx /env/tool /env",
        "setfattr -n user.x -v y /env/tool",
    ],
)
async def test_the_environment_stays_as_it_was(
    inside: Inside, confined: Isolation, place: Place, tmp_path: Path, way: str
) -> None:
    """/env is read-only by every way of writing: what one run leaves there would run in the next."""
    environment = tmp_path / "env"
    environment.mkdir()
    tool = environment / "tool"
    tool.write_text("tool")
    shown = place.model_copy(update={"environment": environment})
    real = confined.path(shown, "/env")
    assert await inside(f"cat {real}/tool", at=shown) == "tool"
    before = tool.stat()
    assert "reached" not in await inside(f"({way.replace('/env', real)}) 2>/dev/null && echo reached", at=shown)
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
    """No device of the machine can be read, and none can be made."""
    made = "for d in 'm c 1 1' 'k c 1 11' 's b 254 0' 'n c 1 3'; do mknod $d 2>/dev/null && echo made; done"
    read = "for d in /dev/mem /dev/kmem /dev/kmsg /dev/port /dev/sd* /dev/vd* /dev/loop*; do head -c 1 $d; done"
    assert await inside(f"({made}; {read}) 2>/dev/null") == ""
    assert list(place.workspace.iterdir()) == []


@MOUNTED
async def test_devices_of_the_machine(inside: Inside) -> None:
    """None of them is there at all."""
    shown = "ls -d /dev/mem /dev/kmem /dev/kmsg /dev/port /dev/sd* /dev/vd* /dev/loop* /dev/kvm /dev/fuse /dev/net"
    assert await inside(f"{shown} 2>/dev/null; cat /dev/core 2>/dev/null") == ""


async def test_usual_devices_are_only_used(inside: Inside) -> None:
    """A worker that is root shares no device file: its mode and its times can't be changed for the whole machine."""
    before = Path("/dev/null").stat()
    told = await inside("for d in null zero tty; do chmod 666 /dev/$d || touch -d @1 /dev/$d || echo kept; done 2>&-")
    after = Path("/dev/null").stat()
    assert told == "kept\n" * 3
    assert (after.st_mode, after.st_mtime, after.st_uid) == (before.st_mode, before.st_mtime, before.st_uid)


async def test_a_workspace_locked_from_inside(inside: Inside, place: Place) -> None:
    """A command that takes all rights from its folder stops neither the next command nor us."""
    assert await inside("echo text > a; (chmod 000 a; chmod 000 .) 2>/dev/null; echo done") == "done\n"
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
async def test_planted_reports(confined: Isolation, place: Place, kind: str) -> None:
    """What lies where a report should be never makes us wait, read elsewhere, or fill our memory."""
    made = await confined.run(place, f"{REPORTS[kind]}; test -e report -o -L report", 20, {})
    assert made.exit_code == 0
    with pytest.raises(BadWork):
        ConfinedFiles(place.workspace).read("report")


SECRETS = {
    "of_another_workspace": "workspaces/other/files/secret",
    "of_a_run_beside": "workspaces/this/scratch/secret",
    "of_the_state_folder": "secret",
    "of_a_folder_on_the_way": "workspaces/secret",
    "of_the_logs": "logs/secret",
}


@UNMOUNTED
@pytest.mark.parametrize("kind", SECRETS)
async def test_what_lies_beside_the_way(inside: Inside, isolated: Path, kind: str) -> None:
    """The folders above the workspace let a session pass, and show and open nothing else, whatever its own mode is."""
    secret = isolated / "state" / SECRETS[kind]
    workspace = isolated / "state/workspaces/this/files"
    workspace.mkdir(parents=True)
    secret.parent.mkdir(parents=True, exist_ok=True)
    secret.write_text(CANARY)
    secret.chmod(0o666)
    for folder in [above for above in secret.parents if above.is_relative_to(isolated)]:
        folder.chmod(0o755)
    at = Place(workspace=workspace)
    ways = f"cat {secret}; ls {secret.parent}; ls ..; ls ../..; echo mine > {secret}; rm -f {secret}"
    ways += f"; touch {secret.parent}/made; find {isolated} -type f; cat ../../*/*/secret"
    assert await inside(f"({ways}) 2>/dev/null", at=at) == ""
    assert await inside("pwd; touch here && echo written", at=at) == f"{workspace}\nwritten\n"
    assert secret.read_text() == CANARY


@UNMOUNTED
async def test_two_workspaces_at_once(confined: Isolation, isolated: Path) -> None:
    """Each of two sessions opens its own workspace and environment, and neither the other's."""
    places = []
    for name in ("first", "second"):
        made = [isolated / name / part for part in ("files", "env")]
        for folder in made:
            folder.mkdir(parents=True)
            (folder / "secret").write_text(f"{CANARY} {name}\n")
        places.append(Place(workspace=made[0], environment=made[1]))
    shells = [await confined.shell(place) for place in places]
    try:
        command = f"cat {isolated}/*/*/secret {isolated}/{{first,second}}/{{files,env}}/secret 2>/dev/null"
        told = [(await shell.run(command, 20)).output for shell in shells]
    finally:
        for shell in shells:
            await shell.close()
    assert told == [f"{CANARY} first\n" * 2, f"{CANARY} second\n" * 2]
