"""The rehearsed model as its owner sees it: a server to start, scripts, mishaps, a request log."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from demo.model.error import ApiError
from demo.model.mishap import Mishap, Mishaps
from demo.model.reply import Reply, reply_to
from demo.model.request import parse
from demo.model.script import Script
from demo.model.stream import events
from demo.model.usage import PromptCache, count
from demo.wire.faults import Fault, Faults
from demo.wire.gate import Gate
from demo.wire.journal import Journal
from demo.wire.server import Server

_MODELS = ("claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5", "claude-fable-5-2", "claude-mythos-5-2")
_EVENTS_BEFORE_BREAK = 4

Endpoint = Callable[[HttpRequest], Awaitable[Response]]


class Model:
    """The Messages API on a loopback port (0 takes a free one), for one key.

    Which reply comes depends on the request alone, so any number of clients may resume anywhere.
    """

    def __init__(self, key: str, port: int = 0) -> None:
        self._server = Server(port)
        self.url = self._server.url
        self.journal = Journal()
        self.faults = Faults()
        self.scripts: list[Script] = []
        self._key = key
        self._mishaps = Mishaps()
        self._cache = PromptCache()
        self._ids = itertools.count(1)

    def start(self) -> None:
        """Serve from now on."""
        routes = [
            Route("/v1/messages", self._guarded(self._messages), methods=["POST"]),
            Route("/v1/messages/count_tokens", self._guarded(self._count), methods=["POST"]),
            Route("/v1/models", self._guarded(self._models)),
            Route("/v1/models/{model:path}", self._guarded(self._model)),
            Route("/{rest:path}", self._guarded(self._missing), methods=["GET", "POST", "DELETE"]),
        ]
        self._server.start(Gate(Starlette(routes=routes), self.journal, self.faults))

    def stop(self) -> None:
        """Serve no longer."""
        self._server.stop()

    def mishap(self, mishap: Mishap) -> None:
        """Let something go wrong with one of the next messages."""
        self._mishaps.add(mishap)

    def mend(self) -> None:
        """Nothing goes wrong any more."""
        self._mishaps.clear()

    def fail(self, fault: Fault) -> None:
        """Let something go wrong with the connection or the HTTP answer."""
        self.faults.add(fault)

    def requests(self) -> tuple[dict[str, Any], ...]:
        """The bodies of the message requests so far that came whole, oldest first."""
        return tuple(entry.json() for entry in self.journal.entries("POST", r"/v1/messages$") if entry.whole)

    def _guarded(self, endpoint: Endpoint) -> Endpoint:
        async def guarded(http: HttpRequest) -> Response:
            headers = {"request-id": f"req_rehearsed_{next(self._ids):06}"}
            try:
                self._authenticate(http)
                response = await endpoint(http)
            except ApiError as error:
                if error.retry_after is not None:
                    headers["retry-after"] = str(error.retry_after)
                response = JSONResponse(error.body(headers["request-id"]), error.status)
            response.headers.update(headers)
            return response

        return guarded

    def _authenticate(self, http: HttpRequest) -> None:
        bearer = http.headers.get("authorization", "").removeprefix("Bearer ")
        if self._key not in {bearer, http.headers.get("x-api-key")}:
            raise ApiError("authentication_error", "invalid x-api-key")

    async def _messages(self, http: HttpRequest) -> Response:
        request = parse(await http.body())
        mishap = self._mishaps.take(request.role, request.turn)
        if mishap and mishap.delay_ms:
            await asyncio.sleep(mishap.delay_ms / 1000)
        reply = reply_to(request, self.scripts, mishap, self._cache.usage(request))
        broken = mishap is not None and mishap.kind == "broken_stream"
        if request.raw.get("stream"):
            return StreamingResponse(_stream(http, reply, broken=broken), media_type="text/event-stream")
        if broken:
            http.scope["cut"]()
        return _json(reply.shape())

    async def _count(self, http: HttpRequest) -> Response:
        return _json({"input_tokens": count(parse(await http.body(), counting=True))})

    async def _models(self, _http: HttpRequest) -> Response:
        data = [_model_shape(name) for name in _MODELS]
        return _json({"data": data, "has_more": False, "first_id": _MODELS[0], "last_id": _MODELS[-1]})

    async def _model(self, http: HttpRequest) -> Response:
        return _json(_model_shape(http.path_params["model"]))

    async def _missing(self, _http: HttpRequest) -> Response:
        raise ApiError("not_found_error", "Not found")


async def _stream(http: HttpRequest, reply: Reply, *, broken: bool) -> AsyncIterator[bytes]:
    for number, event in enumerate(events(reply)):
        if broken and number == _EVENTS_BEFORE_BREAK:
            await asyncio.sleep(0.05)
            http.scope["cut"]()
            return
        yield event


def _model_shape(name: str) -> dict[str, Any]:
    return {"type": "model", "id": name, "display_name": f"{name} (rehearsed)", "created_at": "2026-01-01T00:00:00Z"}


def _json(value: dict[str, Any]) -> Response:
    return Response(json.dumps(value, ensure_ascii=False), media_type="application/json")
