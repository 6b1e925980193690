"""Compilers and runtimes that live outside /usr, and where tools find what an environment holds for them."""

import os
import shutil
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from domain.frozen import Frozen

CARGO_FOLDER = "cargo"
GO_FOLDER = "gomodcache"
MAVEN_FOLDER = "m2"
_SHOWN = "/usr/local/bin:/usr/bin:/bin"


class Toolchain(Frozen):
    """One toolchain: its folder, and those of its parts that are shown (none: all of it)."""

    folder: Path
    parts: tuple[str, ...] = ()

    @property
    def shown(self) -> tuple[Path, ...]:
        """The folders to show, read-only, at their own place."""
        return tuple(self.folder / part for part in self.parts if (self.folder / part).is_dir()) or (self.folder,)


@lru_cache(maxsize=1)
def toolchains() -> tuple[Toolchain, ...]:
    """Those whose programs are on our PATH. Each is known by files that no other folder has."""
    found = (look() for look in (_rust, _go, _node, _java))
    return tuple(one for one in found if one)


def program_folders() -> tuple[str, ...]:
    """What PATH needs for them."""
    return tuple(str(one.folder / "bin") for one in toolchains())


def mounts_of_toolchains() -> list[str]:
    """Bubblewrap's arguments; what lies in /usr is shown anyway."""
    shown = (path for one in toolchains() for path in one.shown if not path.is_relative_to("/usr"))
    return [word for path in shown for word in ("--ro-bind", str(path), str(path))]


def tool_variables(environment: Path | None, shown: str) -> dict[str, str]:
    """What makes cargo, Go and Maven use what is installed in `environment`, which commands see as `shown`."""
    return dict(_variables(environment, shown)) if environment else {}


def _variables(environment: Path, shown: str) -> Iterator[tuple[str, str]]:
    if (environment / CARGO_FOLDER).is_dir():
        yield "CARGO_HOME", f"{shown}/{CARGO_FOLDER}"
        yield "CARGO_NET_OFFLINE", "true"
    if (environment / GO_FOLDER).is_dir():
        yield "GOMODCACHE", f"{shown}/{GO_FOLDER}"
        yield "GOPROXY", "off"
    if (environment / MAVEN_FOLDER).is_dir():
        yield "MAVEN_OPTS", f"-Dmaven.repo.local={shown}/{MAVEN_FOLDER}"


def _program(name: str) -> Path | None:
    """Where a program is, unless commands find it anyway."""
    found = None if shutil.which(name, path=_SHOWN) else shutil.which(name)
    return Path(found).resolve() if found else None


def _rust() -> Toolchain | None:
    """Behind rustup's stand-in the program itself, of the toolchain by default (rustup's settings.toml)."""
    program = _program("cargo")
    if program is None:
        return None
    folder = program.parent.parent
    if program.name.startswith("rustup"):
        home = Path(os.environ.get("RUSTUP_HOME") or Path(folder.parent, ".rustup"))
        name = os.environ.get("RUSTUP_TOOLCHAIN") or _default_toolchain(home / "settings.toml")
        folder = home / "toolchains" / name if name else home
    return Toolchain(folder=folder, parts=("bin", "lib", "libexec")) if (folder / "lib/rustlib").is_dir() else None


def _default_toolchain(settings: Path) -> str | None:
    try:
        lines = settings.read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    value = next((line.partition("=")[2] for line in lines if line.startswith("default_toolchain")), "")
    return value.strip().strip('"') or None


def _go() -> Toolchain | None:
    program = _program("go")
    folder = program.parent.parent if program else None
    return Toolchain(folder=folder) if folder and (folder / "pkg/tool").is_dir() else None


def _node() -> Toolchain | None:
    program = _program("node")
    folder = program.parent.parent if program else None
    if folder is None or not (folder / "lib/node_modules/npm").is_dir():
        return None
    return Toolchain(folder=folder, parts=("bin", "lib", "include"))


def _java() -> Toolchain | None:
    program = _program("java")
    folder = program.parent.parent if program else None
    return Toolchain(folder=folder) if folder and (folder / "lib/modules").is_file() else None
