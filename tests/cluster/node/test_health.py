"""`GET /health` of a node."""

import signal
import socket
from typing import Any

import httpx
import pytest

from cluster.node.health import HealthPort
from domain.errors import ConfigurationError
from domain.node import NodeHealth

_WELL = NodeHealth(status="ok", node_id="node-1", specialties=("api",), running=0, max_tasks=2, sandbox="none")


def test_what_a_node_says(node: Any) -> None:
    """200 while it takes work, 503 after a minute without its coordinator, and 503 while it drains."""
    run = node.asks(seconds=4)
    assert run.facts
    said = _WELL.model_copy(update={"running": 1})
    assert _asked(node) == (200, said)
    (node.folder / "silence").write_text("61")
    assert _asked(node) == (503, said.model_copy(update={"status": "out_of_reach"}))
    (node.folder / "silence").write_text("59")
    assert _asked(node) == (200, said)
    node.signal(signal.SIGTERM)
    assert _asked(node) == (503, said.model_copy(update={"status": "draining"}))


async def test_a_port_that_is_taken() -> None:
    """Is said in one line, with what to do."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"agent port {port} .*in use - choose another with --agent-port"):
            async with HealthPort(lambda: _WELL, port, "127.0.0.1"):
                pass


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/health", 200),
        ("GET", "/health?full=1", 200),
        ("HEAD", "/health", 200),
        ("POST", "/health", 405),
        ("GET", "/", 404),
        ("GET", "/health/../etc/passwd", 404),
    ],
)
async def test_other_questions(method: str, path: str, status: int) -> None:
    """Only GET and HEAD of /health are answered with it."""
    async with HealthPort(lambda: _WELL, 0, "127.0.0.1") as health, httpx.AsyncClient() as client:
        url = httpx.URL(f"http://127.0.0.1:{health.port}", raw_path=path.encode())
        assert (await client.request(method, url)).status_code == status


@pytest.mark.parametrize("words", [b"\r\n\r\n", b"GET\r\n\r\n", b"\x16\x03\x01\x00\r\n\r\n", b"x" * 100_000, b"GET /h"])
async def test_nonsense_ends_the_connection_only(words: bytes) -> None:
    """The port answers the next question as ever."""
    async with HealthPort(lambda: _WELL, 0, "127.0.0.1") as health:
        with socket.create_connection(("127.0.0.1", health.port)) as connection:
            connection.send(words)
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"http://127.0.0.1:{health.port}/health")).status_code == 200


def _asked(node: Any) -> tuple[int, NodeHealth]:
    answer = httpx.get(node.health_url)
    return answer.status_code, NodeHealth.model_validate(answer.json())
