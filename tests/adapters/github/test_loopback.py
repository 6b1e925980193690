"""The same over real sockets: connections, event loops, and what is imported."""

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import ClassVar

import pytest
from pydantic import SecretStr

from adapters.github.client import GitHubClient
from adapters.github.failures import Unreached
from adapters.github.issues import GitHubIssues
from adapters.github.pace import Pace
from domain.errors import ConfigurationError, Transient
from domain.settings import Settings

REPO = {"id": 7, "full_name": "o/r", "default_branch": "main"}
ISSUE = {"number": 9, "title": "壊れる", "body": "本文", "comments": 1}
COMMENT = {"id": 1, "user": {"login": "ann"}, "body": "はい", "created_at": "2026-11-02T03:04:05Z"}
ANSWERS = {
    "/api/v3/repos/o/r": REPO,
    "/api/v3/repos/o/r/issues/9": ISSUE,
    "/api/v3/repos/o/r/issues/9/comments": [COMMENT],
}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    connections: ClassVar[set[object]] = set()

    def do_GET(self) -> None:
        self.connections.add(self.client_address)
        path = self.path.partition("?")[0]
        if path == "/api/v3/repos/o/old":
            self._send(301, None, "/api/v3/repos/o/r")
        elif path in ANSWERS:
            self._send(200, ANSWERS[path])
        else:
            self._send(404, {"message": "Not Found"})

    def _send(self, status: int, content: object, location: str = "") -> None:
        data = json.dumps(content).encode()
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *words: object) -> None:
        """Say nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    """A small forge on loopback, under the path of an Enterprise server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    _Handler.connections.clear()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/api/v3"
    server.shutdown()
    thread.join()
    server.server_close()


async def _no_sleep(seconds: float) -> None:
    """Do not wait."""


def _issues(address: str) -> GitHubIssues:
    settings = Settings(github_token=SecretStr("ghp_" + "s" * 36), github_api_url=address)
    return GitHubIssues(GitHubClient(settings, pace=Pace(sleep=_no_sleep)))


async def test_one_connection_a_call(address: str) -> None:
    """An issue and its comments come over one connection, in any language."""
    found = await _issues(address).issue("o/r", 9)
    assert (found.title, found.body, found.comments[0].body) == ("壊れる", "本文", "はい")
    assert len(_Handler.connections) == 1


async def test_redirects_keep_the_base_path(address: str) -> None:
    """A renamed repository is found below Enterprise's path."""
    assert (await _issues(address).repository("o/old")).name == "o/r"


def test_one_adapter_serves_loops_in_turn_and_at_once(address: str) -> None:
    """Prefect runs tasks in loops of their own; the adapter is made once."""
    issues = _issues(address)
    for _ in range(3):
        assert asyncio.run(issues.repository("o/r")).id == 7
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: asyncio.run(issues.repository("o/r")).id, range(8)))
    assert found == [7] * 8


async def test_calls_at_once_in_one_loop(address: str) -> None:
    """Parallel calls do not disturb each other's connections."""
    issues = _issues(address)
    found = await asyncio.gather(*(issues.issue("o/r", 9) for _ in range(8)))
    assert {issue.title for issue in found} == {"壊れる"}


async def test_a_closed_port_is_unreached() -> None:
    """Nobody listens: the message says so without an address of ours."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(Unreached, match=r"^GitHub cannot be reached: ConnectError"):
        await _issues(f"http://127.0.0.1:{port}").repository("o/r")


@contextmanager
def _speaking(words: bytes) -> Iterator[int]:
    """A server that says one thing to everybody and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = Thread(target=_say, args=(server, words))
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def _say(server: socket.socket, words: bytes) -> None:
    while True:
        try:
            caller, _ = server.accept()
        except OSError:
            return
        with caller:
            caller.recv(65_536)
            caller.sendall(words)


@pytest.mark.parametrize("words", [b"", b"SSH-2.0-x\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"])
async def test_broken_answers_are_transient(words: bytes) -> None:
    """A server that hangs up, speaks something else, or stops in the middle may do better later."""
    with _speaking(words) as port, pytest.raises(Transient):
        await _issues(f"http://127.0.0.1:{port}").repository("o/r")


async def test_an_address_that_is_none_is_a_setting() -> None:
    """A wrong address is the user's to correct, and no retry hides it."""
    with pytest.raises(ConfigurationError, match="check GITHUB_API_URL"):
        await _issues("http://[::bad").repository("o/r")


def test_what_is_imported() -> None:
    """The package costs nothing; the adapters never load githubkit's generated models."""
    check = (
        "import sys, adapters.github\n"
        "assert not any(name.startswith(('githubkit', 'httpx')) for name in sys.modules)\n"
        "import adapters.github.issues, adapters.github.pull_requests, adapters.github.permissions\n"
        "heavy = [n for n in sys.modules if '.models' in n and n.startswith('githubkit_') or n.startswith('prefect')]\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", check], check=True, timeout=60, cwd=sys.prefix)
