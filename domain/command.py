"""Commands inside the sandbox: where they run and what came of them."""

from pathlib import Path

from domain.frozen import Frozen


class Place(Frozen):
    """What a sandbox shows: `workspace` writable at /workspace, `environment` read-only at /env.

    `read_only` paths appear at their own place, read-only (the clone's objects, for the toy repository).
    """

    workspace: Path
    environment: Path | None = None
    read_only: tuple[Path, ...] = ()


class CommandResult(Frozen):
    """What one command came to.

    `exit_code` is None when the time ran out; `output` is stdout and stderr together, decoded with
    replacement, cut to head and tail. `restarted` says that the shell lost its state.
    """

    exit_code: int | None
    output: str
    seconds: float
    timed_out: bool = False
    restarted: bool = False
