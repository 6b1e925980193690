"""Services on this machine that sandboxes may, or may not, reach."""

import asyncio
import contextlib
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from adapters.sandbox import Bounds, Bubblewrap
from adapters.sandbox.choose import find_program
from domain.command import CommandResult, Place
from domain.endpoint import Endpoint

Inside = Callable[..., Awaitable[CommandResult]]


@dataclass
class Service:
    """A server on this machine's loopback that greets, then repeats what it is told, until the other side ends."""

    port: int = 0
    greeting: bytes = b"hello\n"
    connected: int = 0
    open_now: int = 0
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.connected += 1
        self.open_now += 1
        with contextlib.suppress(OSError):
            writer.write(self.greeting)
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
            writer.close()
        self.open_now -= 1
        self.ended.set()


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    """A service in clear."""
    made = Service()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    server.close()


@pytest.fixture
async def tls_service(certificate: Path) -> AsyncIterator[Service]:
    """The same behind TLS, for the name `db.test`."""
    made = Service()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0, ssl=context)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    server.close()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A self-signed certificate with its key, as PEM."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not on this machine")
    file = tmp_path / "db.test.pem"
    name = ["-subj", "/CN=db.test", "-addext", "subjectAltName=DNS:db.test"]
    made = ["-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", str(file), "-out", f"{file}.crt"]
    subprocess.run(["openssl", "req", "-x509", *made, *name], check=True, capture_output=True)
    file.write_text(file.read_text() + Path(f"{file}.crt").read_text())
    return file


class Names:
    """A resolver whose answers a test sets: the next of a name's answers each time, the last one for ever."""

    def __init__(self, **answers: list[str]) -> None:
        self.answers = {name.replace("_", "."): list(given) for name, given in answers.items()}
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> tuple[str, ...]:
        """As `resolved`."""
        self.asked.append(host)
        given = self.answers[host]
        return (given.pop(0) if len(given) > 1 else given[0],)


@pytest.fixture
def names() -> type[Names]:
    """Makes resolvers."""
    return Names


@pytest.fixture
def reaching(bubblewrap: Bubblewrap, place: Place) -> Inside:
    """Run a command where these services, written `host:port`, may be reached; `private` ones on this machine too."""

    async def run(
        command: str,
        listed: list[str],
        names: Names,
        private: list[str] | None = None,
        bounds: Bounds | None = None,
        timeout_s: float = 60,
    ) -> CommandResult:
        allowed = _endpoints(private or [])
        sandbox = Bubblewrap(find_program(), bounds, private_hosts=allowed, resolve=names)
        return await sandbox.run(place.model_copy(update={"network": _endpoints(listed)}), command, timeout_s, {})

    return run


def _endpoints(texts: list[str]) -> tuple[Endpoint, ...]:
    pairs = (text.rsplit(":", 1) for text in texts)
    return tuple(Endpoint(host=host, port=int(port)) for host, port in pairs)
