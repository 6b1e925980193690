"""Reads a report that untrusted code wrote, and removes it."""

import contextlib
import os
import stat
from pathlib import Path

from proof.parsers.unreadable import Unreadable

LIMIT_BYTES = 20_000_000


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
