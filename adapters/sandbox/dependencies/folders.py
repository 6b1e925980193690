"""Moves folders that installed code has filled: it may have left links and locked folders behind."""

import os
import shutil
import stat
from pathlib import Path

from adapters.sandbox.mounts import CACHES


def remove(folder: Path) -> None:
    """Remove a folder whatever it holds; links are removed, not followed. Nothing happens if it is missing."""
    if folder.is_symlink() or folder.is_file():
        folder.unlink()
    elif folder.exists():
        try:
            shutil.rmtree(folder)
        except PermissionError:
            _unlock(folder)
            shutil.rmtree(folder)


def keep_modules(source: Path, target: Path) -> None:
    """Move `node_modules` of `source` to `target`, if it is a folder; both lie on one file system.

    It gets the empty folders on which the sandbox mounts what tools cache there.
    """
    modules, kept = source / "node_modules", target / "node_modules"
    if modules.is_dir() and not modules.is_symlink() and not os.path.lexists(kept):
        modules.rename(kept)
        for cache in (kept / name for name in CACHES):
            if not os.path.lexists(cache):
                cache.mkdir()


def _unlock(folder: Path) -> None:
    """Give every folder its owner's rights back, from the top down (Go's module cache has none to write)."""
    folder.chmod(stat.S_IRWXU)
    for parent, names, _ in os.walk(folder):
        for inner in (Path(parent, name) for name in names):
            if not inner.is_symlink():
                inner.chmod(stat.S_IRWXU)
