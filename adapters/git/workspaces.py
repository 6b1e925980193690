"""Workspaces: the agent's files at the base, and clean checkouts for everybody else."""

import asyncio
import logging
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from adapters.git import snapshots
from adapters.git.clones import Clones
from adapters.git.cone import Scale, choose_cone
from adapters.git.contents import Contents
from adapters.git.filling import Filling, forget_index
from adapters.git.fingerprint import Seen, look
from adapters.git.index_file import Owner, give_to
from adapters.git.removal import Trash, remove
from adapters.git.room import room_in
from adapters.git.runner import Git
from adapters.git.toy import make_toy
from domain.case import Case
from domain.change import Change
from domain.command import Place
from domain.errors import BadWork
from domain.issue import Issue
from domain.ports import Sandbox
from domain.workspace import Overlay, Workspace

_log = logging.getLogger(__name__)
_SCALE = Scale()
_LISTED = re.compile(r"^d\S+\s+\d+\s+(?P<user>\d+)\s+(?P<group>\d+)\s", re.MULTILINE)
_LOOK_S = 60
_SECOND_NS = 1_000_000_000
_TICK_NS = 20_000_000  # files are stamped by a clock that may be a few ticks behind
# Which of the paths an issue is most likely about, best first.
Likely = Callable[[Issue, Sequence[str]], Sequence[str]]


def nothing_likely(issue: Issue, paths: Sequence[str]) -> Sequence[str]:  # noqa: ARG001 - the shape of `Likely`
    """Nothing is known of where to look."""
    return ()


@dataclass(frozen=True)
class _Indexed:
    """From when to when (nanoseconds since 1970) git noted down the files' times in an index.

    Git compares whole seconds. A file that was changed after it was noted down, but in the second that was
    noted, and had its size and date kept, looks untouched.
    """

    start: int
    end: int

    def doubtful(self, seen: Seen) -> frozenset[str]:
        """The files that git can't be sure of."""
        first, last = self.start - _TICK_NS, self.end // _SECOND_NS
        found = zip(seen.files, seen.changed, strict=True)
        return frozenset(path for path, changed in found if changed >= first and changed // _SECOND_NS <= last)


@dataclass(frozen=True)
class _Taken:
    """The newest snapshot of a workspace, and the files' fingerprint from before it was taken."""

    fingerprint: str
    change: Change


class GitWorkspaces:
    """The port `Workspaces` on real folders below the state folder; of large repositories only what is `likely`."""

    def __init__(
        self, git: Git, home: Path, sandbox: Sandbox, likely: Likely = nothing_likely, scale: Scale = _SCALE
    ) -> None:
        self._git = git
        self._sandbox = sandbox
        self._home = home
        self._likely, self._scale = likely, scale
        self._trash = Trash(home)
        self._clones = Clones(git, home)
        self._contents = Contents(git, self._clones)
        self._filling = Filling(git)
        self._taken: dict[Path, _Taken] = {}
        self._indexed: dict[Path, _Indexed] = {}

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
        await asyncio.to_thread(self._trash.take, workspace.path)
        workspace.path.mkdir(parents=True)
        (workspace.scratch / "objects").mkdir(parents=True, exist_ok=True)
        self._forget_indexes(workspace)
        if await self._contents.bring(workspace):
            workspace = await self._narrowed(workspace)
        await self._fill(workspace, case.base_sha)
        make_toy(workspace, workspace.scratch / "index", await self._contents.oldest(workspace))
        return workspace

    async def _narrowed(self, workspace: Workspace) -> Workspace:
        """A part of a large repository; the same for the same issue and base, on any machine."""
        sizes = await self._contents.sizes(workspace)
        case = workspace.case
        cone = await asyncio.to_thread(choose_cone, sizes, lambda: self._likely(case.issue, tuple(sizes)), self._scale)
        if cone is not None:
            words = "sparse checkout repo=%s issue=%s task=%s files=%d of=%d"
            held = len(cone.held(sizes))
            _log.info(words, case.repository.name, case.issue.number, case.id, held, len(sizes))
        return workspace.model_copy(update={"cone": cone})

    async def snapshot(self, workspace: Workspace) -> Change:
        """What the agent's files are now, against the base; files that nobody touched are not staged again.

        Raises `BadWork`.
        """
        start = time.time_ns()
        seen = await asyncio.to_thread(look, workspace.path, workspace.case.base_sha)
        known = self._taken.get(workspace.path)
        if known is not None and seen.fingerprint == known.fingerprint:
            return known.change
        before = self._indexed.get(workspace.path) or _Indexed(start=0, end=start)
        try:
            change = await snapshots.take(self._git, self._sandbox, workspace, seen, before.doubtful(seen))
        except BadWork:
            self._indexed[workspace.path] = _Indexed(start=before.start, end=time.time_ns())
            raise
        self._indexed[workspace.path] = _Indexed(start=start, end=time.time_ns())
        self._taken.pop(workspace.path, None)
        if seen.fingerprint is not None:
            self._taken[workspace.path] = _Taken(seen.fingerprint, change)
        return change

    async def restore(self, workspace: Workspace, tree: str) -> None:
        """Set the agent's files to an earlier snapshot; nothing else stays but the agent's repository."""
        with room_in(self._home):
            for entry in workspace.path.iterdir():
                if entry.name != ".git":
                    await asyncio.to_thread(self._trash.take, entry)
            self._forget_indexes(workspace)
            await self._fill(workspace, tree)

    async def _fill(self, workspace: Workspace, tree: str) -> None:
        """The agent's files, and an index that knows them as git sees them in the sandbox."""
        index = workspace.scratch / "index"
        await self._filling.fill(workspace, workspace.path, index, tree)
        filled = time.time_ns()
        seen = await self._sandbox.run(Place(workspace=workspace.path), "ls -ldn .", _LOOK_S, {})
        if listed := _LISTED.search(seen.output):
            await asyncio.to_thread(give_to, index, Owner(user=int(listed["user"]), group=int(listed["group"])))
        self._indexed[workspace.path] = _Indexed(start=filled, end=filled)

    def _forget_indexes(self, workspace: Workspace) -> None:
        """The files were made anew: no index knows them, and no snapshot."""
        self._taken.pop(workspace.path, None)
        forget_index(workspace.scratch / "index")
        remove(workspace.scratch / "staging")

    async def checkout(self, workspace: Workspace, tree: str, name: str, overlay: Overlay | None = None) -> Path:
        """A clean checkout below the run's folder, which the agent never sees."""
        folder = workspace.scratch.parent / "checkouts" / name
        with room_in(self._home):
            await asyncio.to_thread(self._trash.take, folder)
            folder.mkdir(parents=True)
            await self._filling.fill(workspace, folder, workspace.scratch / f"index-{name}", tree)
            if overlay:
                await self._filling.overlay(workspace, folder, overlay)
        return folder

    async def discard(self, case: Case) -> None:
        """Remove the run's folder and let its base go."""
        async with self._clones.locked(case) as clone:
            if clone.exists():
                await self._git.run(f"--git-dir={clone}", "update-ref", "-d", _ref(case))
        await asyncio.to_thread(self._trash.take, self._folder(case))
        self._taken.pop(self._folder(case) / "files", None)
        self._indexed.pop(self._folder(case) / "files", None)

    def _folder(self, case: Case) -> Path:
        return self._home / "workspaces" / _name(case)


def _ref(case: Case) -> str:
    return f"refs/claude-cluster-runs/{_name(case)}"


def _name(case: Case) -> str:
    """A share's files have a place of their own: it may be worked on where the whole is."""
    return f"{case.id}-{case.attempt}" + (f".part-{case.part}" if case.part else "")
