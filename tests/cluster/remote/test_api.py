"""What a person is told whose command can't speak to the coordinator."""

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from cluster.remote.api import RemoteApi
from domain.errors import AuthenticationFailed, ConfigurationError, Transient
from domain.settings import Settings

_ALERT = b"\x15\x03\x03\x00\x02\x02\x46"  # what a TLS port says to anything else: protocol version
_UNAUTHORIZED = b"HTTP/1.1 401 Unauthorized\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"


@pytest.fixture
def answering() -> Iterator[Callable[[bytes], int]]:
    """Ports that give everybody the same bytes."""
    listeners: list[socket.socket] = []

    def serve(listener: socket.socket, words: bytes) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(65_536)
                connection.sendall(words)

    def start(words: bytes) -> int:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)
        threading.Thread(target=serve, args=(listener, words), daemon=True).start()
        return int(listener.getsockname()[1])

    yield start
    for one in listeners:
        one.close()


def api(home: Path, port: int, token: str | None = None) -> RemoteApi:
    """A client on a machine with this state folder."""
    known = {"home": home, "api_token": SecretStr(token) if token else None}
    return RemoteApi(Settings(_env_file=None).model_copy(update=known), "127.0.0.1", port)


def test_no_token_and_a_wrong_one(answering: Callable[[bytes], int], tmp_path: Path) -> None:
    """Either way it says where the right one is."""
    port = answering(_UNAUTHORIZED)
    with pytest.raises(AuthenticationFailed, match="asks for its token, and none is set - set CLAUDE_CLUSTER_API"):
        api(tmp_path, port).status()
    with pytest.raises(AuthenticationFailed, match="refuses the token - set CLAUDE_CLUSTER_API_TOKEN"):
        api(tmp_path, port, "a-wrong-token").status()


def test_plain_http_to_a_tls_port(answering: Callable[[bytes], int], tmp_path: Path) -> None:
    """It names the option that is missing."""
    with pytest.raises(ConfigurationError, match="does not speak plain HTTP - give --ca-file"):
        api(tmp_path, answering(_ALERT)).status()


def test_something_else_answers(answering: Callable[[bytes], int], tmp_path: Path) -> None:
    """A web server of somebody's is no coordinator."""
    words = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 6\r\n\r\n<html>"
    with pytest.raises(ConfigurationError, match="is no coordinator"):
        api(tmp_path, answering(words)).status()


def test_nobody_answers(tmp_path: Path) -> None:
    """Worth another try: a coordinator may be starting."""
    with pytest.raises(Transient, match="does not answer"):
        api(tmp_path, 1).status()
