"""Snapshots on their way to another machine: what a tree has beyond the base, as one git pack."""

from adapters.git.runner import Git
from adapters.git.snapshots import objects_of
from domain.errors import BadWork, GitFailed
from domain.workspace import Workspace

_LARGEST = 64_000_000


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
