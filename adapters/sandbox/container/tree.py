"""Trees that hostile commands have filled, walked with their own rights and never with more.

Whoever calls these is a process of its own that has the rights of the slot's user and nothing else. So links,
races and depths lead at most to what that user could reach anyway.
"""

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

_ACLS = ("system.posix_acl_access", "system.posix_acl_default")
_BLOCK = 512
_OWNER = 0o700

Visit = Callable[[str, os.stat_result], bool]


def settle(root: Path, gid: int) -> None:
    """Open to the group `gid` everything that is ours below a folder, as far as it is open to us."""

    def visit(name: str, found: os.stat_result) -> bool:
        folder = stat.S_ISDIR(found.st_mode)
        if found.st_uid == os.geteuid() and not stat.S_ISLNK(found.st_mode):
            _open(name, found, gid)
        return folder

    _walk(root, visit)


def _open(name: str, found: os.stat_result, gid: int) -> None:
    own = _OWNER | stat.S_ISGID if stat.S_ISDIR(found.st_mode) else found.st_mode & _OWNER
    mode = own | (own & _OWNER) >> 3
    with suppress(OSError):
        for acl in _ACLS:
            with suppress(OSError):
                os.removexattr(name, acl)
        if found.st_gid != gid:
            os.chown(name, -1, gid, follow_symlinks=False)
        if stat.S_IMODE(found.st_mode) != mode or found.st_gid != gid:
            os.chmod(name, mode)  # noqa: PTH101 - relative to where the walk is


def clean(roots: Iterable[Path]) -> None:
    """Remove everything that is ours below these folders, which are everybody's."""
    for root in roots:
        _walk(root, _sweep, _drop)


def _sweep(name: str, found: os.stat_result) -> bool:
    ours = found.st_uid == os.geteuid()
    if stat.S_ISDIR(found.st_mode):
        if ours:
            with suppress(OSError):
                os.chmod(name, _OWNER)  # noqa: PTH101 - relative to where the walk is
        return ours or bool(found.st_mode & stat.S_IWOTH)
    if ours:
        with suppress(OSError):
            os.unlink(name)  # noqa: PTH108 - relative to where the walk is
    return False


def _drop(name: str) -> None:
    with suppress(OSError):
        if os.lstat(name).st_uid == os.geteuid():
            os.rmdir(name)  # noqa: PTH106 - relative to where the walk is


def weigh(whole: Iterable[Path], shared: Iterable[Path]) -> int:
    """Bytes on disks: of all below the folders `whole`, and of what is ours below the `shared` ones."""
    seen: set[tuple[int, int]] = set()
    total = 0

    def add(found: os.stat_result) -> None:
        nonlocal total
        key = (found.st_dev, found.st_ino)
        if not stat.S_ISDIR(found.st_mode) and key not in seen:
            total += found.st_blocks * _BLOCK
            if found.st_nlink > 1:
                seen.add(key)

    def visit_all(_: str, found: os.stat_result) -> bool:
        add(found)
        return stat.S_ISDIR(found.st_mode)

    def visit_ours(_: str, found: os.stat_result) -> bool:
        ours = found.st_uid == os.geteuid()
        if ours:
            add(found)
        return stat.S_ISDIR(found.st_mode) and (ours or bool(found.st_mode & stat.S_IWOTH))

    for root in whole:
        _walk(root, visit_all)
    for root in shared:
        _walk(root, visit_ours)
    return total


def _walk(root: Path, visit: Visit, leave: Callable[[str], None] = lambda _: None) -> None:
    """Visit all below a folder, going into those for which `visit` says so; the current folder is moved.

    By steps from folder to folder, so that no depth is too deep. Nothing is raised for what can't be opened.
    """
    try:
        os.chdir(root)
    except OSError:
        return
    pending = [(_entries(), "")]
    while pending:
        entries, here = pending[-1]
        name = next(entries, None)
        if name is None:
            pending.pop()
            if pending:
                os.chdir("..")
                leave(here)
            continue
        with suppress(OSError):
            if visit(name, os.lstat(name)) and not os.path.islink(name):  # noqa: PTH114 - relative
                os.chdir(name)
                pending.append((_entries(), name))


def _entries() -> Iterator[str]:
    with suppress(OSError):
        return iter(os.listdir("."))  # noqa: PTH208 - relative to where the walk is
    return iter(())
