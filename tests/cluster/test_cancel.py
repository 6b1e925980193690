"""A run that is not wanted any more is told to the Prefect server."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.error import HTTPError

import pytest

from cluster.cancel import cancel_run, settle_cancelled
from domain.settings import Settings


class Answers(BaseHTTPRequestHandler):
    """Notes what was asked and answers with the server's `status`."""

    def do_POST(self) -> None:
        """One request."""
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.asked.append((self.path, body["state"]["type"], body["force"]))  # type: ignore[attr-defined]
        self.send_response(self.server.answer)  # type: ignore[attr-defined]
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Silence."""


@pytest.fixture
def server() -> Iterator[Any]:
    """Something that answers like Prefect's REST API."""
    made: Any = HTTPServer(("127.0.0.1", 0), Answers)
    made.asked, made.answer = [], 201
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


def _settings(server: Any) -> Settings:
    return Settings(prefect_api_url=f"http://127.0.0.1:{server.server_port}/api/")


def test_a_worker_is_asked_and_the_end_is_told(server: Any) -> None:
    """Cancelling first, which a worker acts on; Cancelled by force once the process is gone."""
    cancel_run(_settings(server), "17")
    settle_cancelled(_settings(server), "17")
    path = "/api/flow_runs/17/set_state"
    assert server.asked == [(path, "CANCELLING", False), (path, "CANCELLED", True)]


def test_a_run_that_is_gone(server: Any) -> None:
    """404 is what was wanted; anything else is an error."""
    server.answer = 404
    cancel_run(_settings(server), "17")
    server.answer = 500
    with pytest.raises(HTTPError):
        cancel_run(_settings(server), "17")


def test_nobody_to_tell(server: Any) -> None:
    """A case without a run, or a machine without a server: nothing is asked."""
    cancel_run(_settings(server), None)
    cancel_run(Settings(), "17")
    assert server.asked == []
