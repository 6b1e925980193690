"""Reads reports that untrusted code wrote, and removes them."""

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pathspec

from proof.parsers.unreadable import Unreadable

LIMIT_BYTES = 20_000_000
_MOST_FILES = 5000
_SKIPPED = {".git", "node_modules"}


def take_report(workspace: Path, name: str) -> bytes | None:
    """The bytes of the report `name` (relative) below the workspace, or None if there is none; it is removed.

    The sandbox is dead by now, so nothing changes under our hands; what it left may still be a link out of
    the workspace, a pipe or a huge file. Raises `Unreadable` for these.
    """
    path = workspace / name
    try:
        inside = path.parent.resolve(strict=True).is_relative_to(workspace.resolve())
        if not inside:
            raise Unreadable("the report lies outside the checkout")
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Unreadable(f"the report can't be opened: {error.strerror}") from error
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise Unreadable("the report is not a file")
        if found.st_size > LIMIT_BYTES:
            raise Unreadable(f"the report is larger than {LIMIT_BYTES // 1_000_000} MB")
        with os.fdopen(handle, "rb", closefd=False) as file:
            return file.read(LIMIT_BYTES)
    finally:
        os.close(handle)
        with contextlib.suppress(IsADirectoryError, PermissionError):
            path.unlink(missing_ok=True)


def take_reports(workspace: Path, name: str) -> tuple[bytes, ...]:
    """The reports whose paths are `name` or match it as a glob, sorted by path; all are removed.

    Raises `Unreadable` as `take_report` does, and for more than 5,000 reports or 20 MB together.
    """
    names = sorted(_matching(workspace, name)) if is_glob(name) else [name]
    if len(names) > _MOST_FILES:
        raise Unreadable(f"there are more than {_MOST_FILES} reports")
    taken: list[bytes] = []
    left = LIMIT_BYTES
    for data in (take_report(workspace, each) for each in names):
        if data is not None:
            taken.append(data)
            left -= len(data)
        if left < 0:
            raise Unreadable(f"the reports are larger than {LIMIT_BYTES // 1_000_000} MB")
    return tuple(taken)


def discard_reports(workspace: Path, name: str) -> None:
    """Remove what matches before a run, so that nothing older is taken for the run's."""
    for each in list(_matching(workspace, name)) if is_glob(name) else [name]:
        with contextlib.suppress(Unreadable):
            take_report(workspace, each)


def is_glob(name: str) -> bool:
    """Whether a report's name stands for several files."""
    return any(mark in name for mark in "*?[")


def _matching(workspace: Path, pattern: str) -> Iterator[str]:
    spec = pathspec.GitIgnoreSpec.from_lines([f"/{pattern.lstrip('/')}"])
    for parent, folders, names in os.walk(workspace):
        folders[:] = [name for name in folders if name not in _SKIPPED]
        relative = PurePosixPath(Path(parent).relative_to(workspace).as_posix())
        yield from (path for name in names if spec.match_file(path := str(relative / name)))
