"""Commands inside the sandbox: where they run and what came of them."""

from pathlib import Path
from typing import Literal

from domain.endpoint import Endpoint
from domain.frozen import Frozen


class Place(Frozen):
    """What a sandbox shows: `workspace` writable at /workspace, `environment` read-only at /env.

    `read_only` paths appear at their own place, read-only (the clone's objects, for the toy repository).
    `network` are the services that its commands may reach, where the sandbox can let them.
    """

    workspace: Path
    environment: Path | None = None
    read_only: tuple[Path, ...] = ()
    network: tuple[Endpoint, ...] = ()


class NetworkUse(Frozen):
    """Of a place with `network`: whether it was `listed` services that could be reached, or `any`.

    `refused` says, a sentence each without a full stop, which connections were not made and why.
    """

    reach: Literal["listed", "any"]
    refused: tuple[str, ...] = ()


class CommandResult(Frozen):
    """What one command came to.

    `exit_code` is None when the time ran out; `output` is stdout and stderr together, decoded with
    replacement, cut to head and tail. `restarted` says that the shell lost its state.
    `network` is None where the place asked for none, and where the sandbox has none to give.
    """

    exit_code: int | None
    output: str
    seconds: float
    timed_out: bool = False
    restarted: bool = False
    network: NetworkUse | None = None
