"""What a session gets to see and to hear: folders with their groups, paths that open, variables."""

import os
from collections.abc import Iterable
from pathlib import Path

from adapters.sandbox.container.leftovers import PUBLIC
from adapters.sandbox.interpreter import Interpreters, Prefix
from adapters.sandbox.launch import quiet_variables
from adapters.sandbox.mounts import settings_paths
from adapters.sandbox.real_paths import place_variables
from adapters.sandbox.toolchains import toolchains
from domain.command import Place
from domain.errors import SandboxUnavailable
from domain.frozen import Frozen

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/proc")
# Names of users and groups are asked for by many programs; there are no secrets in these two.
_NAMES = ("/etc/passwd", "/etc/group")
_DEVICES = "/dev"
# Worker and command are two users: git would refuse the worker's repository.
_GIT = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}


class Shown(Frozen):
    """Folders of the worker's that a session shows, by their real paths, and what else it needs of the machine."""

    writable: tuple[Path, ...]
    readable: tuple[Path, ...]
    prefixes: tuple[Path, ...]
    network: bool

    @classmethod
    def of(cls, place: Place, interpreters: Interpreters, *, network: bool, fills: bool) -> "Shown":
        """What a place shows. Raises `SandboxUnavailable` for a Python that no other user may run."""
        environment = (place.environment,) if place.environment else ()
        writable = (place.workspace, *(environment if fills else ()))
        readable = [*(() if fills else environment), *place.read_only]
        prefixes = interpreters.needed(place.environment)
        if place.environment and (place.environment / "pyvenv.cfg").is_file():
            _require_passable(prefixes)
        return cls(
            writable=_real(writable),
            readable=tuple(path for path in _real(readable) if not path.is_relative_to("/usr")),
            prefixes=tuple(prefix.real / part for prefix in prefixes for part in prefix.parts()),
            network=network,
        )

    def reads(self) -> tuple[Path, ...]:
        """What may be read besides the writable folders, where Landlock can keep the rest shut."""
        tools = (path for one in toolchains() for path in one.shown)
        settings = settings_paths(network=self.network)
        return (*map(Path, (*_SYSTEM, *_NAMES)), *settings, *self.prefixes, *tools, *self.readable)

    def writes(self, own: Path) -> tuple[Path, ...]:
        """What may be written, where Landlock can keep the rest shut."""
        return (*self.writable, own, Path(_DEVICES), *PUBLIC)


def variables_of(place: Place, own: Path, given: dict[str, str]) -> dict[str, str]:
    """The whole environment of a session whose own folder is `own`."""
    folders = {"HOME": str(own / "home"), "TMPDIR": str(own / "tmp"), "USER": "agent", "LOGNAME": "agent"}
    return quiet_variables() | _GIT | place_variables(place) | folders | given


def _real(paths: Iterable[Path]) -> tuple[Path, ...]:
    return tuple(Path(os.path.realpath(path)) for path in paths)


def _require_passable(prefixes: Iterable[Prefix]) -> None:
    for prefix in prefixes:
        for folder in (prefix.real, *prefix.real.parents):
            if not folder.stat().st_mode & 0o001:
                raise SandboxUnavailable(
                    f"the Python in {prefix.real} can't be run by other users, for {folder} lets none pass",
                    "install the program with a Python that everybody may run, as /usr/bin/python3",
                )
