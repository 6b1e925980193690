"""The files of the newest commits: fetched into the clone in few requests, and how large they are."""

import logging
from collections.abc import Sequence

from adapters.git.clones import Clones
from adapters.git.runner import Git, split
from domain.errors import GitFailed, Transient
from domain.workspace import Workspace

_log = logging.getLogger(__name__)
_HISTORY = 50  # commits whose files the agent can look at without a network
_AT_ONCE = 20_000  # files a request; what has come of a large repository is kept when a later one fails


class Contents:
    """The files of a workspace's base, in the shared clone."""

    def __init__(self, git: Git, clones: Clones) -> None:
        self._git = git
        self._clones = clones

    async def bring(self, workspace: Workspace) -> bool:
        """Fetch what is missing of the last commits' files; whether it is all here now.

        Raises:
            Transient: many are missing and the connection failed; those that came are kept.
        """
        arguments = ("rev-list", "--objects", "--missing=print", "--first-parent", "-n", str(_HISTORY))
        listed = await self._git.text(f"--git-dir={workspace.clone}", *arguments, workspace.case.base_sha)
        missing = [line[1:] for line in listed.splitlines() if line.startswith("?")]
        if not missing:
            return True
        async with self._clones.locked(workspace.case):
            try:
                await self._fetch(workspace, missing)
            except GitFailed as error:
                _log.info("clone made whole repo=%s reason=%s", workspace.case.repository.name, error)
                await self._clones.complete(workspace.case, workspace.clone)
            except Transient as error:
                if len(missing) > _AT_ONCE:
                    raise
                # The base's own files are asked for again when they are written; the agent then has less history.
                _log.info("history not fetched repo=%s reason=%s", workspace.case.repository.name, error)
                return False
        return True

    async def oldest(self, workspace: Workspace) -> str | None:
        """The oldest commit whose files are here, if there are older ones."""
        arguments = ("rev-list", "--first-parent", "-n", str(_HISTORY + 1), workspace.case.base_sha)
        commits = (await self._git.text(f"--git-dir={workspace.clone}", *arguments)).split()
        return commits[_HISTORY - 1] if len(commits) > _HISTORY else None

    async def sizes(self, workspace: Workspace) -> dict[str, int]:
        """Every file of the base with its size in bytes; git's own names, links included, submodules not."""
        arguments = ("ls-tree", "-r", "-z", "-l", "--full-tree", workspace.case.base_sha)
        listed = split(await self._git.run(f"--git-dir={workspace.clone}", *arguments))
        entries = (line.partition("\t") for line in listed)
        sizes = ((path, about.rpartition(" ")[2]) for about, _, path in entries)
        return {path: int(size) for path, size in sizes if size.isdigit()}

    async def _fetch(self, workspace: Workspace, names: Sequence[str]) -> None:
        for start in range(0, len(names), _AT_ONCE):
            await self._git.run(
                *("-c", "fetch.negotiationAlgorithm=noop", f"--git-dir={workspace.clone}", "fetch", "-q", "--no-tags"),
                *("--no-write-fetch-head", "--filter=blob:none", "--stdin", "origin"),
                stdin="".join(f"{name}\n" for name in names[start : start + _AT_ONCE]).encode(),
                online=workspace.case.repository.name,
            )
