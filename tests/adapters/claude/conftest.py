"""A loopback Messages API that answers by script, keeps what it was asked, and refuses anything unscripted."""

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from adapters.claude.client import ClaudeModel
from adapters.claude.retry import Patience
from domain.conversation import Message, Query
from domain.settings import Settings

KEY = "sk-ant-test-0123456789"


@dataclass(frozen=True)
class Seen:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass(frozen=True)
class Canned:
    """One scripted answer; `cut` ends the connection before the promised length is sent."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    kind: str = "application/json"
    cut: bool = False
    delay_s: float = 0.0


class Api:
    """The server's script and its memory."""

    def __init__(self) -> None:
        self.url = ""
        self.seen: list[Seen] = []
        self.decides: Callable[[Seen], Canned] | None = None
        self._script: list[Canned] = []

    def says(self, *canned: Canned) -> None:
        """Answer the next requests with these, in order."""
        self._script.extend(canned)

    def answer(self, **changes: Any) -> Canned:
        """A whole answer in JSON."""
        return Canned(200, json.dumps(self.message(**changes)).encode(), (("request-id", "req_1"),))

    def message(self, **changes: Any) -> dict[str, Any]:
        """A response body of POST /v1/messages."""
        body: dict[str, Any] = {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "claude-opus-5-5",
            "content": [{"type": "text", "text": "Done."}],
            "stop_reason": "end_turn",
            "stop_sequence": None,
            "usage": {"input_tokens": 10, "output_tokens": 5},
        }
        return body | changes

    def stream(self, *events: dict[str, Any], cut: bool = False) -> Canned:
        """Server-sent events."""
        text = "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)
        return Canned(200, text.encode(), (("request-id", "req_2"),), "text/event-stream", cut=cut)

    def refuses(self, status: int, kind: str, words: str, code: str = "", **headers: str) -> Canned:
        """An error answer; underscores in header names stand for dashes."""
        error: dict[str, Any] = {"type": kind, "message": words}
        if code:
            error["details"] = {"error_code": code}
        body = json.dumps({"type": "error", "error": error}).encode()
        return Canned(status, body, tuple((name.replace("_", "-"), value) for name, value in headers.items()))

    def take(self, seen: Seen) -> Canned:
        """Remember a request and give its answer."""
        self.seen.append(seen)
        if self.decides:
            return self.decides(seen)
        return self._script.pop(0) if self._script else self.refuses(500, "api_error", "nothing is scripted for this")


def _handler(api: Api) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            names = {name.lower(): value for name, value in self.headers.items()}
            canned = api.take(Seen(self.path, names, body))
            time.sleep(canned.delay_s)
            self.send_response(canned.status)
            self.send_header("content-type", canned.kind)
            self.send_header("content-length", str(len(canned.body) + (1_000 if canned.cut else 0)))
            for name, value in canned.headers:
                self.send_header(name, value)
            self.end_headers()
            with contextlib.suppress(ConnectionError):  # a client that gave up waiting
                self.wfile.write(canned.body)
            self.close_connection = canned.cut

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Say nothing."""

    return Handler


@pytest.fixture
def api() -> Iterator[Api]:
    """The scripted Messages API on loopback."""
    script = Api()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(script))
    script.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield script
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def settings(api: Api, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings that point at the scripted API."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", api.url)
    return Settings()


@pytest.fixture
def model(settings: Settings) -> ClaudeModel:
    """The adapter under test, with waits too short to notice."""
    return ClaudeModel(settings, Patience(first_wait_s=0.01))


@pytest.fixture
def query() -> Callable[..., Query]:
    """Build a query; every field can be named."""

    def build(**changes: Any) -> Query:
        first = Message(role="user", content=({"type": "text", "text": "Fix it."},))
        fields: dict[str, Any] = {"model": "claude-opus-5-5", "system": "You fix bugs.", "messages": (first,)}
        return Query(**(fields | changes))

    return build
