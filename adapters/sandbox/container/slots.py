"""The slots: users that sessions run as, each with a folder of its own."""

import os
import stat
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from domain.errors import SandboxUnavailable

PARTS = ("home", "tmp")
_OWN = 0o700
_ENTERED = 0o710
_PASSED = 0o711


@dataclass(frozen=True, slots=True)
class Slot:
    """A user that runs one session at a time; `uid` is its group's number too."""

    uid: int
    folder: Path


class Slots:
    """The free ones, longest free first. A folder's last slot is taken again if it can be: its files are its own."""

    def __init__(self, slots: Iterable[Slot]) -> None:
        self._free = deque(slots)
        self._count = len(self._free)
        self._last: dict[Path, Slot] = {}

    def take(self, wanted_for: Path) -> Slot:
        """A free slot with an empty home. Raises `SandboxUnavailable` when all are taken."""
        if not self._free:
            raise SandboxUnavailable(
                f"all {self._count} slots of the sandbox are taken", "start claude-cluster-sandbox with more --slots"
            )
        slot = self._last.get(wanted_for)
        if slot is not None and slot in self._free:
            self._free.remove(slot)
        else:
            slot = self._free.popleft()
        self._last = {path: one for path, one in self._last.items() if one is not slot} | {wanted_for: slot}
        _furnish(slot)
        return slot

    def give_back(self, slot: Slot) -> None:
        """It may be taken again: nothing of it runs, and nothing that it left is anywhere."""
        for part in PARTS:
            (slot.folder / part).rmdir()
        self._free.append(slot)


def prepare_folder(folder: Path) -> None:
    """A folder of root's that everybody may pass and nobody list; made anew. Raises `OSError`."""
    folder.mkdir(parents=True, exist_ok=True)
    os.chown(folder, 0, 0)
    folder.chmod(_PASSED)


def _furnish(slot: Slot) -> None:
    """A folder that its own group may enter, with `home` and `tmp` that are the user's."""
    slot.folder.mkdir(exist_ok=True)
    os.chown(slot.folder, 0, slot.uid)
    slot.folder.chmod(_ENTERED)
    for part in PARTS:
        inner = slot.folder / part
        inner.mkdir(mode=_OWN, exist_ok=True)
        found = inner.lstat()
        if not stat.S_ISDIR(found.st_mode):
            raise SandboxUnavailable(f"{inner} is no folder", "remove it, and start claude-cluster-sandbox again")
        os.chown(inner, slot.uid, slot.uid)
