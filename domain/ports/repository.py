"""The repository on this machine: checkouts, history, files."""

from pathlib import Path
from typing import Protocol

from domain.area import Area
from domain.case import Case
from domain.change import Change
from domain.workspace import Branch, Graft, Overlay, Workspace


class Workspaces(Protocol):
    """Checkouts of a repository on this machine; made again at will, never persisted."""

    async def prepare(self, case: Case) -> Workspace:
        """A workspace at the case's base, with a toy repository of its own for the agent."""
        ...

    async def snapshot(self, workspace: Workspace) -> Change:
        """What the agent's files are now, against the base. Raises `BadWork` for what can't be taken."""
        ...

    async def restore(self, workspace: Workspace, tree: str) -> None:
        """Set the agent's files to an earlier snapshot."""
        ...

    async def checkout(self, workspace: Workspace, tree: str, name: str, overlay: Overlay | None = None) -> Path:
        """A clean checkout of a tree or commit, outside the agent's workspace, without `.git`."""
        ...

    async def discard(self, case: Case) -> None:
        """Remove the case's workspace, its checkouts and its refs, if there are any."""
        ...


class Parcels(Protocol):
    """Snapshots on their way to another machine."""

    async def pack(self, workspace: Workspace, tree: str) -> bytes | None:
        """What a snapshot has beyond the base; None if it is too large to be sent."""
        ...

    async def unpack(self, workspace: Workspace, data: bytes) -> None:
        """Have a snapshot of another machine here, so that it can be restored. Raises `BadWork` if it is damaged."""
        ...

    async def graft(self, workspace: Workspace, onto: str, tree: str, area: Area) -> Graft:
        """A tree like `onto` that has an area's files, and no others, as `tree` has them.

        Raises `BadWork` if one of the two is not here.
        """
        ...


class History(Protocol):
    """The repository's commits: what is read from them, and the one branch that we write."""

    async def read(self, workspace: Workspace, path: str) -> bytes | None:
        """A file of the base commit; None if it is not there."""
        ...

    async def files(self, workspace: Workspace) -> tuple[str, ...]:
        """Every path of the base commit."""
        ...

    async def branch(self, workspace: Workspace, branch: str) -> Branch | None:
        """Our branch as it is on the forge now; None if it is not there."""
        ...

    async def commit(self, workspace: Workspace, tree: str, message: str, parents: tuple[str, ...]) -> str:
        """Make a commit of a snapshot, by the author of the settings; gives its sha."""
        ...

    async def push(self, workspace: Workspace, sha: str, branch: str, expected: str | None) -> None:
        """Push `sha` to our branch if the branch still is at `expected` (None: does not exist).

        Raises `PushRejected`, `AuthenticationFailed`, `PermissionDenied`, `Transient`.
        """
        ...


class Files(Protocol):
    """The agent's files, confined: a path that leaves the workspace, by links too, is refused with `BadWork`."""

    def read(self, path: str, largest: int | None = None) -> bytes:
        """The bytes of a file. Raises `BadWork` if it is not a regular file below the workspace.

        One of more than `largest` bytes is refused without being read, with `BadWork` too.
        """
        ...

    def write(self, path: str, data: bytes) -> None:
        """Write a file, its folders made as needed; an existing file keeps its mode."""
        ...

    def listing(self, path: str) -> tuple[str, ...]:
        """Names below a folder, two levels deep, folders ending in a slash, hidden ones left out."""
        ...

    def kind(self, path: str) -> str:
        """`file`, `folder` or `missing`."""
        ...
