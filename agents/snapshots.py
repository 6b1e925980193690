"""When the agent's files are put on record."""

import logging
from dataclasses import dataclass

from domain.change import Change
from domain.errors import BadWork
from domain.frozen import Frozen
from domain.ports import Workspaces
from domain.workspace import Workspace

_log = logging.getLogger(__name__)


class Taken(Frozen):
    """The newest snapshot (a git tree id), and the last step whose edits it holds."""

    tree: str | None = None
    steps: int = 0


@dataclass
class Snapshots:
    """The snapshots of a round, one after each step that may have changed files: a crash loses no more."""

    workspaces: Workspaces
    workspace: Workspace
    taken: Taken
    changed: bool = False

    async def take(self) -> Change:
        """A snapshot of now. Raises `BadWork` for files that can't be taken."""
        change = await self.workspaces.snapshot(self.workspace)
        self.taken = self.taken.model_copy(update={"tree": change.tree})
        self.changed = False
        return change

    async def keep_up(self, steps: int) -> Taken:
        """Take one if files may have changed; files that can't be taken keep the older."""
        if self.changed:
            try:
                await self.take()
            except BadWork as refused:
                _log.warning("snapshot refused: %s", refused)
        if not self.changed:
            self.taken = self.taken.model_copy(update={"steps": steps})
        return self.taken
