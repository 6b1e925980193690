"""The agent's files, from our side: hostile links, pipes and races must not lead anywhere."""

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from adapters.sandbox.walk import Missing, Walk, shared_mode
from domain.errors import BadWork

LARGEST = 10_000_000
MOST_NAMES = 5_000

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW_MODE = 0o644
_NEW_MODE_SHARED = 0o664
_ITS_FAULT = {
    errno.EACCES,
    errno.EEXIST,
    errno.EISDIR,
    errno.ELOOP,
    errno.ENAMETOOLONG,
    errno.ENOENT,
    errno.ENOTDIR,
    errno.ENXIO,
    errno.EPERM,
    errno.EROFS,
}


_Found = TypeVar("_Found")


class _Shut(BadWork):
    """It is there, and its owner lets us not in."""


class ConfinedFiles:
    """Implements the port `Files` for the folder that commands see at `shown`.

    A path is relative to it, or absolute below `shown` or the folder's real path. Links are followed as
    long as they stay inside. Reading or writing never waits, whatever lies there. Where something is shut,
    `unlock` is called, and it is tried once more.
    """

    def __init__(self, workspace: Path, shown: str = "/workspace", unlock: Callable[[], None] | None = None) -> None:
        self._root = workspace
        self._shown = shown
        self._unlock = unlock

    def read(self, path: str, largest: int | None = None) -> bytes:
        """The bytes of a file, at most `largest` and never more than 10 MB.

        Raises:
            BadWork: it leaves the workspace, is missing, too large, or no regular file.
        """
        return self._twice(lambda: self._read(path, largest))

    def _read(self, path: str, largest: int | None) -> bytes:
        limit = LARGEST if largest is None else min(largest, LARGEST)
        with self._walk(path) as walk:
            name = walk.follow()
            _require_file(path, _mode(walk, name))
            fd = os.open(str(name), _READ, dir_fd=walk.folder)
            with os.fdopen(fd, "rb") as file:
                _require_file(path, os.fstat(fd).st_mode)
                # The size is looked at first: nobody reads ten megabytes to throw them away.
                size = os.fstat(fd).st_size
                data = file.read(limit + 1) if size <= limit else b""
        if max(size, len(data)) > limit:
            raise BadWork(f"{path!r} is larger than {limit:,} bytes", "read a part of it with the shell")
        return data

    def write(self, path: str, data: bytes) -> None:
        """Write a file in one move, its folders made as needed; an existing file keeps its mode.

        Raises:
            BadWork: it leaves the workspace, is part of a `.git`, or is there and no regular file.
        """
        self._twice(lambda: self._write(path, data))

    def _write(self, path: str, data: bytes) -> None:
        with self._walk(path, writing=True) as walk:
            name = walk.follow()
            mode = _mode(walk, name)
            if mode is not None:
                _require_file(path, mode)
            new = _NEW_MODE_SHARED if shared_mode(walk.folder) else _NEW_MODE
            _replace(walk.folder, str(name), data, new if mode is None else mode & 0o777)

    def listing(self, path: str) -> tuple[str, ...]:
        """Names below a folder, two levels deep, sorted, folders ending in a slash, hidden ones left out.

        After 5,000 names a last entry says how many are missing. Raises `BadWork` if it is no folder.
        """
        return self._twice(lambda: self._listing(path))

    def _listing(self, path: str) -> tuple[str, ...]:
        with self._walk(path) as walk:
            name = walk.follow()
            if name is not None:
                walk.enter(name)
            found = []
            for entry in _entries(walk.folder):
                found.append(entry)
                if entry.endswith("/"):
                    found += _below(walk.folder, entry)
        left_out = len(found) - MOST_NAMES
        return (*found[:MOST_NAMES], f"({left_out:,} more)") if left_out > 0 else tuple(found)

    def kind(self, path: str) -> str:
        """`file`, `folder` or `missing`. Raises `BadWork` for what is none of these, or leaves the workspace."""
        try:
            with self._walk(path) as walk:
                mode = _mode(walk, walk.follow())
        except Missing:
            return "missing"
        if mode is None:
            return "missing"
        if stat.S_ISDIR(mode):
            return "folder"
        _require_file(path, mode)
        return "file"

    def _twice(self, act: Callable[[], _Found]) -> _Found:
        try:
            return act()
        except _Shut:
            if self._unlock is None:
                raise
        self._unlock()
        return act()

    @contextlib.contextmanager
    def _walk(self, path: str, *, writing: bool = False) -> Iterator[Walk]:
        try:
            path.encode()
            with Walk(self._root, self._shown, path, writing=writing) as walk:
                yield walk
        except UnicodeEncodeError as error:
            raise BadWork(f"{path!r} is not a path") from error
        except OSError as error:
            if error.errno not in _ITS_FAULT:
                raise
            kind = _Shut if error.errno == errno.EACCES else BadWork
            raise kind(f"{path!r}: {error.strerror}") from error


def _mode(walk: Walk, name: str | None) -> int | None:
    if name is None:
        return stat.S_IFDIR
    try:
        return os.stat(name, dir_fd=walk.folder, follow_symlinks=False).st_mode
    except FileNotFoundError:
        return None


def _require_file(path: str, mode: int | None) -> None:
    if mode is None:
        raise Missing(f"{path!r} does not exist")
    if not stat.S_ISREG(mode):
        raise BadWork(f"{path!r} is {'a folder' if stat.S_ISDIR(mode) else 'not a regular file'}")


def _replace(folder: int, name: str, data: bytes, mode: int) -> None:
    new = f".claude-cluster-{secrets.token_hex(8)}"
    fd = os.open(new, _CREATE, 0o600, dir_fd=folder)
    try:
        with os.fdopen(fd, "wb") as file:
            os.fchmod(fd, mode)
            file.write(data)
        os.rename(new, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        os.unlink(new, dir_fd=folder)
        raise


def _below(folder: int, entry: str) -> list[str]:
    try:
        fd = os.open(entry.rstrip("/"), _READ | os.O_DIRECTORY, dir_fd=folder)
    except OSError as error:
        if error.errno in _ITS_FAULT:
            return []
        raise
    try:
        return [entry + name for name in _entries(fd)]
    finally:
        os.close(fd)


def _entries(folder: int) -> list[str]:
    with os.scandir(folder) as entries:
        return sorted(
            f"{entry.name}/" if entry.is_dir(follow_symlinks=False) else entry.name
            for entry in entries
            if not entry.name.startswith(".")
        )
