"""The ASGI layer in front of a stand-in: it writes the request log and carries out the faults."""

import asyncio
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from demo.wire.faults import Fault, Faults
from demo.wire.journal import Entry, Journal

_KEPT_BYTES = 32 * 1024 * 1024


def cut(send: Send) -> None:
    """Close the connection at once, as a crashed server does.

    ASGI has no message for that: the send callable of uvicorn belongs to the object that has the transport.
    """
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        msg = "only uvicorn's own send callable can be cut"
        raise RuntimeError(msg)
    transport.abort()


@dataclass
class _Exchange:
    """One request on its way: its body as far as it was read, the status that was answered."""

    body: bytearray = field(default_factory=bytearray)
    whole: bool = False
    status: int = 0
    logged: bool = False
    cut: bool = False

    def heard(self, message: Message) -> None:
        """Keep what has come."""
        if len(self.body) < _KEPT_BYTES:
            self.body += message.get("body", b"")
        if message["type"] == "http.request":
            self.whole = not message.get("more_body", False)


class Gate:
    """Wraps an application; `scope["cut"]` lets it drop its own connection."""

    def __init__(self, app: ASGIApp, journal: Journal, faults: Faults) -> None:
        self._app = app
        self._journal = journal
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            return
        exchange = _Exchange()

        async def listen() -> Message:
            message = await receive()
            exchange.heard(message)
            return message

        def drop() -> None:
            exchange.status, exchange.cut = 0, True
            cut(send)

        async def answer(message: Message) -> None:
            if exchange.cut:
                return
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
            elif not message.get("more_body", False):
                self._log(scope, exchange)
            await send(message)

        scope["cut"] = drop
        try:
            await self._serve(scope, listen, answer)
            while exchange.cut and (await receive())["type"] != "http.disconnect":
                pass
        finally:
            self._log(scope, exchange)

    def _log(self, scope: Scope, exchange: _Exchange) -> None:
        if not exchange.logged:
            exchange.logged = True
            self._journal.add(_entry(scope, exchange))

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = self._faults.take(scope["method"], scope["path"])
        if fault is None:
            await self._app(scope, receive, send)
            return
        await asyncio.sleep(fault.delay_s)
        if fault.drop == "after":
            await self._app(scope, receive, _nowhere)
        if fault.drop:
            scope["cut"]()
        elif fault.status is None:
            await self._app(scope, receive, send)
        else:
            await _drain(receive)
            await _answer(fault, fault.status, send)


async def _nowhere(_message: Message) -> None:
    return


async def _drain(receive: Receive) -> None:
    while (await receive()).get("more_body", False):
        pass


async def _answer(fault: Fault, status: int, send: Send) -> None:
    kind = "text/plain; charset=utf-8" if isinstance(fault.body, str | bytes) else "application/json; charset=utf-8"
    content = fault.content()
    headers = [("content-type", kind), ("content-length", str(len(content))), *fault.headers]
    raw = [(name.lower().encode(), value.encode()) for name, value in headers]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": content})


def _entry(scope: Scope, exchange: _Exchange) -> Entry:
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
    return Entry(
        method=scope["method"],
        path=scope["path"],
        query=scope["query_string"].decode("latin-1"),
        status=exchange.status,
        headers=headers,
        body=bytes(exchange.body),
        whole=exchange.whole,
    )
