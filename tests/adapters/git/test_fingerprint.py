"""Files that nobody touched are known without reading them."""

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.git.fingerprint import look
from adapters.git.removal import remove
from adapters.git.workspaces import GitWorkspaces
from domain.case import Case

_SETTLED_S = 0.15


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder with two files and a link, old enough to be known."""
    root = tmp_path / "tree"
    (root / "sub").mkdir(parents=True)
    (root / "a.txt").write_text("a\n")
    (root / "sub" / "b.txt").write_text("b\n")
    (root / "link").symlink_to("a.txt")
    time.sleep(_SETTLED_S)
    return root


def test_the_same_files_have_the_same_fingerprint(tree: Path) -> None:
    """Looking changes nothing; another salt gives another digest."""
    assert look(tree, "x").fingerprint == look(tree, "x").fingerprint is not None
    assert look(tree, "x").fingerprint != look(tree, "y").fingerprint


def _same_size_and_time(root: Path) -> None:
    before = (root / "a.txt").stat()
    (root / "a.txt").write_text("b\n")
    os.utime(root / "a.txt", ns=(before.st_atime_ns, before.st_mtime_ns))


_CHANGES: dict[str, Callable[[Path], object]] = {
    "another content of the same size with its old time put back": _same_size_and_time,
    "a new file": lambda root: (root / "new").write_text(""),
    "a file gone": lambda root: (root / "sub" / "b.txt").unlink(),
    "a file moved": lambda root: (root / "sub" / "b.txt").rename(root / "b.txt"),
    "another mode": lambda root: (root / "a.txt").chmod(0o755),
    "a nested .git": lambda root: (root / "sub" / ".git").mkdir(),
    "an empty folder": lambda root: (root / "empty").mkdir(),
}


@pytest.mark.parametrize("change", _CHANGES)
def test_every_change_shows(tree: Path, change: str) -> None:
    """Whatever happens to the files, the digest is another one."""
    before = look(tree, "").fingerprint
    _CHANGES[change](tree)
    time.sleep(_SETTLED_S)
    assert look(tree, "").fingerprint not in {before, None}


def test_the_agents_own_repository_does_not_count(tree: Path) -> None:
    """What happens in `.git` at the top is no change of files."""
    before = look(tree, "").fingerprint
    (tree / ".git").mkdir()
    (tree / ".git" / "index").write_text("x")
    assert look(tree, "").fingerprint == before


def test_folders_nested_deeper_than_python_calls(tree: Path) -> None:
    """An agent may nest what it likes: the walk goes all the way down, and so does what clears up."""
    where = os.open(tree, os.O_RDONLY)
    for _ in range(1_500):
        os.mkdir("d", dir_fd=where)
        inner = os.open("d", os.O_RDONLY, dir_fd=where)
        os.close(where)
        where = inner
    os.close(where)
    assert look(tree, "").fingerprint is not None
    remove(tree)
    assert not tree.exists()


def test_young_files_are_not_trusted(tree: Path) -> None:
    """A file changed a moment ago may change again within the same tick of the clock."""
    (tree / "a.txt").write_text("c\n")
    assert look(tree, "").fingerprint is None


async def test_a_snapshot_of_untouched_files_is_the_same_and_of_touched_ones_is_not(
    workspaces: GitWorkspaces, case: Case
) -> None:
    """Only files that changed are staged again; a restored workspace forgets what was known."""
    workspace = await workspaces.prepare(case)
    (workspace.path / "README.md").write_text("# Shop!\n")
    await asyncio.sleep(_SETTLED_S)
    first = await workspaces.snapshot(workspace)
    assert await workspaces.snapshot(workspace) is first
    (workspace.path / "README.md").write_text("# SHOP!\n")
    second = await workspaces.snapshot(workspace)
    assert second.tree != first.tree
    await workspaces.restore(workspace, first.tree)
    assert (await workspaces.snapshot(workspace)).tree == first.tree
