"""Workspaces: the agent's files at the base, and clean checkouts for everybody else."""

import asyncio
import logging
import shutil
from dataclasses import dataclass
from pathlib import Path

from adapters.git import snapshots
from adapters.git.clones import Clones
from adapters.git.fingerprint import fingerprint
from adapters.git.room import room_in
from adapters.git.runner import Git
from adapters.git.toy import make_toy
from domain.case import Case
from domain.change import Change
from domain.errors import GitFailed, Transient
from domain.ports import Sandbox
from domain.workspace import Overlay, Workspace

_log = logging.getLogger(__name__)
_HISTORY = 50  # commits whose files the agent can look at without a network


@dataclass(frozen=True)
class _Taken:
    """The newest snapshot of a workspace, and the files' fingerprint from before it was taken."""

    fingerprint: str
    change: Change


class GitWorkspaces:
    """The port `Workspaces` on real folders below the state folder."""

    def __init__(self, git: Git, home: Path, sandbox: Sandbox) -> None:
        self._git = git
        self._sandbox = sandbox
        self._home = home
        self._clones = Clones(git, home)
        self._taken: dict[Path, _Taken] = {}

    async def prepare(self, case: Case) -> Workspace:
        """A fresh workspace at the base; the run's own objects of an interrupted run are kept.

        Raises:
            NotFound: the base commit is no longer on the forge.
            DiskFull: no room; what was begun is made anew by the next call.
        """
        with room_in(self._home):
            return await self._prepared(case)

    async def _prepared(self, case: Case) -> Workspace:
        folder, ref = self._folder(case), _ref(case)
        clone = await self._clones.bring(case, ref)
        workspace = Workspace(case=case, path=folder / "files", clone=clone, scratch=folder / "scratch", ref=ref)
        shutil.rmtree(workspace.path, ignore_errors=True)
        workspace.path.mkdir(parents=True)
        (workspace.scratch / "objects").mkdir(parents=True, exist_ok=True)
        self._forget_indexes(workspace)
        oldest = await self._history(workspace)
        index = workspace.scratch / "index"
        await self._fill(workspace, workspace.path, index, case.base_sha)
        make_toy(workspace, index, oldest)
        return workspace

    async def snapshot(self, workspace: Workspace) -> Change:
        """What the agent's files are now, against the base; files that nobody touched are not staged again.

        Raises `BadWork`.
        """
        now = await asyncio.to_thread(fingerprint, workspace.path, workspace.case.base_sha)
        known = self._taken.get(workspace.path)
        if known is not None and now == known.fingerprint:
            return known.change
        change = await snapshots.take(self._git, self._sandbox, workspace)
        self._taken.pop(workspace.path, None)
        if now is not None:
            self._taken[workspace.path] = _Taken(now, change)
        return change

    async def restore(self, workspace: Workspace, tree: str) -> None:
        """Set the agent's files to an earlier snapshot; nothing else stays but the agent's repository."""
        with room_in(self._home):
            for entry in workspace.path.iterdir():
                if entry.name != ".git":
                    _remove(entry)
            self._forget_indexes(workspace)
            await self._fill(workspace, workspace.path, workspace.scratch / "index", tree)

    def _forget_indexes(self, workspace: Workspace) -> None:
        """The files were made anew: no index knows them, and no snapshot."""
        self._taken.pop(workspace.path, None)
        (workspace.scratch / "index").unlink(missing_ok=True)
        shutil.rmtree(workspace.scratch / "staging", ignore_errors=True)

    async def checkout(self, workspace: Workspace, tree: str, name: str, overlay: Overlay | None = None) -> Path:
        """A clean checkout below the run's folder, which the agent never sees."""
        folder = workspace.scratch.parent / "checkouts" / name
        with room_in(self._home):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            index = workspace.scratch / f"index-{name}"
            index.unlink(missing_ok=True)
            await self._fill(workspace, folder, index, tree)
            if overlay:
                await self._overlay(workspace, folder, overlay)
        return folder

    async def discard(self, case: Case) -> None:
        """Remove the run's folder and let its base go."""
        async with self._clones.locked(case) as clone:
            if clone.exists():
                await self._git.run(f"--git-dir={clone}", "update-ref", "-d", _ref(case))
        shutil.rmtree(self._folder(case), ignore_errors=True)
        self._taken.pop(self._folder(case) / "files", None)

    def _folder(self, case: Case) -> Path:
        return self._home / "workspaces" / f"{case.id}-{case.attempt}"

    async def _fill(self, workspace: Workspace, folder: Path, index: Path, tree: str) -> None:
        await self._git.run(
            *(f"--git-dir={workspace.clone}", f"--work-tree={folder}", "read-tree", "-u", "--reset", tree),
            variables={"GIT_INDEX_FILE": str(index), **snapshots.objects_of(workspace)},
            online=workspace.case.repository.name,
        )

    async def _overlay(self, workspace: Workspace, folder: Path, overlay: Overlay) -> None:
        where = (f"--git-dir={workspace.clone}", f"--work-tree={folder}")
        index = workspace.scratch / "index-overlay"
        index.unlink(missing_ok=True)
        variables = {"GIT_INDEX_FILE": str(index), **snapshots.objects_of(workspace)}
        await self._git.run(*where, "read-tree", overlay.tree, variables=variables)
        for path in overlay.paths:
            _remove_below(folder, path)
        names = "\x00".join(overlay.paths).encode("utf-8", "surrogateescape")
        listed = await self._git.run(
            *where, "ls-files", "-z", "--", *overlay.paths, variables=variables | {"GIT_LITERAL_PATHSPECS": "1"}
        )
        present = b"\x00".join(name for name in names.split(b"\x00") if name in set(listed.split(b"\x00")))
        if present:
            await self._git.run(
                *where,
                "checkout-index",
                "-f",
                "-z",
                "--stdin",
                variables=variables,
                stdin=present + b"\x00",
                online=workspace.case.repository.name,
            )

    async def _history(self, workspace: Workspace) -> str | None:
        """Fetch the last commits' files in one request; gives the oldest commit if there are older ones."""
        where = f"--git-dir={workspace.clone}"
        sha = workspace.case.base_sha
        commits = (await self._git.text(where, "rev-list", "--first-parent", "-n", str(_HISTORY + 1), sha)).split()
        arguments = ("rev-list", "--objects", "--missing=print", "--first-parent", "-n", str(_HISTORY), sha)
        listed = await self._git.text(where, *arguments)
        missing = [line[1:] for line in listed.splitlines() if line.startswith("?")]
        if missing:
            async with self._clones.locked(workspace.case):
                await self._files_of(workspace, missing)
        return commits[_HISTORY - 1] if len(commits) > _HISTORY else None

    async def _files_of(self, workspace: Workspace, missing: list[str]) -> None:
        case = workspace.case
        try:
            await self._git.run(
                *("-c", "fetch.negotiationAlgorithm=noop", f"--git-dir={workspace.clone}", "fetch", "-q", "--no-tags"),
                *("--no-write-fetch-head", "--filter=blob:none", "--stdin", "origin"),
                stdin="".join(f"{name}\n" for name in missing).encode(),
                online=case.repository.name,
            )
        except GitFailed as error:
            _log.info("clone made whole repo=%s reason=%s", case.repository.name, error)
            await self._clones.complete(case, workspace.clone)
        except Transient as error:
            # The base's own files are asked for again when they are written; the agent then has less history.
            _log.info("history not fetched repo=%s reason=%s", case.repository.name, error)


def _remove(entry: Path) -> None:
    if entry.is_dir() and not entry.is_symlink():
        shutil.rmtree(entry)
    else:
        entry.unlink()


def _remove_below(folder: Path, path: str) -> None:
    """Remove a file or link; never through a link, which may lead out of the folder."""
    parents = reversed((folder / path).parents)
    inner = [parent for parent in parents if parent != folder and parent.is_relative_to(folder)]
    if all(parent.is_dir() and not parent.is_symlink() for parent in inner):
        target = folder / path
        if target.is_symlink() or not target.is_dir():
            target.unlink(missing_ok=True)


def _ref(case: Case) -> str:
    return f"refs/claude-cluster-runs/{case.id}-{case.attempt}"
