"""What the helper asks of a path before anybody with rights goes near it."""

import os
import stat
from pathlib import Path

from domain.errors import SandboxUnavailable

_ROOT = 0


def require_own_folder(path: Path, worker: int) -> None:
    """It is a folder of the worker's, below folders of the worker's or of root's, named without detours.

    Raises:
        SandboxUnavailable: it is not; says what about it.
    """
    if not path.is_absolute() or ".." in path.parts:
        raise SandboxUnavailable(f"{path} is no plain path", "name the folder from the root on")
    for step in (path, *path.parents):
        try:
            found = os.lstat(step)
        except OSError as error:
            raise SandboxUnavailable(f"{step}: {error.strerror}") from error
        owners = (worker,) if step == path else (worker, _ROOT)
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in owners:
            raise SandboxUnavailable(
                f"{step} is no folder of the worker's (user {worker})", "use folders below CLAUDE_CLUSTER_HOME"
            )
