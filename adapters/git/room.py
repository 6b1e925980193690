"""Tells a full disk from every other failure of a file."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from domain.errors import DiskFull, GitFailed

REMEDY = "make room on the disk of CLAUDE_CLUSTER_HOME, then start the same command again"
_LITTLE = 1_000_000  # bytes; what git could not write is rarely the last byte
_FULL = {errno.ENOSPC, errno.EDQUOT}


@contextmanager
def room_in(folder: Path) -> Iterator[None]:
    """Raises `DiskFull` in place of the system's own errors for it; all others pass through.

    Git does not always say why it could not write: then the disk is asked.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise DiskFull(f"the disk of {folder} is full", REMEDY) from error
        raise
    except GitFailed as error:
        if shutil.disk_usage(folder).free < _LITTLE:
            raise DiskFull(f"the disk of {folder} is full", REMEDY) from error
        raise
