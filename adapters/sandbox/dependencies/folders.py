"""Moves folders that installed code has filled: it may have left links and locked folders behind."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

from adapters.sandbox.mounts import CACHES, NESTED_MODULES


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


def take_over(folder: Path) -> None:
    """Have everything in a folder be ours: what was installed by another user, which may act again, is copied.

    Raises:
        CalledProcessError: it could not be copied, for want of room for example.
    """
    if not _has_strangers(folder):
        return
    copy, before = Path(f"{folder}.copy"), Path(f"{folder}.before")
    for old in (copy, before):
        remove(old)
    copying = ["cp", "-R", "-P", "--preserve=mode,timestamps,links", "--", str(folder), str(copy)]
    subprocess.run(copying, check=True, capture_output=True)
    folder.rename(before)
    copy.rename(folder)
    remove(before)


def _has_strangers(folder: Path) -> bool:
    us = os.geteuid()
    for parent, folders, files in os.walk(folder):
        if any(os.lstat(Path(parent, name)).st_uid != us for name in (*folders, *files)):
            return True
    return False


def keep_modules(source: Path, target: Path) -> None:
    """Move every `node_modules` of `source` to `target`, if it is a folder; both lie on one file system.

    Those of packages in folders go below `nested_modules`. The root's gets the empty folders on which the
    sandbox mounts what tools cache there.
    """
    modules, kept = source / "node_modules", target / "node_modules"
    if modules.is_dir() and not modules.is_symlink() and not os.path.lexists(kept):
        modules.rename(kept)
        for cache in (kept / name for name in CACHES):
            if not os.path.lexists(cache):
                cache.mkdir()
    for folder in _with_modules(source):
        place = target / NESTED_MODULES / folder
        place.mkdir(parents=True, exist_ok=True)
        (source / folder / "node_modules").rename(place / "node_modules")


def _with_modules(source: Path) -> list[Path]:
    """Folders (relative) below the root that hold a `node_modules` which the installation has made."""
    found = []
    for parent, folders, _ in os.walk(source):
        here = Path(parent)
        if "node_modules" in folders and here != source and not (here / "node_modules").is_symlink():
            found.append(here.relative_to(source))
        folders[:] = [name for name in folders if name not in {"node_modules", ".git"}]
    return found


def _unlock(folder: Path) -> None:
    """Give every folder its owner's rights back, from the top down (Go's module cache has none to write)."""
    folder.chmod(stat.S_IRWXU)
    for parent, names, _ in os.walk(folder):
        for inner in (Path(parent, name) for name in names):
            if not inner.is_symlink():
                inner.chmod(stat.S_IRWXU)
