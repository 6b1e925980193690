"""How to start one bash: what every kind of sandbox prepares and the session starts."""

from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path

from adapters.sandbox.started import Order, Started
from domain.command import NetworkUse
from domain.frozen import Frozen


def _nothing() -> None:
    """The start needs nothing that the rest does not."""


async def _open_nothing(pids: Iterable[int]) -> None:
    """The sandbox has no ways out."""


def _no_network() -> NetworkUse | None:
    """Nothing beyond it could be reached."""


class Launch(Frozen):
    """`argv` ends with bash's own path; `variables` is the whole environment of the process.

    `fds` must stay open in the child. `ready` is to be called when bash is: it lets go of what only the start
    needs. `writes` are the folders on disks that it may fill. `mark` is the value of `MARK` in the environment
    of everything it starts, where that is the only way to find processes again. `open_network` is to be awaited,
    with the processes of the sandbox, before the first command; `network` says how what it opened is used.
    `start` is there where bash is not to be a child of ours.
    """

    argv: tuple[str, ...]
    variables: dict[str, str]
    folder: Path | None = None
    fds: tuple[int, ...] = ()
    ready: Callable[[], None] = _nothing
    writes: tuple[Path, ...] = ()
    mark: str | None = None
    open_network: Callable[[Iterable[int]], Awaitable[None]] = _open_nothing
    network: Callable[[], NetworkUse | None] = _no_network
    start: Callable[[Order], Awaitable[Started]] | None = None


MARK = "CLAUDE_CLUSTER_SESSION"

Launcher = Callable[[], AbstractContextManager[Launch]]


def quiet_variables() -> dict[str, str]:
    """What keeps programs from paging, asking, drawing progress bars and reading system settings."""
    return {
        "LANG": "C.UTF-8",
        "TERM": "dumb",
        "CI": "1",
        "PAGER": "cat",
        "GIT_PAGER": "cat",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_EDITOR": "true",
        "PIP_PROGRESS_BAR": "off",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "TQDM_DISABLE": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
