"""What a listed host costs tests: a connection through the gateway, and bytes through it, against none between."""

import asyncio
import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from figure import Figure, below

from adapters.sandbox import Bubblewrap
from adapters.sandbox.choose import find_program
from domain.command import Place
from domain.endpoint import Endpoint

_CONNECTIONS = 200
_MIB = 64
_SECONDS = 120.0
_GOAL_MS = 10.0
# The one program of both sides: milliseconds of each connection with an echo, and MiB per second there and back.
_CLIENT = """
import json, socket, sys, threading, time
port, connections, size = map(int, sys.argv[1:])
taken = []
for _ in range(connections):
    began = time.perf_counter()
    with socket.create_connection(("localhost", port)) as one:
        one.sendall(b"x")
        assert one.recv(1) == b"x"
    taken.append((time.perf_counter() - began) * 1000)
block, left = b"x" * 65536, size << 20
with socket.create_connection(("localhost", port)) as one:
    began = time.perf_counter()
    sender = threading.Thread(target=lambda: [one.sendall(block) for _ in range(left // len(block))])
    sender.start()
    while left:
        left -= len(one.recv(65536))
    sender.join()
    seconds = time.perf_counter() - began
print(json.dumps({"taken": taken, "speed": size / seconds}))
"""


@dataclass(frozen=True)
class _Told:
    """What the client measured: milliseconds of each connection, MiB per second."""

    taken: list[float]
    speed: float


def measure() -> list[Figure]:
    """Milliseconds a connection, median and p95, and MiB per second; without the gateway and through it, in turn."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measured(Path(folder)))


async def _measured(folder: Path) -> list[Figure]:
    server = await asyncio.start_server(_echo, "localhost", 0)
    port = int(server.sockets[0].getsockname()[1])
    host = Endpoint(host="localhost", port=port)
    place = Place(workspace=folder, network=(host,))
    (folder / "client.py").write_text(_CLIENT, "utf-8")
    arguments = f"client.py {port} {_CONNECTIONS} {_MIB}"
    plain = await asyncio.to_thread(_plain, folder, arguments)
    sandbox = Bubblewrap(find_program(), private_hosts=(host,))
    done = await sandbox.run(place, f"python3 {arguments}", _SECONDS, {})
    server.close()
    if done.exit_code != 0:
        raise RuntimeError(done.output)
    through = _Told(**json.loads(done.output))
    name = "a connection with an echo"
    over = statistics.median(through.taken) - statistics.median(plain.taken)
    return [
        *_times(f"{name}, nothing between", plain.taken),
        *_times(f"{name}, through the gateway", through.taken),
        below(f"{name}: overhead", over, "ms", _GOAL_MS),
        Figure(f"{_MIB} MiB there and back, nothing between", plain.speed, "MiB/s"),
        Figure(f"{_MIB} MiB there and back, through the gateway", through.speed, "MiB/s"),
    ]


def _plain(folder: Path, arguments: str) -> _Told:
    done = subprocess.run([sys.executable, *arguments.split()], cwd=folder, check=True, capture_output=True, text=True)
    return _Told(**json.loads(done.stdout))


def _times(name: str, taken: list[float]) -> list[Figure]:
    return [
        Figure(name, statistics.median(taken), "ms"),
        Figure(f"{name}: p95", statistics.quantiles(taken, n=20)[-1], "ms"),
    ]


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()
