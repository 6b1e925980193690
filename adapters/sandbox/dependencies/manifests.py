"""The files that say what a repository needs, and the key under which its environment is kept."""

import hashlib
import os
import platform
import re
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from adapters.sandbox.files import ConfinedFiles
from domain.errors import BadWork
from domain.frozen import Frozen

_IN_ROOT = re.compile(
    r"pyproject\.toml|setup\.(?:py|cfg)|uv\.lock|poetry\.lock|pdm\.lock|Pipfile(?:\.lock)?|\.python-version"
    r"|[\w.-]*(?:requirements|constraints)[\w.-]*\.(?:txt|in)"
    r"|package\.json|package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|yarn\.lock|\.npmrc|\.yarnrc(?:\.yml)?"
    r"|go\.(?:mod|sum|work)"
)
_IN_FOLDER = re.compile(r"[\w.-]+\.(?:txt|in)")
_SKIPPED = {".git", "node_modules", ".venv", "venv", "__pycache__"}
_MOST_FILES = 50_000
# Raise it when the same manifests would give another environment than before.
_GENERATION = 2


class Manifest(Frozen):
    """One manifest or lock: its path relative to the checkout (POSIX) and its bytes."""

    path: str
    data: bytes

    @property
    def text(self) -> str:
        """Its text; bytes that are not UTF-8 are replaced."""
        return self.data.decode("utf-8", errors="replace")


def read_manifests(checkout: Path) -> tuple[Manifest, ...]:
    """All manifests of the root and of `requirements/`, sorted by path; links that leave it are left out."""
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
    for prefix, pattern in (("", _IN_ROOT), ("requirements/", _IN_FOLDER)):
        for name in _names(checkout / prefix):
            if pattern.fullmatch(name):
                try:
                    yield Manifest(path=prefix + name, data=files.read(prefix + name))
                except BadWork:
                    continue


def _names(folder: Path) -> list[str]:
    return os.listdir(folder) if folder.is_dir() and not folder.is_symlink() else []  # noqa: PTH208 - names, not paths
