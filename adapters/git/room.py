"""Tells a full disk from every other failure of a file."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from domain.errors import DiskFull, GitFailed

_LITTLE = 1_000_000  # bytes; what git could not write is rarely the last byte


@contextmanager
def room_in(folder: Path) -> Iterator[None]:
    """Raises `DiskFull` in place of the system's own errors for it; all others pass through.

    Git does not always say why it could not write: then the disk is asked.
    """
    try:
        yield
    except OSError as error:
        if error.errno in DiskFull.NUMBERS:
            raise DiskFull(f"the disk of {folder} is full") from error
        raise
    except GitFailed as error:
        if shutil.disk_usage(folder).free < _LITTLE:
            raise DiskFull(f"the disk of {folder} is full") from error
        raise
