"""`GET /health` on the agent port: whether this node takes work."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from types import TracebackType
from typing import Self

from domain.errors import ConfigurationError
from domain.node import NodeHealth

_REQUEST_SECONDS = 5.0
_REQUEST_BYTES = 8192
_CONNECTIONS = 32


class HealthPort:
    """Answers from the node's own event loop; open while the context is. One request a connection.

    `report` is asked for each answer: 200 when the node takes work, 503 when it does not.
    """

    def __init__(self, report: Callable[[], NodeHealth], port: int, host: str = "0.0.0.0") -> None:  # noqa: S104 - a load balancer asks from outside
        self._report = report
        self._host, self._port = host, port
        self._server: asyncio.Server | None = None
        self._open = asyncio.Semaphore(_CONNECTIONS)

    @property
    def port(self) -> int:
        """Where it listens; the one that was asked for, or for 0 the one that was free."""
        sockets = self._server.sockets if self._server else ()
        return int(sockets[0].getsockname()[1]) if sockets else self._port

    async def __aenter__(self) -> Self:
        """Open the port. Raises `ConfigurationError` if it is not to be had."""
        try:
            self._server = await asyncio.start_server(self._answer, self._host, self._port, limit=_REQUEST_BYTES)
        except (OSError, OverflowError) as error:
            raise ConfigurationError(
                f"the agent port {self._port} on {self._host} can't be opened: {_words(error)}",
                "choose another with --agent-port, or end what holds it (`ss -ltnp` shows it)",
            ) from error
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server:
            self._server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self._open.locked():
                return
            async with self._open:
                with suppress(TimeoutError, ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                    async with asyncio.timeout(_REQUEST_SECONDS):
                        head = await reader.readuntil(b"\r\n\r\n")
                        writer.write(self._reply(head.split(b"\r\n", 1)[0]))
                        await writer.drain()
        finally:
            writer.close()

    def _reply(self, line: bytes) -> bytes:
        words = line.split(b" ")
        method, path = (words[0], words[1].partition(b"?")[0]) if len(words) > 1 else (b"", b"")
        if path != b"/health":
            return _response(HTTPStatus.NOT_FOUND, '{"detail":"only /health is here"}')
        if method not in {b"GET", b"HEAD"}:
            return _response(HTTPStatus.METHOD_NOT_ALLOWED, '{"detail":"only GET"}')
        health = self._report()
        status = HTTPStatus.OK if health.status == "ok" else HTTPStatus.SERVICE_UNAVAILABLE
        return _response(status, health.model_dump_json(), bodiless=method == b"HEAD")


def _response(status: HTTPStatus, body: str, *, bodiless: bool = False) -> bytes:
    data = body.encode()
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(data)}\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + (b"" if bodiless else data)


def _words(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
