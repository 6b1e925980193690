"""The fork server: loads once what every run needs, then gives each run a copy of itself.

`python -P -m cluster.node.fork_server FD MODULE...`: FD is a listening socket, standard input a pipe that closes
when the node ends. It has one thread and no event loop, so a copy of it is whole.
"""

import gc
import importlib
import os
import pkgutil
import random
import runpy
import select
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from importlib.util import find_spec
from types import FrameType
from typing import NamedTuple

from cluster.node.keeper import Keeper, die_with, note

# What a run loads sooner or later; `.*` is a package with all its modules, `:name` a function of it that is called
# then; a module that is not there is left out.
PRELOADED = (
    "flows.issue_to_pr",
    "flows.specialist_share",
    "adapters.*",
    "agents.scoring:warm",
    "proof.detectors:warm",
    "adapters.github.client:certificates",
    "prefect.engine",
    "genai_prices.data",
    "prefect.flow_engine",
    "prefect.task_engine",
    "prefect._internal.metrics",
    "prefect._internal.observers",
    "prefect.utilities.visualization",
    "httpcore2",
    "anyio._backends._asyncio",
    "encodings.idna",
)


class Request(NamedTuple):
    """A run to start: where its process is noted, its environment, its standard streams and its folder."""

    place: str
    variables: dict[bytes, bytes]
    descriptors: list[int]


def main(listener: socket.socket, modules: Sequence[str]) -> None:
    """Load, then serve; comes back only as a run, which ends as `python -m prefect.engine` does."""
    for name in modules:
        _load(name)
    if threading.active_count() > 1:
        names = [one.name for one in threading.enumerate()]
        raise RuntimeError(f"loading {' '.join(modules)} has started threads, nothing can be forked: {names}")
    gc.collect()
    gc.freeze()
    link = _serve(listener)
    listener.close()
    request = _received(link)
    if request is None:
        os._exit(0)
    keeper, mother = Keeper(link), os.getpid()
    if pid := os.fork():
        _keep(keeper, link, pid, request)
    die_with(mother)
    keeper.forget()
    _become(request)
    runpy.run_module("prefect.engine", run_name="__main__", alter_sys=True)


def _load(name: str) -> None:
    module, _, called = name.partition(":")
    package, star, _ = module.partition(".*")
    if find_spec(package) is None:
        return
    loaded = importlib.import_module(package)
    if called:
        getattr(loaded, called)()
    for one in pkgutil.walk_packages(loaded.__path__, f"{package}.") if star else ():
        importlib.import_module(one.name)


def _serve(listener: socket.socket) -> socket.socket:
    """In the server, for ever; in each copy, the connection that asked for it."""
    signal.signal(signal.SIGCHLD, _bury)
    while True:
        ready, _, _ = select.select([listener, sys.stdin], [], [])
        if sys.stdin in ready:
            os._exit(0)
        link, _ = listener.accept()
        if os.fork() == 0:
            return link
        link.close()


def _bury(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the shape of a signal handler
    """Wait for keepers that have ended: what their runs have cost is then known of this process's children."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            continue


def _received(link: socket.socket) -> Request | None:
    """None if whoever asked is gone already."""
    os.setsid()
    try:
        head, descriptors, _, _ = socket.recv_fds(link, 8, 4)
        body = b""
        while head and len(body) < int.from_bytes(head, "big"):
            part = link.recv(1 << 16)
            if not part:
                return None
            body += part
        link.sendall(b"+")
    except OSError:
        return None
    place, *words = body.split(b"\0")
    variables = dict(word.split(b"=", 1) for word in words)
    return Request(os.fsdecode(place), variables, descriptors)


def _keep(keeper: Keeper, link: socket.socket, pid: int, request: Request) -> None:
    for one in request.descriptors:
        os.close(one)
    note(request.place, request.variables[b"PREFECT__FLOW_RUN_ID"].decode(), pid)
    status = keeper.keep(pid)
    try:
        link.sendall(str(int(status)).encode())
    except OSError:
        os._exit(1)
    os._exit(0)


def _become(request: Request) -> None:
    """Take on the run's session, streams, folder and environment; nothing that is random stays shared."""
    os.setsid()
    *streams, folder = request.descriptors
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.fchdir(folder)
    os.close(folder)
    os.environb.clear()
    os.environb.update(request.variables)
    random.seed()
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed()
    sys.argv = ["prefect.engine"]
    sys.modules.pop("prefect.engine", None)
    importlib.import_module("prefect.context").refresh_global_settings_context()


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])), sys.argv[2:])
