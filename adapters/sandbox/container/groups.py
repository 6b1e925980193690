"""Which group may enter which folder: one for each folder that a session shows, and no other folder has it."""

import os
from collections.abc import Collection
from pathlib import Path

from domain.errors import SandboxUnavailable


class Groups:
    """Given out one after the other; those of folders that are gone come back when all are used."""

    def __init__(self, numbers: range) -> None:
        self._free = list(reversed(numbers))
        self._of: dict[Path, int] = {}

    def of(self, folder: Path, in_use: Collection[int]) -> int:
        """The folder's group, the same as long as it is there; groups `in_use` by sessions are not taken back.

        Raises:
            SandboxUnavailable: all are given out.
        """
        if folder not in self._of:
            if not self._free:
                self._take_back(in_use)
            if not self._free:
                raise SandboxUnavailable(
                    f"all {len(self._of):,} groups for folders are given out",
                    "start claude-cluster-sandbox with a larger --shared",
                )
            self._of[folder] = self._free.pop()
        return self._of[folder]

    def below(self, folder: Path) -> tuple[int, ...]:
        """The groups of folders that lie deeper in this one."""
        return tuple(gid for path, gid in self._of.items() if path != folder and path.is_relative_to(folder))

    def _take_back(self, in_use: Collection[int]) -> None:
        gone = [path for path, gid in self._of.items() if gid not in in_use and not os.path.lexists(path)]
        self._free += (self._of.pop(path) for path in gone)
