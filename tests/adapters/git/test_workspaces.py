"""Workspaces on real repositories."""

import asyncio
import os
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.git.removal import Trash
from adapters.git.runner import Git
from adapters.git.staging import stage
from adapters.git.workspaces import GitWorkspaces
from adapters.sandbox.choose import choose_sandbox
from domain.case import Case
from domain.errors import BadWork, NotFound
from domain.workspace import Overlay


def agent_git(folder: Path, *arguments: str) -> str:
    """Git as the agent calls it: in the workspace, discovering its toy repository."""
    command = ["git", "-c", "safe.directory=*", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


async def test_the_agents_git_works(workspaces: GitWorkspaces, case: Case) -> None:
    """status, log, blame, stash and commit work in the toy repository."""
    workspace = await workspaces.prepare(case)
    assert agent_git(workspace.path, "status", "--porcelain") == ""
    assert agent_git(workspace.path, "log", "--format=%s").split() == ["Second", "First"]
    assert "def total" in agent_git(workspace.path, "blame", "shop/cart.py")
    (workspace.path / "README.md").write_text("# Shop!\n")
    agent_git(workspace.path, "stash")
    agent_git(workspace.path, "stash", "pop")
    agent_git(workspace.path, "commit", "-qam", "mine")
    assert agent_git(workspace.path, "log", "--format=%s").split()[0] == "mine"


OLD_PROTOCOL = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "protocol.version", "GIT_CONFIG_VALUE_0": "0"}


@pytest.mark.parametrize("filters", ["true", "false"])
async def test_servers_that_give_out_branches_only(
    git: Git, case: Case, origin: Path, sh: Callable[..., str], tmp_path: Path, filters: str
) -> None:
    """Without protocol v2 and single objects, with or without filters, the base and its history are whole."""
    sh(origin, "config", "uploadpack.allowFilter", filters)
    sh(origin, "config", "--unset", "uploadpack.allowAnySHA1InWant")
    old = GitWorkspaces(replace(git, extra={**git.extra, **OLD_PROTOCOL}), tmp_path / "state", choose_sandbox("auto"))
    workspace = await old.prepare(case)
    assert (workspace.path / "日本 語.txt").read_text() == "こんにちは\n"
    assert "def total" in agent_git(workspace.path, "log", "-p", "--", "shop/cart.py")
    sh(tmp_path / "seed", "commit", "-q", "--allow-empty", "-m", "Third")
    (tmp_path / "seed" / "later.txt").write_text("later\n")
    sh(tmp_path / "seed", "add", "-A")
    sh(tmp_path / "seed", "commit", "-qm", "Fourth")
    sh(tmp_path / "seed", "push", "-q", str(origin), "trunk")
    later = case.model_copy(update={"id": "task-20261122-002", "base_sha": sh(origin, "rev-parse", "trunk")})
    assert ((await old.prepare(later)).path / "later.txt").read_text() == "later\n"


async def test_a_snapshot_tells_what_changed(workspaces: GitWorkspaces, case: Case) -> None:
    """Edits, new, deleted and renamed files are told with counts; ignored files are not."""
    workspace = await workspaces.prepare(case)
    assert (await workspaces.snapshot(workspace)).empty
    (workspace.path / "shop" / "cart.py").write_text("def total(prices):\n    return sum(prices) or 0\n")
    (workspace.path / "新.py").write_text("x = 1\n")
    (workspace.path / "debug.log").write_text("noise\n")
    (workspace.path / "README.md").rename(workspace.path / "READ ME.md")
    (workspace.path / "日本 語.txt").unlink()
    change = await workspaces.snapshot(workspace)
    assert [(f.path, f.status, f.added, f.removed, f.old_path) for f in change.files] == [
        ("READ ME.md", "renamed", 0, 0, "README.md"),
        ("shop/cart.py", "modified", 1, 1, None),
        ("新.py", "added", 1, 0, None),
        ("日本 語.txt", "deleted", 0, 1, None),
    ]
    assert "+    return sum(prices) or 0" in change.diff


async def test_work_goes_on_from_a_snapshot(workspaces: GitWorkspaces, case: Case) -> None:
    """After an interruption the files are those of the snapshot, and the next one holds the edits before and after."""
    workspace = await workspaces.prepare(case)
    (workspace.path / "新.py").write_text("x = 1\n")
    earlier = await workspaces.snapshot(workspace)
    again = await workspaces.prepare(case)
    await workspaces.restore(again, earlier.tree)
    await asyncio.sleep(1.1)  # git reads files anew that are as young as its index
    assert await workspaces.snapshot(again) == earlier
    (again.path / "README.md").write_text("# Shop!\n")
    assert [file.path for file in (await workspaces.snapshot(again)).files] == ["README.md", "新.py"]


async def test_our_git_never_reads_the_agents_repository(workspaces: GitWorkspaces, case: Case, tmp_path: Path) -> None:
    """Hooks, fsmonitor and filters planted in the toy repository stay dead."""
    workspace = await workspaces.prepare(case)
    canary = tmp_path / "canary"
    evil = f"touch {canary}"
    toy = workspace.path / ".git"
    (toy / "config").write_text(
        f'[core]\n\tfsmonitor = "{evil}"\n\thooksPath = hooks\n[filter "x"]\n\tclean = "{evil}"\n\tsmudge = "{evil}"\n'
    )
    (toy / "hooks").mkdir()
    (toy / "hooks" / "post-index-change").write_text(f"#!/bin/sh\n{evil}\n")
    (toy / "hooks" / "post-index-change").chmod(0o755)
    (workspace.path / ".gitattributes").write_text("* filter=x\n")
    change = await workspaces.snapshot(workspace)
    await workspaces.checkout(workspace, change.tree, "head")
    assert [file.path for file in change.files] == [".gitattributes"]
    assert not canary.exists()


@pytest.mark.parametrize("name", [".git", ".GIT"])
async def test_nested_repositories_are_refused(workspaces: GitWorkspaces, case: Case, name: str) -> None:
    """A `.git` below the root, in any case, is told to the agent and never staged."""
    workspace = await workspaces.prepare(case)
    (workspace.path / "sub" / name).mkdir(parents=True)
    with pytest.raises(BadWork, match="sub/"):
        await workspaces.snapshot(workspace)


async def test_a_nested_repository_that_slips_in_runs_nothing_of_ours(
    workspaces: GitWorkspaces, git: Git, case: Case, tmp_path: Path, sh: Callable[..., str]
) -> None:
    """Staged after the check, once its gitlink is in the index, its clean filter still can't reach this machine."""
    workspace = await workspaces.prepare(case)
    canary = tmp_path / "canary"
    sub = workspace.path / "sub"
    sub.mkdir()
    sh(sub, "init", "-q")
    (sub / ".gitattributes").write_text("* filter=x\n")
    (sub / "a.txt").write_text("a\n")
    sh(sub, "add", "-A")
    sh(sub, "commit", "-qm", "nested")
    (sub / ".git" / "config").write_text(
        f'[core]\n\trepositoryformatversion = 0\n[filter "x"]\n\tclean = "touch {canary}; id > /workspace/ran; cat"\n'
    )
    sandbox = choose_sandbox("auto")
    await stage(git, sandbox, workspace)
    (sub / "a.txt").write_text("b\n")
    await stage(git, sandbox, workspace)
    assert not canary.exists()


@pytest.mark.parametrize("dated", [False, True])
async def test_an_edit_of_equal_size_is_seen(workspaces: GitWorkspaces, case: Case, *, dated: bool) -> None:
    """At once after the checkout, in the same second, and even with the old time put back on the file."""
    workspace = await workspaces.prepare(case)
    file = workspace.path / "shop" / "cart.py"
    for text in ("sum(prices)", "max(prices)", "min(prices)", "sum(prices)"):
        before = file.stat()
        file.write_text(f"def total(prices):\n    return {text}\n")
        if dated:
            os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
        change = await workspaces.snapshot(workspace)
        assert change.empty is (text == "sum(prices)"), text


async def test_objects_of_a_tree_are_taken_in_whole(workspaces: GitWorkspaces, case: Case) -> None:
    """What is checked out of a snapshot later is what the agent had, in any number of snapshots."""
    workspace = await workspaces.prepare(case)
    for number in range(3):
        (workspace.path / f"new{number}.txt").write_text(f"{number}\n" * 1000)
        (workspace.path / "shop" / "cart.py").write_text(f"x = {number}\n")
        change = await workspaces.snapshot(workspace)
    folder = await workspaces.checkout(workspace, change.tree, "later")
    assert (folder / "new0.txt").read_text() == "0\n" * 1000
    assert (folder / "shop" / "cart.py").read_text() == "x = 2\n"


async def test_what_the_agent_wrote_stays_out_of_the_clone(workspaces: GitWorkspaces, case: Case) -> None:
    """Snapshots go to the run's own object store."""
    workspace = await workspaces.prepare(case)
    before = {path for path in (workspace.clone / "objects").rglob("*") if path.is_file()}
    (workspace.path / "new.py").write_text("x = 1\n")
    await workspaces.snapshot(workspace)
    assert {path for path in (workspace.clone / "objects").rglob("*") if path.is_file()} == before


async def test_checkouts_are_clean(workspaces: GitWorkspaces, case: Case) -> None:
    """A checkout holds the tree and nothing else, and an overlay takes paths from another tree."""
    workspace = await workspaces.prepare(case)
    (workspace.path / "shop" / "cart.py").write_text("broken\n")
    (workspace.path / "extra.py").write_text("x = 1\n")
    (workspace.path / "debug.log").write_text("noise\n")
    change = await workspaces.snapshot(workspace)
    head = await workspaces.checkout(workspace, change.tree, "head")
    names = {str(path.relative_to(head)) for path in head.rglob("*") if path.is_file()}
    assert names == {".gitignore", "README.md", "extra.py", "shop/cart.py", "日本 語.txt"}
    overlay = Overlay(tree=case.base_sha, paths=("shop/cart.py", "extra.py"))
    mixed = await workspaces.checkout(workspace, change.tree, "mixed", overlay)
    assert (mixed / "shop" / "cart.py").read_text().startswith("def total")
    assert not (mixed / "extra.py").exists()


async def test_an_overlay_may_bring_a_deleted_file_back(workspaces: GitWorkspaces, case: Case) -> None:
    """A path that only the overlay's tree has appears again."""
    workspace = await workspaces.prepare(case)
    (workspace.path / "shop" / "cart.py").unlink()
    change = await workspaces.snapshot(workspace)
    overlay = Overlay(tree=case.base_sha, paths=("shop/cart.py",))
    folder = await workspaces.checkout(workspace, change.tree, "x", overlay)
    assert (folder / "shop" / "cart.py").exists()


async def test_restore_sets_the_files_to_a_snapshot(workspaces: GitWorkspaces, case: Case) -> None:
    """After another prepare the files of an earlier snapshot can be had again."""
    workspace = await workspaces.prepare(case)
    (workspace.path / "new.py").write_text("x = 1\n")
    change = await workspaces.snapshot(workspace)
    again = await workspaces.prepare(case)
    assert not (again.path / "new.py").exists()
    await workspaces.restore(again, change.tree)
    assert (again.path / "new.py").read_text() == "x = 1\n"
    assert (await workspaces.snapshot(again)).tree == change.tree


async def test_discard_leaves_nothing(workspaces: GitWorkspaces, case: Case) -> None:
    """The run's folder and its ref are gone; a second discard finds nothing and is no error."""
    workspace = await workspaces.prepare(case)
    await workspaces.discard(case)
    await workspaces.discard(case)
    assert not workspace.path.exists()
    assert workspace.ref.encode() not in b"".join(
        path.read_bytes() for path in workspace.clone.rglob("*") if path.is_file() and "objects" not in path.parts
    )


async def test_what_is_thrown_away_is_gone_at_once_and_removed_soon(tmp_path: Path) -> None:
    """Files, links and folders, locked ones too; what a link leads to stays, and a second time is no error."""
    trash, kept = Trash(tmp_path), tmp_path / "kept"
    kept.mkdir()
    (tmp_path / "folder" / "locked").mkdir(parents=True)
    (tmp_path / "folder" / "locked" / "file").touch()
    for folder in (tmp_path / "folder" / "locked", tmp_path / "folder"):
        folder.chmod(0o500)
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(kept)
    for name in ("folder", "file", "link", "link"):
        trash.take(tmp_path / name)
    assert {path.name for path in tmp_path.iterdir()} == {"kept", "trash"}
    for _ in range(100):
        if not list((tmp_path / "trash").iterdir()):
            break
        await asyncio.sleep(0.05)
    assert list((tmp_path / "trash").iterdir()) == []


async def test_a_base_that_is_gone_is_not_found(workspaces: GitWorkspaces, case: Case) -> None:
    """A commit that the forge does not have is named."""
    with pytest.raises(NotFound, match="no longer"):
        await workspaces.prepare(case.model_copy(update={"base_sha": "1" * 40}))


async def test_names_that_are_not_utf8_survive(workspaces: GitWorkspaces, case: Case, sh: Callable[..., str]) -> None:
    """A file name in Shift JIS is staged byte for byte and shown with escapes."""
    workspace = await workspaces.prepare(case)
    name = "表.txt".encode("shift_jis")
    Path(os.fsdecode(os.fsencode(workspace.path) + b"/" + name)).write_text("x\n")
    change = await workspaces.snapshot(workspace)
    assert [file.path for file in change.files] == [r"\x95\.txt"]
    assert change.model_dump_json()


async def test_locks_of_a_git_that_was_killed_are_no_hindrance(workspaces: GitWorkspaces, case: Case) -> None:
    """One that was writing an index or a ref leaves a lock, which nobody else would remove."""
    workspace = await workspaces.prepare(case)
    change = await workspaces.snapshot(workspace)
    locks = [workspace.scratch / name for name in ("index.lock", "index-head.lock", "index-overlay.lock")]
    locks += [workspace.clone / "packed-refs.lock", workspace.clone / f"{workspace.ref}.lock"]
    for lock in locks:
        lock.parent.mkdir(parents=True, exist_ok=True)
        lock.touch()
    again = await workspaces.prepare(case)
    overlay = Overlay(tree=case.base_sha, paths=("shop/cart.py",))
    head = await workspaces.checkout(again, change.tree, "head", overlay)
    await workspaces.discard(case)
    assert [lock for lock in locks if lock.exists()] == []
    assert not head.exists()
