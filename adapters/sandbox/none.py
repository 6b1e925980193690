"""No sandbox: the same port without isolation, for the rehearsal and for those who ask for it."""

import contextlib
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from adapters.sandbox.bounds import Bounds
from adapters.sandbox.launch import MARK, Launch, quiet_variables
from adapters.sandbox.mounts import ENVIRONMENT, WORKSPACE
from adapters.sandbox.once import run_once
from adapters.sandbox.shell import PersistentShell, open_shell
from adapters.sandbox.toolchains import program_folders, tool_variables
from domain.command import CommandResult, NetworkUse, Place
from domain.errors import SandboxUnavailable


class Unconfined:
    """Implements the port `Sandbox`, and confines nothing.

    Commands get none of our variables and a home folder that is thrown away, but they run as we do, with
    the network and every file of this machine. Time, output and the memory of
    what is not a daemon are bounded as elsewhere.
    """

    def __init__(self, bounds: Bounds | None = None) -> None:
        self._bounds = bounds or Bounds()

    async def shell(self, place: Place) -> PersistentShell:
        """A persistent shell in the workspace's folder. Raises `SandboxUnavailable` where there is no bash."""
        return await open_shell(lambda: _launch(place, {}), self._bounds)

    async def run(
        self,
        place: Place,
        command: str,
        timeout_s: float,
        variables: dict[str, str],
        *,
        network: bool = False,  # noqa: ARG002 - open anyway
        writable_environment: bool = False,  # noqa: ARG002 - writable anyway
    ) -> CommandResult:
        """One command in a session of its own in the workspace's folder; dies with all its children.

        Raises:
            BadWork: no shell can take the command.
            SandboxUnavailable: there is no bash. A command that fails raises nothing.
        """
        done = await run_once(lambda: _launch(place, variables), self._bounds, command, timeout_s)
        return done.model_copy(update={"network": NetworkUse(reach="any")}) if place.network else done

    def path(self, place: Place, inside: str) -> str:
        """The real path of `/workspace/...` and `/env/...`; any other path as it is."""
        for shown, real in ((WORKSPACE, place.workspace), (ENVIRONMENT, place.environment)):
            if real and (inside == shown or inside.startswith(f"{shown}/")):
                return f"{real}{inside.removeprefix(shown)}"
        return inside

    def describe(self) -> str:
        """A warning, for people."""
        return "none: commands run on this machine without isolation"


@contextlib.contextmanager
def _launch(place: Place, variables: dict[str, str]) -> Iterator[Launch]:
    bash = shutil.which("bash")
    if not bash:
        raise SandboxUnavailable("bash was not found", "install bash")
    mark = secrets.token_hex(16)
    with tempfile.TemporaryDirectory(prefix="claude-cluster-home-", ignore_cleanup_errors=True) as home:
        own = {"HOME": home, "PATH": _path(place), "GIT_CEILING_DIRECTORIES": str(place.workspace.parent)}
        if place.environment:
            own |= {"NODE_PATH": str(place.environment / "node_modules")}
            own |= tool_variables(place.environment, str(place.environment))
            own |= {"VIRTUAL_ENV": str(place.environment)} if (place.environment / "pyvenv.cfg").is_file() else {}
        yield Launch(
            argv=(bash,),
            variables=quiet_variables() | own | variables | {MARK: mark},
            folder=place.workspace,
            writes=(place.workspace,),
            mark=mark,
        )


def _path(place: Place) -> str:
    own = [place.environment / "bin", place.environment / "node_modules" / ".bin"] if place.environment else []
    ours = Path(sys.base_prefix) / "bin"
    return os.pathsep.join([*map(str, own), "/usr/local/bin", "/usr/bin", "/bin", str(ours), *program_folders()])
