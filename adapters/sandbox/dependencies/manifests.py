"""The files that say what a repository needs, and the key under which its environment is kept."""

import hashlib
import os
import platform
import sys
from collections.abc import Iterator
from importlib.metadata import version
from itertools import islice
from pathlib import Path, PurePosixPath

from adapters.sandbox.files import ConfinedFiles
from domain.errors import BadWork
from domain.frozen import Frozen
from domain.manifest_names import ASIDE, is_manifest

_SKIPPED = {".git", "node_modules", ".venv", "venv", "__pycache__"}
_MOST_FILES = 50_000
_MOST_MANIFESTS = 2000
# Raise it when the same manifests would give another environment than before.
_GENERATION = 3


class Manifest(Frozen):
    """One manifest or lock: its path relative to the checkout (POSIX) and its bytes."""

    path: str
    data: bytes

    @property
    def text(self) -> str:
        """Its text; bytes that are not UTF-8 are replaced."""
        return self.data.decode("utf-8", errors="replace")


def read_manifests(checkout: Path) -> tuple[Manifest, ...]:
    """All manifests, in folders too, sorted by path; links that leave it are left out, and at most 2,000 are read."""
    return tuple(sorted(_found(checkout), key=lambda manifest: manifest.path))


def has_python(checkout: Path) -> bool:
    """Whether there is a Python file; at most 50,000 files are looked at."""
    seen = 0
    for _, folders, names in os.walk(checkout):
        folders[:] = [name for name in folders if name not in _SKIPPED]
        if any(name.endswith(".py") for name in names):
            return True
        seen += len(names)
        if seen > _MOST_FILES:
            return False
    return False


def key_of(manifests: tuple[Manifest, ...], setup: str | None, kind: str) -> str:
    """SHA-256 (hex) of all that an environment depends on; `kind` names the paths it is built for."""
    digest = hashlib.sha256()
    platforms = (platform.system(), platform.machine(), *platform.libc_ver())
    parts = [str(_GENERATION), kind, sys.version, sys.base_prefix, *platforms, version("pytest"), setup or ""]
    for part in [*(part.encode() for part in parts), *(x for m in manifests for x in (m.path.encode(), m.data))]:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def _found(checkout: Path) -> Iterator[Manifest]:
    files = ConfinedFiles(checkout)
    for path in islice(_paths(checkout), _MOST_MANIFESTS):
        try:
            yield Manifest(path=path, data=files.read(path))
        except BadWork:
            continue


def _paths(checkout: Path) -> Iterator[str]:
    for parent, folders, names in os.walk(checkout):
        folders[:] = sorted(name for name in folders if name not in ASIDE)
        relative = PurePosixPath(Path(parent).relative_to(checkout).as_posix())
        yield from (path for name in sorted(names) if is_manifest(path := str(relative / name)))
