"""No sandbox: the same port without isolation, for the rehearsal and for those who ask for it."""

import contextlib
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from adapters.sandbox.bounds import Bounds
from adapters.sandbox.launch import MARK, Launch, quiet_variables
from adapters.sandbox.once import run_once
from adapters.sandbox.real_paths import place_variables, real_path
from adapters.sandbox.shell import PersistentShell, open_shell
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
        return real_path(place, inside)

    def unlock(self, folder: Path) -> None:
        """Nothing is shut to us: commands run as we do."""

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
        own = {"HOME": home, **place_variables(place)}
        yield Launch(
            argv=(bash,),
            variables=quiet_variables() | own | variables | {MARK: mark},
            folder=place.workspace,
            writes=(place.workspace,),
            mark=mark,
        )
