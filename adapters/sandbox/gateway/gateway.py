"""The ways out of one sandbox: who knocks at a door is put through to that service, and to nothing else."""

import asyncio
import contextlib
import os
import socket
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from adapters.sandbox.bounds import Bounds
from adapters.sandbox.gateway.addresses import why_refused
from adapters.sandbox.gateway.doors import Door, doors_of
from adapters.sandbox.gateway.entrance import listening
from domain.command import NetworkUse
from domain.endpoint import Endpoint

_SECONDS = 10.0
_PIECE = 1 << 16
_MOST_ADDRESSES = 4
_MOST_REFUSALS = 50
_MIB = 1024 * 1024
_PERMISSION = "the operator of this node can allow it in CLAUDE_CLUSTER_PRIVATE_TEST_HOSTS"

Resolve = Callable[[str, int], Awaitable[tuple[str, ...]]]


class _Refused(Exception):
    """A connection that is not made; the text ends the sentence that begins with the service."""


async def resolved(host: str, port: int) -> tuple[str, ...]:
    """The addresses that this machine's resolver gives for a host now. Raises OSError if there is none."""
    ask = asyncio.get_running_loop().run_in_executor
    found = await ask(_lookups(), socket.getaddrinfo, host, port, 0, socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(one[4][0]) for one in found))


@cache
def _lookups() -> ThreadPoolExecutor:
    """A few threads of their own: a resolver that hangs must not hold up the rest of this process."""
    return ThreadPoolExecutor(max_workers=4, thread_name_prefix="lookups")


class Gateway:
    """Serves the doors of one sandbox from this process until it is closed.

    Every connection asks for the addresses anew, outside, and is made to an address that was looked at: a
    name that suddenly stands for a machine of this network leads nowhere. Nothing of this runs in the sandbox.
    """

    def __init__(
        self,
        endpoints: Iterable[Endpoint],
        bounds: Bounds,
        private: frozenset[Endpoint] = frozenset(),
        resolve: Resolve = resolved,
    ) -> None:
        self.doors = doors_of(endpoints)
        self._bounds, self._private, self._resolve = bounds, private, resolve
        self._refused: dict[str, None] = {}
        self._relayed = 0
        self._servers: list[asyncio.Server] = []
        self._connections: set[asyncio.Task[None]] = set()

    def use(self) -> NetworkUse | None:
        """What could be reached, and what was refused so far; None without a door."""
        return NetworkUse(reach="listed", refused=tuple(self._refused)) if self.doors else None

    async def open(self, pids: Iterable[int]) -> None:
        """Listen inside, in the network of these processes. Raises `SandboxUnavailable` where that can't be done."""
        sockets = await listening(pids, self.doors) if self.doors else ()
        for door, listens in zip(self.doors, sockets, strict=True):
            self._servers.append(await asyncio.start_server(self._serve(door), sock=listens))

    def close(self) -> None:
        """End all connections and stop listening; never waits."""
        for server in self._servers:
            server.close()
        for connection in self._connections:
            connection.cancel()

    def _serve(self, door: Door) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task  # noqa: S101 - asyncio runs this in a task of its own
            self._connections.add(task)
            try:
                await self._put_through(door.endpoint, reader, writer)
            except _Refused as refused:
                self._tell(f"{door.endpoint} was not reached: {refused}")
            except asyncio.CancelledError:
                writer.transport.abort()
            finally:
                self._connections.discard(task)
                writer.transport.abort()

        return serve

    async def _put_through(
        self, endpoint: Endpoint, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._within_bounds()
        their_reader, their_writer = await self._connected(endpoint)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pump(reader, their_writer))
                both.create_task(self._pump(their_reader, writer))
            for done in (writer, their_writer):
                done.close()
                await done.wait_closed()
        except* _Refused as refused:
            raise refused.exceptions[0] from None
        except* OSError:
            # One side hung up: the other one is told by hanging up on it.
            pass
        finally:
            their_writer.transport.abort()

    def _within_bounds(self) -> None:
        if len(self._connections) > self._bounds.connections:
            raise _Refused(f"more than {self._bounds.connections} connections at once")
        if self._relayed > self._bounds.relayed:
            raise _Refused(f"more than {self._bounds.relayed / _MIB:,.4g} MiB have been sent and received")

    async def _connected(self, endpoint: Endpoint) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection to one of the host's addresses of this moment."""
        problem = "it has no address"
        try:
            async with asyncio.timeout(_SECONDS):
                for address in (await self._resolve(endpoint.host, endpoint.port))[:_MOST_ADDRESSES]:
                    if problem := self._objection(endpoint, address):
                        continue
                    try:
                        return await asyncio.open_connection(address, endpoint.port)
                    except OSError as error:
                        problem = f"{address}: {_words(error)}"
        except TimeoutError:
            raise _Refused(f"no answer within {_SECONDS:.0f} s") from None
        except OSError as error:
            raise _Refused(_words(error)) from error
        raise _Refused(problem)

    def _objection(self, endpoint: Endpoint, address: str) -> str:
        why = why_refused(address, private=endpoint in self._private)
        if why is None:
            return ""
        permitted = why_refused(address, private=True) is None
        return f"{address} is {why}" + (f"; {_PERMISSION}" if permitted else "")

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """All bytes in one direction; the end of them is handed on too."""
        while data := await reader.read(_PIECE):
            self._relayed += len(data)
            self._within_bounds()
            writer.write(data)
            await writer.drain()
        with contextlib.suppress(OSError):
            writer.write_eof()

    def _tell(self, sentence: str) -> None:
        if len(self._refused) < _MOST_REFUSALS:
            self._refused[sentence] = None


def _words(error: OSError) -> str:
    """What the system says, without our own words around it."""
    if isinstance(error, socket.gaierror):
        return str(error.strerror)
    return os.strerror(error.errno) if error.errno else str(error)
