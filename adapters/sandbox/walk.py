"""Following a path below one folder, step by step, so that no link and no race leads out of it."""

import errno
import os
import stat
from collections import deque
from pathlib import Path
from typing import Self

from domain.errors import BadWork

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_MOST_LINKS = 40
_DEEPEST = 128
_LONGEST = 4096
_SHARED = stat.S_ISGID | stat.S_IRWXG


def shared_mode(folder: int) -> int | None:
    """The mode of an open folder in which a group works with us (new files get its group); else None."""
    mode = stat.S_IMODE(os.fstat(folder).st_mode)
    return mode if mode & _SHARED == _SHARED else None


class Missing(BadWork):
    """There is nothing at this path."""


class Walk:
    """One path, followed; a context manager that closes what it opened.

    Every folder is opened relative to the one before and never through a link: links are read and their
    words followed in the same way. `shown` is what the root is called inside the sandbox.
    """

    def __init__(self, root: Path, shown: str, path: str, *, writing: bool = False) -> None:
        self._names = (shown, str(root), os.path.realpath(root))
        self._path = path
        self._writing = writing
        self._folders = [os.open(root, _FOLDER & ~os.O_NOFOLLOW)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        while self._folders:
            os.close(self._folders.pop())

    @property
    def folder(self) -> int:
        """Descriptor of the folder reached."""
        return self._folders[-1]

    def follow(self) -> str | None:
        """Go to the folder that holds the path's last name and return that name; None for the root itself.

        The name is no link, unless one was planted in this moment: open it with O_NOFOLLOW. When writing,
        folders are made as needed and `.git` is refused.

        Raises:
            Missing: a folder on the way is not there, or is not a folder.
            BadWork: the path leaves the root, is no path, or may not be written.
        """
        words = deque(self._words(self._path))
        links = 0
        while words:
            word = words.popleft()
            if word == "..":
                self._up()
                continue
            self._permit(word)
            target = self._link(word)
            if target is not None:
                links += 1
                self._refuse_if(links > _MOST_LINKS, "has too many links")
                words.extendleft(reversed(self._words(target)))
                if target.startswith("/"):
                    self._close_to(1)
            elif words:
                self._down(word)
            else:
                return word
        return None

    def enter(self, name: str) -> None:
        """Go into a folder of the folder reached. Raises `Missing` if it is none."""
        self._down(name)

    def _words(self, path: str) -> list[str]:
        self._refuse_if(len(path) > _LONGEST, "is too long")
        self._refuse_if("\0" in path, "is not a path")
        if path.startswith("/"):
            inside = [path[len(name) :] for name in self._names if path == name or path.startswith(f"{name}/")]
            self._refuse_if(not inside, f"leads out of {self._names[0]}")
            path = inside[0]
        return [word for word in path.split("/") if word not in ("", ".")]

    def _permit(self, word: str) -> None:
        self._refuse_if(self._writing and word.lower() == ".git", "is part of a .git folder, which may not be written")

    def _link(self, word: str) -> str | None:
        try:
            return os.readlink(word, dir_fd=self.folder)
        except OSError as error:
            if error.errno in (errno.EINVAL, errno.ENOENT):
                return None
            raise

    def _up(self) -> None:
        self._refuse_if(len(self._folders) == 1, f"leads out of {self._names[0]}")
        self._close_to(len(self._folders) - 1)

    def _down(self, word: str) -> None:
        self._refuse_if(len(self._folders) > _DEEPEST, "is too deep")
        made = self._writing and self._make(word)
        try:
            inner = os.open(word, _FOLDER, dir_fd=self.folder)
            self._folders.append(inner)
            if made and (mode := shared_mode(self._folders[-2])):
                os.fchmod(inner, mode)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
                what = (
                    "does not exist" if error.errno == errno.ENOENT else f"passes through {word!r}, which is no folder"
                )
                raise Missing(f"{self._path!r} {what}") from error
            raise

    def _make(self, word: str) -> bool:
        try:
            os.mkdir(word, dir_fd=self.folder)
        except FileExistsError:
            return False
        return True

    def _close_to(self, depth: int) -> None:
        while len(self._folders) > depth:
            os.close(self._folders.pop())

    def _refuse_if(self, refused: bool, why: str) -> None:  # noqa: FBT001 - reads as a sentence at every call
        if refused:
            raise BadWork(f"{self._path[:200]!r} {why}")
