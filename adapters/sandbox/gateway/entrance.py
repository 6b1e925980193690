"""Sockets that listen inside a sandbox, for us to serve."""

import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from adapters.sandbox.gateway.doors import Door
from domain.errors import SandboxUnavailable

_PROGRAM = Path(__file__).with_name("inside.py")
_SECONDS = 20.0
_REMEDY = "take `network` out of [tests] in .claude-cluster.toml, or let another node work on it"


async def listening(pids: Iterable[int], doors: Sequence[Door]) -> tuple[socket.socket, ...]:
    """One listening socket for each door, in the network of the first of these processes that has one of its own.

    Raises:
        SandboxUnavailable: there is none, or the kernel lets nobody in.
    """
    pid = _confined(pids)
    if pid is None:
        raise SandboxUnavailable("the sandbox has no network of its own to open ways out of", _REMEDY)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        said = await _run(str(pid), theirs, [f"{door.inside}:{door.endpoint.port}" for door in doors])
        ours.settimeout(0)
        try:
            _, descriptors, _, _ = socket.recv_fds(ours, 1, len(doors), socket.MSG_CMSG_CLOEXEC)
        except BlockingIOError:
            descriptors = []
    opened = tuple(socket.socket(fileno=descriptor) for descriptor in descriptors)
    if len(opened) != len(doors):
        for one in opened:
            one.close()
        raise SandboxUnavailable(f"the sandbox's network can't be entered: {said or 'no sockets came back'}", _REMEDY)
    return opened


def _confined(pids: Iterable[int]) -> int | None:
    own = Path("/proc/self/ns/net").stat().st_ino
    for pid in pids:
        with contextlib.suppress(OSError):
            if Path(f"/proc/{pid}/ns/net").stat().st_ino != own:
                return pid
    return None


async def _run(pid: str, theirs: socket.socket, wanted: Sequence[str]) -> str:
    """The last line that the program says; empty if all went well."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", str(_PROGRAM), pid, str(theirs.fileno()), *wanted),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        pass_fds=(theirs.fileno(),),
        env={"LANG": "C.UTF-8", "PATH": os.defpath},
    )
    try:
        async with asyncio.timeout(_SECONDS):
            _, said = await process.communicate()
    except TimeoutError:
        return "it took too long"
    finally:
        if process.returncode is None:
            process.kill()
    lines = said.decode(errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
