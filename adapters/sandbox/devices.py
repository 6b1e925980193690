"""Device files that nobody owns, for a worker that is root: its commands must not own those of the machine."""

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from domain.errors import SandboxUnavailable

_NAMES = ("full", "null", "random", "tty", "urandom", "zero")
_NOBODY = 65534
_MODE = 0o666


@contextmanager
def lent_devices() -> Iterator[list[str]]:
    """Arguments that lay copies of the usual devices over bubblewrap's own; none unless we are root.

    Root's commands count as root to files: with the machine's own /dev/null they could change its mode, for
    all. A copy belongs to nobody, so they can only use it.

    Raises:
        SandboxUnavailable: no folder here takes device files.
    """
    if os.geteuid() != 0:
        yield []
        return
    with tempfile.TemporaryDirectory(prefix="claude-cluster-devices-", dir=_folder()) as folder:
        try:
            yield [word for name in _NAMES for word in ("--dev-bind", _copied(name, Path(folder)), f"/dev/{name}")]
        except PermissionError as error:
            raise SandboxUnavailable(
                f"device files can't be made: {error}", "run the worker as a user of its own instead of root"
            ) from error


def _folder() -> Path:
    for folder in (Path(tempfile.gettempdir()), Path("/dev")):
        if not os.statvfs(folder).f_flag & os.ST_NODEV:
            return folder
    return Path(tempfile.gettempdir())


def _copied(name: str, folder: Path) -> str:
    made = folder / name
    os.mknod(made, stat.S_IFCHR | 0o600, Path("/dev", name).stat().st_rdev)
    os.chown(made, _NOBODY, _NOBODY)
    made.chmod(_MODE)
    return str(made)
