"""Forges that refuse, bases that move, disks that are full."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from adapters.git.history import GitHistory
from adapters.git.runner import Git
from adapters.git.workspaces import GitWorkspaces
from adapters.sandbox.choose import choose_sandbox
from domain.case import Case
from domain.errors import DiskFull, PushRejected

_MB = 1_000_000
Grow = Callable[[Callable[[Path], None]], Case]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 20 MB; only root can have one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount") if os.geteuid() == 0 else None
    if (
        not mount
        or subprocess.run([mount, "-t", "tmpfs", "-o", "size=20m", "tmpfs", str(folder)], check=False).returncode
    ):
        pytest.skip("nothing can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


async def test_a_rule_that_refuses_the_push(
    workspaces: GitWorkspaces, history: GitHistory, case: Case, origin: Path
) -> None:
    """The forge's own words in one line; when the rule is gone the same commit goes through."""
    workspace = await workspaces.prepare(case)
    (workspace.path / "README.md").write_text("# Shop!\n")
    change = await workspaces.snapshot(workspace)
    sha = await history.commit(workspace, change.tree, "Change", (case.base_sha,))
    hook = origin / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'GH013: Repository rule violations found for refs/heads/claude/x.' >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(PushRejected, match=r"GH013: Repository rule violations found") as refused:
        await history.push(workspace, sha, "claude/x", None)
    assert "\n" not in str(refused.value)
    assert "rule" in refused.value.remedy
    hook.unlink()
    await history.push(workspace, sha, "claude/x", None)
    branch = await history.branch(workspace, "claude/x")
    assert branch
    assert branch.head == sha


async def test_the_base_moves(
    workspaces: GitWorkspaces, history: GitHistory, grow: Grow, case: Case, origin: Path, sh: Callable[..., str]
) -> None:
    """What is pushed differs from where it left the base by our change alone, whatever came in there since."""
    workspace = await workspaces.prepare(case)
    (workspace.path / "README.md").write_text("# Shop!\n")
    change = await workspaces.snapshot(workspace)
    grow(lambda seed: (seed / "other.txt").write_text("by others\n") and None)
    again = await workspaces.prepare(case)
    await workspaces.restore(again, change.tree)
    assert await workspaces.snapshot(again) == change
    sha = await history.commit(again, change.tree, "Change", (case.base_sha,))
    await history.push(again, sha, "claude/x", None)
    assert sh(origin, "diff", "--name-only", "trunk...claude/x") == "README.md"


async def test_the_disk_is_full(
    git: Git, case: Case, small_disk: Path, origin: Path, tmp_path: Path, grow: Grow
) -> None:
    """One line that says so and where; with room again the same call goes on, and nothing half-made is in its way."""
    case = grow(lambda seed: (seed / "noise.bin").write_bytes(os.urandom(3 * _MB)) and None)
    workspaces = GitWorkspaces(git, small_disk, choose_sandbox("auto"))
    filler = small_disk / "filler"
    filler.write_bytes(b"\x00" * 17 * _MB)
    with pytest.raises(DiskFull) as full:
        await workspaces.prepare(case)
    assert re.fullmatch(r"[^\n]*disk[^\n]* - [^\n]*room[^\n]*", str(full.value))
    filler.unlink()
    workspace = await workspaces.prepare(case)
    assert (workspace.path / "noise.bin").stat().st_size == 3 * _MB
    assert (await workspaces.snapshot(workspace)).empty
