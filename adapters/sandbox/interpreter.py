"""Python interpreters that live outside /usr and must be shown in the sandbox."""

import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from adapters.sandbox.files import ConfinedFiles
from domain.errors import BadWork, SandboxUnavailable
from domain.frozen import Frozen

_PARTS = ("bin", "include", "lib", "lib64")
_MINORS = range(8, 20)


class Prefix(Frozen):
    """An installed interpreter: `real` is where it is, `shown` the path by which an environment names it."""

    real: Path
    shown: Path

    def parts(self) -> tuple[str, ...]:
        """The folders that an interpreter needs; nothing else that may lie beside them."""
        return tuple(part for part in _PARTS if (self.real / part).is_dir())


class Interpreters:
    """Those that environments may be built on: ours, those on PATH and those named.

    Only these are ever shown. An environment says in its `pyvenv.cfg` which one it needs, but code that
    an installation runs can rewrite that file: believing it would open any folder of this machine.
    """

    def __init__(self, named: Iterable[Path] = ()) -> None:
        self._ours = Path(sys.base_prefix)
        on_path = (shutil.which(f"python3.{minor}") for minor in _MINORS)
        found = [Path(program).resolve().parent.parent for program in on_path if program]
        self._known = {prefix.resolve() for prefix in (self._ours, *found, *named)}

    def needed(self, environment: Path | None) -> tuple[Prefix, ...]:
        """Ours first, then the environment's; none of those below /usr, which is shown anyway.

        Raises:
            SandboxUnavailable: the environment names an interpreter that is not one of these.
        """
        shown = [self._ours, self._ours.resolve()]
        if environment and (home := _home(environment)):
            if home.resolve() not in self._known and not _in_usr(home):
                raise SandboxUnavailable(
                    f"the environment was built on an unknown interpreter in {home}",
                    "put that interpreter on PATH, or remove the environment so that it is built again",
                )
            shown += [home, home.resolve()]
        unique = dict.fromkeys(prefix for prefix in shown if not _in_usr(prefix))
        return tuple(Prefix(real=prefix.resolve(), shown=prefix) for prefix in unique if _has_library(prefix))


def _home(environment: Path) -> Path | None:
    try:
        text = ConfinedFiles(environment).read("pyvenv.cfg").decode(errors="replace")
    except BadWork:
        return None
    for line in text.splitlines():
        name, _, value = line.partition("=")
        if name.strip() == "home" and value.strip().startswith("/"):
            return Path(value.strip()).parent
    return None


def _in_usr(prefix: Path) -> bool:
    return prefix == Path("/") or prefix.resolve().is_relative_to("/usr")


def _has_library(prefix: Path) -> bool:
    try:
        return any(prefix.glob("lib/python3.*/os.py"))
    except PermissionError:
        return False
