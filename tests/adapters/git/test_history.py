"""Commits, our branch, and pushes with a lease."""

from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.git.history import GitHistory
from adapters.git.workspaces import GitWorkspaces
from domain.case import Case
from domain.errors import PushRejected
from domain.workspace import Branch, Commit


async def test_the_base_is_read_without_its_files(workspaces: GitWorkspaces, history: GitHistory, case: Case) -> None:
    """Paths and single files of the base commit; a missing file and a folder are None."""
    workspace = await workspaces.prepare(case)
    assert await history.files(workspace) == (".gitignore", "README.md", "shop/cart.py", "日本 語.txt")
    assert await history.read(workspace, "README.md") == b"# Shop\n"
    assert await history.read(workspace, "AGENTS.md") is None
    assert await history.read(workspace, "shop") is None


async def test_a_push_creates_our_branch_and_moves_it_forward(
    workspaces: GitWorkspaces, history: GitHistory, case: Case, origin: Path, sh: Callable[..., str]
) -> None:
    """One commit by the author of the settings; a second push follows the first."""
    workspace = await workspaces.prepare(case)
    assert await history.branch(workspace, case.branch) is None
    (workspace.path / "new.py").write_text("x = 1\n")
    change = await workspaces.snapshot(workspace)
    sha = await history.commit(workspace, change.tree, "Fix totals\n\nIssue: #7\n", (case.base_sha,))
    await history.push(workspace, sha, case.branch, None)
    assert sh(origin, "log", "-1", "--format=%an <%ae> %s", case.branch) == "Bot <bot@example.com> Fix totals"
    assert sh(origin, "rev-parse", f"{case.branch}^") == case.base_sha
    assert await history.branch(workspace, case.branch) == Branch(
        head=sha, tree=change.tree, commits=(Commit(sha=sha, message="Fix totals\n\nIssue: #7"),), current=True
    )
    later = await history.commit(workspace, change.tree, "Again", (sha,))
    await history.push(workspace, later, case.branch, sha)
    assert sh(origin, "rev-parse", case.branch) == later


async def test_a_branch_that_moved_is_left_alone(
    workspaces: GitWorkspaces, history: GitHistory, case: Case, origin: Path, sh: Callable[..., str]
) -> None:
    """A push with an old lease, or onto a branch that should not exist, is refused."""
    workspace = await workspaces.prepare(case)
    sh(origin, "branch", case.branch, "trunk")
    sha = await history.commit(workspace, f"{case.base_sha}^{{tree}}", "Mine", (case.base_sha,))
    for expected in (None, "2" * 40):
        with pytest.raises(PushRejected):
            await history.push(workspace, sha, case.branch, expected)
    assert sh(origin, "rev-parse", case.branch) == case.base_sha


async def test_a_rule_of_the_forge_refuses_the_push(
    workspaces: GitWorkspaces, history: GitHistory, case: Case, origin: Path
) -> None:
    """A hook on the forge that says no is a refused push with its words."""
    hook = origin / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho 'GH013: branch rules' >&2\nexit 1\n")
    hook.chmod(0o755)
    workspace = await workspaces.prepare(case)
    sha = await history.commit(workspace, f"{case.base_sha}^{{tree}}", "Mine", (case.base_sha,))
    with pytest.raises(PushRejected, match="GH013"):
        await history.push(workspace, sha, case.branch, None)


async def test_foreign_commits_are_seen(
    workspaces: GitWorkspaces, history: GitHistory, case: Case, origin: Path, sh: Callable[..., str], tmp_path: Path
) -> None:
    """Somebody's commit on our branch is listed, and a base that moved on is told."""
    seed = tmp_path / "seed"
    sh(seed, "checkout", "-qb", case.branch, "HEAD^")
    (seed / "x.txt").write_text("x\n")
    sh(seed, "add", "-A")
    sh(seed, "commit", "-qm", "By hand")
    sh(seed, "push", "-q", str(origin), case.branch)
    workspace = await workspaces.prepare(case)
    branch = await history.branch(workspace, case.branch)
    assert branch is not None
    assert ([commit.message for commit in branch.commits], branch.current) == (["By hand"], False)
