"""Trees become files: whole, or the part of a large repository that its cone holds."""

from pathlib import Path

from adapters.git.clones import object_variables
from adapters.git.runner import Git, split
from domain.workspace import Overlay, Workspace


class Filling:
    """Writes trees into folders, each with an index of its own."""

    def __init__(self, git: Git) -> None:
        self._git = git

    async def fill(self, workspace: Workspace, folder: Path, index: Path, tree: str) -> None:
        """Write a tree's files into an empty folder; `index` is made anew and knows them.

        With a cone, the files outside it are in the index and not in the folder (git's "skip-worktree"), unless
        the tree has them otherwise than the base.
        """
        forget_index(index)
        _mark(index).write_text(tree)
        if workspace.cone is None:
            await self._run(workspace, folder, index, "read-tree", "-u", "--reset", tree)
            return
        await self._run(workspace, folder, index, "read-tree", "--reset", tree)
        names = split(await self._run(workspace, folder, index, "ls-files", "-z"))
        here = {*workspace.cone.held(names), *await self._changed(workspace, tree)}
        away = [name for name in names if name not in here]
        marking = ("update-index", "-z", "--skip-worktree", "--stdin")
        await self._run(workspace, folder, index, *marking, stdin=_listed(away))
        await self._write(workspace, folder, index, [name for name in names if name in here])

    async def overlay(self, workspace: Workspace, folder: Path, overlay: Overlay) -> None:
        """Set some paths of a folder to what another tree has there; what it lacks is removed."""
        index = workspace.scratch / "index-overlay"
        forget_index(index)
        await self._run(workspace, folder, index, "read-tree", overlay.tree)
        for path in overlay.paths:
            _remove_below(folder, path)
        names = split(await self._run(workspace, folder, index, "ls-files", "-z"))
        wanted = frozenset(overlay.paths)
        if present := [name for name in names if name in wanted]:
            await self._write(workspace, folder, index, present)

    async def _changed(self, workspace: Workspace, tree: str) -> list[str]:
        arguments = ("diff-tree", "-r", "-z", "--name-only", "--no-renames", workspace.case.base_sha, tree)
        variables = object_variables(workspace.clone, workspace.scratch / "objects")
        return split(await self._git.run(f"--git-dir={workspace.clone}", *arguments, variables=variables))

    async def _write(self, workspace: Workspace, folder: Path, index: Path, names: list[str]) -> None:
        await self._run(
            workspace, folder, index, "checkout-index", "-u", "-f", "-q", "-z", "--stdin", stdin=_listed(names)
        )

    async def _run(self, workspace: Workspace, folder: Path, index: Path, *arguments: str, stdin: bytes = b"") -> bytes:
        variables = {
            "GIT_INDEX_FILE": str(index),
            **object_variables(workspace.clone, workspace.scratch / "objects"),
        }
        return await self._git.run(
            *(f"--git-dir={workspace.clone}", f"--work-tree={folder}", *arguments),
            variables=variables,
            stdin=stdin,
            online=workspace.case.repository.name,
        )


def filled_with(workspace: Workspace) -> str:
    """The tree or commit that the agent's files were last made from."""
    return _mark(workspace.scratch / "index").read_text()


def forget_index(index: Path) -> None:
    """It is made anew; a git that was killed while it wrote leaves its lock, which nobody else would remove."""
    for path in (index, index.with_name(f"{index.name}.lock")):
        path.unlink(missing_ok=True)


def _mark(index: Path) -> Path:
    return index.with_name(f"{index.name}.tree")


def _listed(names: list[str]) -> bytes:
    return b"".join(name.encode("utf-8", "surrogateescape") + b"\x00" for name in names)


def _remove_below(folder: Path, path: str) -> None:
    """Remove a file or link; never through a link, which may lead out of the folder."""
    parents = reversed((folder / path).parents)
    inner = [parent for parent in parents if parent != folder and parent.is_relative_to(folder)]
    if all(parent.is_dir() and not parent.is_symlink() for parent in inner):
        target = folder / path
        if target.is_symlink() or not target.is_dir():
            target.unlink(missing_ok=True)
