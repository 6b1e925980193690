"""What every kind of sandbox here offers, a little more than the port asks for."""

from pathlib import Path
from typing import Protocol

from domain.command import CommandResult, Place
from domain.ports import Sandbox


class Isolation(Sandbox, Protocol):
    """A `Sandbox` that can also install dependencies, and says what it is."""

    async def run(
        self,
        place: Place,
        command: str,
        timeout_s: float,
        variables: dict[str, str],
        *,
        network: bool = False,
        writable_environment: bool = False,
    ) -> CommandResult:
        """As the port's; `network` opens the network and `writable_environment` lets it fill /env."""
        ...

    def unlock(self, folder: Path) -> None:
        """Open to us what running sessions have made in a folder and shut. Raises `SandboxUnavailable`."""
        ...

    def describe(self) -> str:
        """What keeps commands in, in a few words for people."""
        ...
