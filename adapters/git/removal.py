"""Removes folders that an agent or its tests have filled."""

import os
import shutil
import stat
import subprocess
import uuid
from contextlib import suppress
from pathlib import Path
from threading import Thread

_PLENTY = 5_000_000_000  # bytes


class Trash:
    """A folder on the same disk in which things wait to be removed: some disks take a minute for 50,000 files."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "trash"

    def take(self, entry: Path) -> None:
        """Out of the way when this returns, whatever it is; nothing happens if it is missing.

        It is removed beside the work, and after this process if need be, unless its room may be wanted at once.
        """
        if not os.path.lexists(entry):
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        if not entry.is_symlink():
            with suppress(PermissionError):  # another user's, in a sandbox that has users of its own
                entry.chmod(entry.stat().st_mode | stat.S_IRWXU)  # a folder that is locked can't be moved
        entry.rename(self._folder / uuid.uuid4().hex)
        removal = Thread(target=self._empty, daemon=True)
        removal.start()
        if shutil.disk_usage(self._folder).free < _PLENTY:
            removal.join()

    def _empty(self) -> None:
        for entry in self._folder.iterdir():
            remove(entry)


def remove(entry: Path) -> None:
    """Remove a file, a link or a folder, whatever it holds; nothing happens if it is missing.

    By the system's own program: Python's gives up on folders that are nested deeper than it can call, and is
    slower. Folders that were locked are opened first. What can't be removed all the same stays.
    """
    removing = ["rm", "-rf", "--", str(entry)]
    if os.path.lexists(entry) and _fails(removing) and os.path.lexists(entry):
        _fails(["chmod", "-R", "u+rwX", "--", str(entry)])
        _fails(removing)


def _fails(command: list[str]) -> bool:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False, start_new_session=True)
    return done.returncode != 0
