"""Staging the agent's files inside the sandbox: the one moment at which git looks at a tree that may be hostile.

A repository nested in the tree can make `git add` run a filter of its own (tried; no flag stops it). So git
runs where the agent's own commands run, without network or keys, and writes to a folder of its own; only
the objects of the resulting tree are taken from there, strictly checked.
"""

import re
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path

from adapters.git.index_file import forget
from adapters.git.removal import remove
from adapters.git.room import room_in
from adapters.git.runner import DISK_FULL, FLAGS, Git, isolated
from domain.command import Place
from domain.errors import BadWork, DiskFull, GitFailed
from domain.ports import Sandbox
from domain.workspace import Workspace

_SECONDS = 600
_BROUGHT_IN = "brought-in"
_SHA = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_STAGE_FLAGS = (*FLAGS, "safe.directory=*")


@dataclass(frozen=True)
class Told:
    """What git is told before it looks.

    `brought_in` are entries of `git ls-tree -z` for files that the index leaves out of a sparse checkout, and that
    the agent has brought in: from then on they are files like all others, and may be deleted. `doubtful` are
    files that may have changed within the second that the index remembers.
    """

    brought_in: bytes = b""
    doubtful: frozenset[str] = frozenset()


async def stage(git: Git, sandbox: Sandbox, workspace: Workspace, told: Told | None = None) -> str:
    """The tree of the agent's files, its objects in the run's own store.

    `told` is what git can't see for itself.

    Raises:
        BadWork: git can't take the files, or a filter in them did something to it.
        DiskFull: there is no room for them.
    """
    told = told or Told()
    with room_in(workspace.scratch):
        desk = _desk(workspace)
        (desk / _BROUGHT_IN).write_bytes(told.brought_in)
        if told.doubtful:
            forget(desk / "index", told.doubtful)
    clone = workspace.clone
    # After a restore the index names files of an earlier snapshot, which are in the run's own store.
    earlier = workspace.scratch / "objects"
    place = Place(workspace=workspace.path, environment=desk, read_only=(clone, earlier))
    inside = sandbox.path(place, "/env")
    variables = isolated() | {
        "GIT_INDEX_FILE": f"{inside}/index",
        "GIT_OBJECT_DIRECTORY": f"{inside}/objects",
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": f"{clone / 'objects'}:{earlier}",
        "GIT_ALLOW_PROTOCOL": "none",
    }
    flags = [part for flag in _STAGE_FLAGS for part in ("-c", flag)]
    start = shlex.join(["git", *flags, f"--git-dir={clone}", f"--work-tree={sandbox.path(place, '/workspace')}"])
    command = f"{start} add -A && {start} write-tree"
    if told.brought_in:
        command = f"{start} update-index -z --index-info <{shlex.quote(f'{inside}/{_BROUGHT_IN}')} && {command}"
    done = await sandbox.run(place, command, _SECONDS, variables, writable_environment=True)
    last = done.output.strip().rsplit("\n", 1)[-1].strip()
    if done.exit_code != 0 or not _SHA.fullmatch(last):
        words = " ".join(done.output.split())[-500:]
        if DISK_FULL.search(words):
            raise DiskFull(f"the disk of {workspace.scratch} is full")
        raise BadWork(f"the files can't be staged: {words or 'git said nothing'}", "revert changes to .gitattributes")
    await _take_in(git, workspace, desk, last)
    return last


def _desk(workspace: Workspace) -> Path:
    """The folder that git may write to in there: its index and its objects, and nothing that a filter left."""
    desk = workspace.scratch / "staging"
    (desk / "objects").mkdir(parents=True, exist_ok=True)
    for entry in desk.iterdir():
        if entry.name not in {"index", "objects"}:
            remove(entry)
    if not (desk / "index").exists():
        # With its own time: git looks into every file that is not older than the index.
        shutil.copy2(workspace.scratch / "index", desk / "index")
    return desk


async def _take_in(git: Git, workspace: Workspace, desk: Path, tree: str) -> None:
    """Copy what the tree needs beyond the base into the run's own store; broken objects are refused."""
    remove(desk / "objects" / "info")
    where = f"--git-dir={workspace.clone}"
    own = workspace.scratch / "objects"
    parcel = workspace.scratch / "parcel"
    both = f"{workspace.clone / 'objects'}:{desk / 'objects'}"
    # A file, not a pipe: what the agent left may be larger than our memory.
    shutil.rmtree(parcel, ignore_errors=True)
    for folder in (parcel, own / "pack"):
        folder.mkdir(parents=True, exist_ok=True)
    wanted = f"{tree}\n^{workspace.case.base_sha}\n".encode()
    try:
        await git.run(
            *(where, "pack-objects", "--revs", "-q", "--delta-base-offset", str(parcel / "pack")),
            variables={"GIT_OBJECT_DIRECTORY": str(own), "GIT_ALTERNATE_OBJECT_DIRECTORIES": both},
            stdin=wanted,
        )
        for pack in parcel.glob("*.pack"):
            await git.run(
                *(where, "index-pack", "--strict", str(pack)),
                variables={
                    "GIT_OBJECT_DIRECTORY": str(own),
                    "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(workspace.clone / "objects"),
                },
            )
            for part in sorted(parcel.glob(f"{pack.stem}.*"), key=lambda path: path.suffix == ".idx"):
                part.replace(own / "pack" / part.name)
    except GitFailed as error:
        raise BadWork(f"the files can't be staged: {error.reason}", "remove what is unusual about them") from error
    finally:
        shutil.rmtree(parcel, ignore_errors=True)
