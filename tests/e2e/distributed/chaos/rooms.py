"""A network of its own for a node: a link to the coordinator's machine that can be cut, and the services behind it.

The forge and the model listen on loopback only. In a room they are found at the same addresses: sockets that were
opened inside lead to them. Needs root and network namespaces (Linux).
"""

import asyncio
import ctypes
import itertools
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

_NEWNET = 0x40000000
_CHUNK = 1 << 16
_numbers = itertools.count(1)


class Room:
    """Open until `close`; `services` are the loopback ports that are found inside too."""

    def __init__(self, services: Sequence[int]) -> None:
        number = next(_numbers)
        mark = f"{os.getpid() % 100_000}x{number}"
        self._name, self._outer, self._inner = f"chaos-{mark}", f"co{mark}", f"ci{mark}"
        net = f"10.{200 + os.getpid() % 50}.{number}"
        self.gateway = f"{net}.1"
        _ip("netns", "add", self._name)
        _ip("link", "add", self._outer, "type", "veth", "peer", "name", self._inner, "netns", self._name)
        _ip("addr", "add", f"{self.gateway}/30", "dev", self._outer)
        _ip("link", "set", self._outer, "up")
        self._within("addr", "add", f"{net}.2/30", "dev", self._inner)
        self._within("link", "set", self._inner, "up")
        self._within("link", "set", "lo", "up")
        self._relay = Relay(_listening(Path("/run/netns", self._name), services))

    @property
    def entrance(self) -> tuple[str, ...]:
        """What comes before a command that is to run inside; it becomes that command."""
        return (_found("nsenter"), f"--net=/run/netns/{self._name}")

    def cut(self, *, services: bool) -> None:
        """Nothing passes to the coordinator's machine any more; with `services`, nothing to forge and model either."""
        _ip("link", "set", self._outer, "down")
        if services:
            self._relay.hold()

    def mend(self) -> None:
        """Everything passes again; what was on its way is sent again, as networks do."""
        with suppress(subprocess.CalledProcessError):  # the room may be gone by now
            _ip("link", "set", self._outer, "up")
        self._relay.go_on()

    def close(self) -> None:
        """Take it down; whatever still runs inside has no network any more."""
        self._relay.close()
        with suppress(subprocess.CalledProcessError):
            _ip("link", "del", self._outer)
            _ip("netns", "del", self._name)

    def _within(self, *words: str) -> None:
        _ip("-n", self._name, *words)


class Relay:
    """Connections made to `doors` are led to the same ports outside, in a thread of its own."""

    def __init__(self, doors: Sequence[socket.socket]) -> None:
        self._doors = tuple(doors)
        self._loop = asyncio.new_event_loop()
        self._passing = asyncio.Event()
        self._passing.set()
        self._thread = threading.Thread(target=self._serve, name="relay", daemon=True)
        self._thread.start()

    def hold(self) -> None:
        """Let nothing pass; connections stay open, as they do while packets are lost."""
        self._loop.call_soon_threadsafe(self._passing.clear)

    def go_on(self) -> None:
        """Let everything pass again."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._passing.set)

    def close(self) -> None:
        """End all connections."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        servers = [self._loop.run_until_complete(asyncio.start_server(self._lead, sock=one)) for one in self._doors]
        self._loop.run_forever()
        for server in servers:
            server.close()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()

    async def _lead(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        port = writer.get_extra_info("sockname")[1]
        await self._passing.wait()
        with suppress(OSError, asyncio.CancelledError):
            beyond = await asyncio.open_connection("127.0.0.1", port)
            ways = (self._pump(reader, beyond[1]), self._pump(beyond[0], writer))
            await asyncio.gather(*ways)
        writer.close()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(_CHUNK):
                await self._passing.wait()
                sink.write(data)
                await sink.drain()
        except ConnectionError:
            sink.transport.abort()
        finally:
            sink.close()


def rooms_work() -> bool:
    """Whether this machine lets us make them."""
    if (
        not sys.platform.startswith("linux")
        or os.geteuid() != 0
        or not (shutil.which("ip") and shutil.which("nsenter"))
    ):
        return False
    try:
        Room(()).close()
    except (subprocess.CalledProcessError, OSError):
        return False
    return True


def _listening(namespace: Path, ports: Sequence[int]) -> list[socket.socket]:
    """Sockets belong to the network in which they were opened, whoever uses them later."""
    made: list[socket.socket] = []

    def open_there() -> None:
        with namespace.open() as place:
            if ctypes.CDLL(None, use_errno=True).setns(place.fileno(), _NEWNET):
                raise OSError(ctypes.get_errno(), "setns")
        made.extend(socket.create_server(("127.0.0.1", port)) for port in ports)

    thread = threading.Thread(target=open_there)
    thread.start()
    thread.join()
    if len(made) != len(ports):
        raise OSError(f"no sockets could be opened in {namespace}")
    return made


def _ip(*words: str) -> None:
    subprocess.run([_found("ip"), *words], check=True, capture_output=True)


def _found(program: str) -> str:
    return shutil.which(program) or program
