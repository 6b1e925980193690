"""Opens folders of the worker's to the groups of sessions, and nothing else.

Files stay the worker's: it gives them to a group that it is in. A hostile command may be at work in the same tree,
so every step goes from an open folder to a name in it and never through a link.
"""

import os
import stat
from pathlib import Path

from domain.errors import SandboxUnavailable

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_PLACE = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC
_DEEPEST = 256
_PASS = stat.S_IXOTH
_READING = stat.S_IRGRP | stat.S_IXGRP


def let_through(folder: Path) -> None:
    """Let everybody pass the folders above this one, without seeing or opening anything else in them.

    Raises:
        SandboxUnavailable: one of them is not ours and lets nobody pass.
    """
    for above in reversed(folder.parents):
        found = above.stat()
        if found.st_uid == os.geteuid():
            if found.st_mode & stat.S_IRWXO != _PASS:
                _shut_entries(above)
                above.chmod(stat.S_IMODE(found.st_mode) & ~stat.S_IRWXO | _PASS)
        elif not found.st_mode & _PASS:
            raise SandboxUnavailable(
                f"{above} lets no other user pass, so commands can't reach {folder}",
                "set CLAUDE_CLUSTER_HOME to a folder that others may pass, for example below /var/lib",
            )


def _shut_entries(folder: Path) -> None:
    with os.scandir(folder) as entries:
        for entry in entries:
            mode = entry.stat(follow_symlinks=False).st_mode
            if not stat.S_ISLNK(mode) and mode & stat.S_IRWXO:
                Path(entry.path).chmod(stat.S_IMODE(mode) & ~stat.S_IRWXO)


class Sharing:
    """Gives one tree to `gid`, to read or to `write`; subtrees of the groups in `apart` are left to those.

    `strangers` are users whose files in it are not open to the group yet: only they can change that.
    """

    def __init__(self, gid: int, *, write: bool, apart: frozenset[int] = frozenset()) -> None:
        self._gid, self._write, self._apart = gid, write, apart
        self._us = os.geteuid()
        self.strangers: set[int] = set()

    def give(self, root: Path) -> None:
        """Give all of it; what others may only read, and was given before, is as it was. Raises `OSError`."""
        top = os.open(root, _FOLDER)
        try:
            found = os.fstat(top)
            if not self._write and self._is_given(found):
                return
            self._below(top, 0)
            self._set(f"/proc/self/fd/{top}", found)
        finally:
            os.close(top)

    def _below(self, folder: int, depth: int) -> None:
        with os.scandir(folder) as entries:
            for entry in entries:
                try:
                    self._entry(folder, entry, depth)
                except FileNotFoundError:
                    continue

    def _entry(self, folder: int, entry: "os.DirEntry[str]", depth: int) -> None:
        found = entry.stat(follow_symlinks=False)
        ours = found.st_uid == self._us
        is_folder = stat.S_ISDIR(found.st_mode)
        if not ours and not stat.S_ISLNK(found.st_mode) and not self._is_given(found):
            self.strangers.add(found.st_uid)
        if is_folder and depth < _DEEPEST and not (ours and found.st_gid in self._apart):
            self._folder(folder, entry.name, depth, ours=ours)
        elif ours and not is_folder and not self._is_given(found):
            self._file(folder, entry.name, found)

    def _folder(self, folder: int, name: str, depth: int, *, ours: bool) -> None:
        try:
            inner = os.open(name, _FOLDER, dir_fd=folder)
        except OSError:  # somebody else's and shut, or no folder any more
            return
        try:
            self._below(inner, depth + 1)
            found = os.fstat(inner)
            if ours and found.st_uid == self._us and not self._is_given(found):
                self._set(f"/proc/self/fd/{inner}", found)
        finally:
            os.close(inner)

    def _file(self, folder: int, name: str, found: os.stat_result) -> None:
        if stat.S_ISLNK(found.st_mode):
            if found.st_gid != self._gid:
                os.chown(name, -1, self._gid, dir_fd=folder, follow_symlinks=False)
            return
        place = os.open(name, _PLACE, dir_fd=folder)
        try:
            now = os.fstat(place)
            # One with a second name may lie elsewhere too, where it must stay as it is.
            if now.st_uid == self._us and stat.S_ISREG(now.st_mode) and now.st_nlink == 1:
                self._set(f"/proc/self/fd/{place}", now)
        finally:
            os.close(place)

    def _is_given(self, found: os.stat_result) -> bool:
        if stat.S_ISLNK(found.st_mode):
            return found.st_gid == self._gid
        return found.st_gid == self._gid and stat.S_IMODE(found.st_mode) == self._mode(found)

    def _mode(self, found: os.stat_result) -> int:
        """The owner's rights for the group as well, without writing where it may only read; nothing for others."""
        own = found.st_mode & stat.S_IRWXU
        if not stat.S_ISDIR(found.st_mode):
            group = own >> 3
            return own | (group if self._write else group & _READING)
        own |= stat.S_IRWXU
        group = own >> 3 if self._write else _READING
        return own | group | stat.S_ISGID | found.st_mode & _PASS

    def _set(self, place: str, found: os.stat_result) -> None:
        if found.st_gid != self._gid:
            os.chown(place, -1, self._gid)
        os.chmod(place, self._mode(found))  # noqa: PTH101 - a descriptor
