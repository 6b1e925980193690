"""What runs: the model, the sandbox with its shells, installed dependencies."""

from pathlib import Path
from typing import Protocol

from domain.command import CommandResult, Place
from domain.conversation import Query, Reply


class Model(Protocol):
    """The language model."""

    async def ask(self, query: Query) -> Reply:
        """One call. Raises `ModelAccountError`, `ModelRejected`, `RateLimited`, `Transient`."""
        ...

    def worst_case_usd(self, query: Query) -> float:
        """What the call costs at most. Raises `UnknownPrice`."""
        ...

    def output_price_usd(self, model: str) -> float:
        """US dollars per output token. Raises `UnknownPrice`."""
        ...


class Shell(Protocol):
    """One persistent shell: directory, variables and functions survive from command to command."""

    async def run(self, command: str, timeout_s: float) -> CommandResult:
        """Run it; on time-out everything it started is killed and the shell goes on."""
        ...

    async def restart(self) -> None:
        """Start afresh."""
        ...

    async def close(self) -> None:
        """Kill the shell and all its children."""
        ...


class Sandbox(Protocol):
    """Where untrusted commands run: no network, no token, no home."""

    async def shell(self, place: Place) -> Shell:
        """A persistent shell at /workspace."""
        ...

    async def run(
        self,
        place: Place,
        command: str,
        timeout_s: float,
        variables: dict[str, str],
        *,
        writable_environment: bool = False,
    ) -> CommandResult:
        """One command in a sandbox of its own at /workspace; dies with all its children.

        `writable_environment` lets it write to /env.
        """
        ...

    def path(self, place: Place, inside: str) -> str:
        """How a path that commands see (`/workspace/...`, `/env/...`) must be written for this sandbox."""
        ...


class Environments(Protocol):
    """Installed dependencies of a checkout."""

    async def environment(self, checkout: Path, setup: str | None, *, scripts: bool = True) -> Path | None:
        """A folder to mount at /env for this checkout's manifests, built once and kept; None if none is needed.

        Without `scripts`, none of the packages' own code runs while they are installed.
        """
        ...
