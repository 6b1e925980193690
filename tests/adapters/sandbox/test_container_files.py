"""Files that a session and the worker share, where the two are different users."""

import os
import stat
from pathlib import Path
from typing import Any

import pytest

from adapters.sandbox import ConfinedFiles, Isolation
from adapters.sandbox.dependencies.folders import remove, take_over
from domain.command import Place
from domain.errors import SandboxUnavailable

CONTAINER = pytest.mark.parametrize("box", ["container"], indirect=True)
pytestmark = CONTAINER


@pytest.fixture
def files(confined: Isolation, place: Place) -> ConfinedFiles:
    """The workspace's files as the agent's editor sees them."""
    return ConfinedFiles(place.workspace, unlock=lambda: confined.unlock(place.workspace))


async def test_each_writes_what_the_other_made(confined: Isolation, place: Place, files: ConfinedFiles) -> None:
    """The editor changes a command's file and the other way round, in folders that either has made."""
    shell = await confined.shell(place)
    try:
        await shell.run("mkdir -p theirs/deep; echo one > theirs/deep/a", 20)
        files.write("theirs/deep/a", b"two\n")
        files.write("theirs/deep/new/b", b"three\n")
        files.write("ours/c", b"four\n")
        told = await shell.run("cat theirs/deep/a theirs/deep/new/b; echo five >> ours/c; touch ours/d; cat ours/c", 20)
    finally:
        await shell.close()
    assert told.output == "two\nthree\nfour\nfive\n"
    assert files.listing("ours") == ("c", "d")


async def test_what_a_running_session_has_shut(confined: Isolation, place: Place, files: ConfinedFiles) -> None:
    """A file or a folder that only its maker may open is opened to the editor when it is asked for."""
    shell = await confined.shell(place)
    try:
        await shell.run("umask 077; echo text > a; mkdir b; echo more > b/c; chmod 000 b", 20)
        assert files.read("a") == b"text\n"
        assert files.read("b/c") == b"more\n"
    finally:
        await shell.close()


LOCKED = {
    "modes": "mkdir -p a/b; touch a/b/c; chmod 000 a/b/c a/b a",
    "sticky": "mkdir a; touch a/b; chmod 1755 a",
    "groups": "mkdir a; touch a/b; chgrp -R $(id -g) a; chmod -R go-rwx a",
    "without_the_bit": "mkdir a; python3 -c 'import os; os.chmod(\"a\", 0o755)'; touch a/b; chmod 000 a",
    "deep": "n=$(printf 'd%.0s' {1..200}); for i in {1..60}; do mkdir -m 700 $n; cd $n; done; touch f",
    "links": "mkdir a; ln -s / a/root; ln -s .. a/up; mkfifo a/pipe; chmod 000 a",
}


@pytest.mark.parametrize("kind", LOCKED)
async def test_everything_can_be_removed(confined: Isolation, place: Place, kind: str) -> None:
    """Whatever a session leaves, the worker can remove afterwards, without any right of root."""
    assert (await confined.run(place, LOCKED[kind], 30, {})).exit_code == 0
    remove(place.workspace)
    assert not place.workspace.exists()


async def test_a_session_beside_it_reads_what_was_shut(confined: Isolation, place: Place) -> None:
    """Two sessions in one workspace are two users, and the later one reads and writes what the earlier one made."""
    shell = await confined.shell(place)
    try:
        await shell.run("umask 077; mkdir a; echo text > a/b; id -u > a/user", 20)
        told = await confined.run(place, "cat a/b; echo more >> a/b; id -u | diff -q - a/user", 20, {})
        after = await shell.run("cat a/b", 20)
    finally:
        await shell.close()
    assert told.output == "text\nFiles - and a/user differ\n"
    assert after.output == "text\nmore\n"


async def test_an_environment_is_filled_and_then_read_only(confined: Isolation, place: Place, tmp_path: Path) -> None:
    """What a session installs becomes the worker's own: whoever runs as that user later can't change it."""
    environment = tmp_path / "env"
    environment.mkdir()
    shown = place.model_copy(update={"environment": environment})
    where = confined.path(shown, "/env")
    command = f"mkdir -p {where}/bin; printf '#!/bin/sh\\necho ran\\n' > {where}/bin/tool; chmod 700 {where}/bin/tool"
    assert (await confined.run(shown, command, 20, {}, writable_environment=True)).exit_code == 0
    take_over(environment)
    assert (environment / "bin/tool").stat().st_uid == os.geteuid()
    for _ in range(2):
        told = await confined.run(shown, f"tool; chmod u+w {where}/bin/tool; echo x > {where}/bin/tool; id -u", 20, {})
        lines = told.output.splitlines()
        assert lines[0] == "ran"
        assert [line.rpartition(": ")[2] for line in lines[1:3]] == ["Operation not permitted", "Permission denied"]
    remove(environment)
    assert not environment.exists()


async def test_a_file_with_a_second_name(confined: Isolation, place: Place, tmp_path: Path) -> None:
    """A file of the worker's that has another name elsewhere is not opened to anybody by being in a workspace."""
    (tmp_path / "ledger").write_text("ours")
    os.link(tmp_path / "ledger", place.workspace / "linked")
    before = (tmp_path / "ledger").stat().st_mode
    await confined.run(place, "echo theirs > linked", 20, {})
    assert (tmp_path / "ledger").read_text() == "ours"
    assert (tmp_path / "ledger").stat().st_mode == before


async def test_modes_that_git_sees(confined: Isolation, place: Place) -> None:
    """Whether a file may be executed stays as it was, for files of both."""
    for name, mode in (("plain", 0o644), ("program", 0o755)):
        (place.workspace / name).write_text("")
        (place.workspace / name).chmod(mode)
    await confined.run(place, "touch new; touch tool; chmod +x tool", 20, {})
    found = {path.name: bool(path.stat().st_mode & stat.S_IXUSR) for path in place.workspace.iterdir()}
    assert found == {"plain": False, "program": True, "new": False, "tool": True}


async def test_folders_that_are_not_the_workers(confined: Isolation, helper: Any) -> None:
    """The helper opens no folder of anybody else's, by whatever path."""
    for path in (Path("/etc"), Path("/"), helper.socket.parent):
        with pytest.raises(SandboxUnavailable, match="is no folder of the worker's"):
            await confined.run(Place(workspace=path), "id", 20, {})


async def test_a_workspace_that_is_not_there(confined: Isolation, tmp_path: Path) -> None:
    """It is refused in a line that names it."""
    with pytest.raises(SandboxUnavailable, match=f"{tmp_path}/missing: No such file or directory"):
        await confined.run(Place(workspace=tmp_path / "missing"), "id", 20, {})
