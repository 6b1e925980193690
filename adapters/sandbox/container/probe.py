"""Whether the sandbox `container` works here and confines, found out by running a command in it."""

import asyncio
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path

from adapters.sandbox.container.sandbox import Container, closed_to_others
from adapters.sandbox.container.tenancy import START_IT
from domain.command import Place
from domain.errors import SandboxUnavailable

_SECONDS = 20
_PROBE = (
    "test -w . && ! test -r /etc/shadow && ! test -r /proc/{worker}/environ && ! kill -0 {worker} 2>/dev/null "
    "&& grep -q 'CapBnd:[[:space:]]*0*$' /proc/self/status && grep -q 'NoNewPrivs:[[:space:]]*1' /proc/self/status "
    "&& (exec 3<>/dev/tcp/127.0.0.1/1) 2>&1 | grep -qi 'not permitted' && echo confined"
)


@lru_cache(maxsize=4)
def require_helper(socket: Path) -> None:
    """A helper serves us at `socket`, and what it starts is confined; looked at once per process.

    Files that this process makes are shut to others from then on.

    Raises:
        SandboxUnavailable: there is none, it serves somebody else, or commands are not confined.
    """
    try:
        owner = socket.lstat().st_uid
    except OSError as error:
        raise SandboxUnavailable(
            f"no helper of the sandbox `container` is at {socket}: {error.strerror}", START_IT
        ) from error
    if owner != os.geteuid():
        raise SandboxUnavailable(
            f"the sandbox's helper serves user {owner}, and this is user {os.geteuid()}",
            f"run it as that user, as with `docker exec --user {owner}`",
        )
    closed_to_others()
    with tempfile.TemporaryDirectory(prefix="claude-cluster-probe-") as folder, ThreadPoolExecutor(1) as beside:
        # Beside us, for an event loop may be running here.
        told = beside.submit(asyncio.run, _answer(socket, Path(folder))).result()
    if told != "confined\n":
        raise SandboxUnavailable(
            f"the sandbox `container` does not confine: {told.strip() or 'it said nothing'}", START_IT
        )


async def _answer(socket: Path, folder: Path) -> str:
    command = _PROBE.format(worker=os.getpid())
    return (await Container(socket=socket).run(Place(workspace=folder), command, _SECONDS, {})).output
