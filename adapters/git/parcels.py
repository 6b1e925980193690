"""Snapshots on their way to another machine: what a tree has beyond the base, as one git pack; trees made of two."""

from dataclasses import dataclass

from adapters.git.filling import forget_index
from adapters.git.runner import Git
from adapters.git.snapshots import objects_of, shown
from domain.area import Area
from domain.errors import BadWork, GitFailed
from domain.workspace import Graft, Workspace

_LARGEST = 64_000_000


@dataclass(frozen=True)
class _Difference:
    """A path as git names it, and the line that gives an index what the other tree has there."""

    name: bytes
    line: bytes

    @property
    def path(self) -> str:
        """The path for people."""
        return shown(self.name.decode("utf-8", "surrogateescape"))


class GitParcels:
    """The port `Parcels` on the run's own object stores."""

    def __init__(self, git: Git) -> None:
        self._git = git

    async def pack(self, workspace: Workspace, tree: str) -> bytes | None:
        """The pack's bytes; None above 64 MB: such a snapshot stays on its machine."""
        packed = await self._git.run(
            *(f"--git-dir={workspace.clone}", "pack-objects", "--revs", "-q", "--stdout", "--delta-base-offset"),
            variables=objects_of(workspace),
            stdin=f"{tree}\n^{workspace.case.base_sha}\n".encode(),
        )
        return packed if len(packed) <= _LARGEST else None

    async def unpack(self, workspace: Workspace, data: bytes) -> None:
        """Take a pack into the run's own store; broken objects are refused. Raises `BadWork`."""
        try:
            await self._git.run(
                *(f"--git-dir={workspace.clone}", "index-pack", "--stdin", "--strict"),
                variables=objects_of(workspace),
                stdin=data,
            )
        except GitFailed as error:
            raise BadWork(f"the snapshot that came from another machine is damaged: {error.reason}") from error

    async def graft(self, workspace: Workspace, onto: str, tree: str, area: Area) -> Graft:
        """A tree like `onto` with an area's files as in `tree`; no file is looked at, only names and modes."""
        index = workspace.scratch / "index-graft"
        variables = {**objects_of(workspace), "GIT_INDEX_FILE": str(index)}
        where = f"--git-dir={workspace.clone}"
        forget_index(index)
        try:
            found = await self._differences(workspace, onto, tree)
            taken = [one for one in found if area.holds(one.path)]
            await self._git.run(where, "read-tree", onto, variables=variables)
            lines = b"".join(one.line for one in taken)
            await self._git.run(
                where, "update-index", "--replace", "-z", "--index-info", variables=variables, stdin=lines
            )
            # Files of the base that nobody needed yet are not here, and need not come for this.
            made = await self._git.text(where, "write-tree", "--missing-ok", variables=variables)
        except GitFailed as error:
            raise BadWork(f"two snapshots can't be put together: {error.reason}") from error
        finally:
            forget_index(index)
        left = tuple(one.path for one in found if one not in taken)
        return Graft(tree=made, taken=tuple(one.path for one in taken), left=left)

    async def _differences(self, workspace: Workspace, onto: str, tree: str) -> list[_Difference]:
        options = ("diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", "--ignore-submodules=none")
        raw = await self._git.run(f"--git-dir={workspace.clone}", *options, onto, tree, variables=objects_of(workspace))
        fields = iter(raw.split(b"\x00"))
        found = []
        for about in fields:
            if not about.startswith(b":"):
                continue
            _, mode, _, blob, _ = about[1:].split(b" ")
            name = next(fields)
            found.append(_Difference(name, mode + b" " + blob + b"\t" + name + b"\x00"))
        return found
