"""Shuts, before anything runs, the folders that sessions of an earlier start could enter: groups are given out anew."""

import os
import stat
from collections.abc import Container
from pathlib import Path

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_DEEPEST = 8


def shut_shared(root: Path, groups: Container[int]) -> None:
    """Take from every folder of ours below `root` that has one of these groups the group's rights.

    What is in such a folder is then out of reach, so nobody looks at it; nor at anything that is not ours.
    """
    try:
        top = os.open(root, _FOLDER)
    except FileNotFoundError:
        return
    try:
        _below(top, groups, _DEEPEST)
    finally:
        os.close(top)


def _below(folder: int, groups: Container[int], levels: int) -> None:
    with os.scandir(folder) as entries:
        names = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    for name in names:
        try:
            inner = os.open(name, _FOLDER, dir_fd=folder)
        except OSError:
            continue
        try:
            found = os.fstat(inner)
            if found.st_uid != os.geteuid():
                continue
            if found.st_gid in groups:
                os.fchmod(inner, found.st_mode & stat.S_IRWXU)
            elif levels:
                _below(inner, groups, levels - 1)
        finally:
            os.close(inner)
