"""Bodies from anybody: too large, too many, too slow, cut off."""

import socket
import time
from typing import Any

import httpx
import pytest

_LARGE = (413, "refused", "the body is larger than 25 MB")


@pytest.mark.parametrize("length", [str(26 * 1024 * 1024), "9" * 30])
def test_a_body_that_says_it_is_huge_is_not_read(receiver: Any, length: str) -> None:
    """413 (or 400 from the server where no number can be so large) before a byte of it came."""
    host, port = receiver.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as line:
        head = f"POST /webhook HTTP/1.1\r\nHost: x\r\nX-Hub-Signature-256: sha256={'a' * 64}\r\n"
        line.sendall(f"{head}Content-Length: {length}\r\n\r\n".encode())
        assert line.recv(20)[:12] in {b"HTTP/1.1 413", b"HTTP/1.1 400"}


async def test_huge_bodies_are_refused_while_they_come_in(receiver: Any) -> None:
    """By counting where no length was announced; the server answers on."""
    sent = 0

    def endless() -> Any:
        nonlocal sent
        while sent < 60:
            sent += 1
            yield b"x" * 1_000_000

    try:
        said = receiver.client.post(
            "/webhook", content=endless(), headers={"X-Hub-Signature-256": f"sha256={'a' * 64}"}
        )
        assert (said.status_code, *said.json().values()) == _LARGE
    except httpx.TransportError:  # the server closed the line while the client was still sending
        assert sent >= 25
    assert receiver.client.get("/health").status_code == 200
    assert await receiver.stored() == ()


def test_unsigned_bodies_together_are_bounded(receiver: Any, payloads: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stranger who holds many connections open fills no memory; afterwards deliveries are taken as before."""
    monkeypatch.setattr("cluster.webhooks.body._MOST_HELD", 3_000_000)
    host, port = receiver.url.removeprefix("http://").split(":")
    head = f"POST /webhook HTTP/1.1\r\nHost: x\r\nX-Hub-Signature-256: sha256={'a' * 64}\r\n"
    with socket.create_connection((host, int(port)), timeout=20) as held:
        held.sendall(f"{head}Content-Length: 2500000\r\n\r\n".encode() + b"x" * 2_400_000)
        big = payloads.labeled(padding="x" * 1_000_000)
        time.sleep(2)  # until all of it is read: whoever goes over the limit is refused, the first one too
        assert [receiver.told(big) for _ in range(2)] == [(503, "refused", "too much comes in at once")] * 2
        held.sendall(b"x" * 100_000)
        assert held.recv(20)[:12] == b"HTTP/1.1 401"
    assert receiver.told(payloads.labeled(padding="y" * 1_000_000))[:2] == (202, "accepted")


async def test_a_body_that_does_not_come_is_not_waited_for(receiver: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """408 after ten seconds, here after a fifth of one."""
    monkeypatch.setattr("cluster.webhooks.body._READ_S", 0.2)
    host, port = receiver.url.removeprefix("http://").split(":")
    head = f"POST /webhook HTTP/1.1\r\nHost: x\r\nX-Hub-Signature-256: sha256={'a' * 64}\r\n"
    with socket.create_connection((host, int(port)), timeout=20) as line:
        line.sendall(f"{head}Content-Length: 1000\r\n\r\nhalf".encode())
        assert line.recv(20)[:12] == b"HTTP/1.1 408"


async def test_a_connection_that_ends_in_the_middle_harms_nobody(receiver: Any) -> None:
    """The server goes on."""
    host, port = receiver.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as line:
        head = f"POST /webhook HTTP/1.1\r\nHost: x\r\nX-Hub-Signature-256: sha256={'a' * 64}\r\n"
        line.sendall(f"{head}Content-Length: 1000\r\n\r\nhalf".encode())
    assert receiver.client.get("/health").status_code == 200
