"""Real TLS with an authority made here: what is wrong with a certificate is one line, for clients and for nodes."""

import asyncio
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr

from adapters.cases_http.line import Address
from cluster.membership.member import Member
from cluster.remote.api import RemoteApi
from domain.errors import ClusterError, ConfigurationError
from domain.node import Capabilities, NodeCard
from domain.settings import Settings

_NOW = datetime.now(UTC)
_PEM = serialization.Encoding.PEM
CARD = NodeCard(
    id="node-a", start="1", specialties=("docs",), max_tasks=1, release="0.1.0",
    capabilities=Capabilities(platform="linux-x86_64", sandbox="none"),
)  # fmt: skip


class Authority:
    """Signs certificates for hosts."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._key = folder, ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.file = folder / f"{name}.pem"
        made = self._builder(self._name, self._key, _NOW + timedelta(days=9))
        made = made.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        self.file.write_bytes(made.sign(self._key, hashes.SHA256()).public_bytes(_PEM))

    def signs(self, host: str = "127.0.0.1", ends: int = 9, begins: int = -20) -> tuple[Path, Path]:
        """Certificate and key for a host."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        where = x509.IPAddress(ip_address(host)) if host[0].isdigit() else x509.DNSName(host)
        made = self._builder(subject, key, _NOW + timedelta(days=ends), _NOW + timedelta(days=begins))
        made = made.add_extension(x509.SubjectAlternativeName([where]), critical=False)
        files = self._folder / f"{host}{ends}.pem", self._folder / f"{host}{ends}.key"
        files[0].write_bytes(made.sign(self._key, hashes.SHA256()).public_bytes(_PEM))
        form = serialization.PrivateFormat.PKCS8
        files[1].write_bytes(key.private_bytes(_PEM, form, serialization.NoEncryption()))
        return files

    def _builder(
        self, subject: x509.Name, key: Any, ends: datetime, begins: datetime = _NOW - timedelta(days=20)
    ) -> x509.CertificateBuilder:
        made = x509.CertificateBuilder().subject_name(subject).issuer_name(self._name).public_key(key.public_key())
        made = made.serial_number(x509.random_serial_number())
        return made.not_valid_before(begins).not_valid_after(ends)


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"nodes": []}')

    def log_message(self, *_: Any) -> None: ...


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are what these tests are about."""


@pytest.fixture
def serving() -> Iterator[Callable[..., int]]:
    """Serve with a certificate, or in plain; gives the port."""
    servers: list[ThreadingHTTPServer] = []

    def start(files: tuple[Path, Path] | None) -> int:
        server = _Server(("127.0.0.1", 0), _Answers)
        if files:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*files)
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return server.server_port

    yield start
    for one in servers:
        one.shutdown()
        one.server_close()


def _client(port: int, authority: Path | None) -> dict[str, Any]:
    settings = Settings(_env_file=None, CLAUDE_CLUSTER_API_TOKEN="t")  # type: ignore[call-arg]
    return RemoteApi(settings, "127.0.0.1", port, authority).status()


async def _joins(port: int, authority: Path | None) -> None:
    scheme = "https" if authority else "http"
    address = Address(f"{scheme}://127.0.0.1:{port}", SecretStr("t"), authority)
    member = Member(address, CARD, None, None)  # type: ignore[arg-type] - it comes no further than the door
    await member.join(lambda _: None)


@pytest.fixture
def ours(tmp_path: Path) -> Authority:
    """The authority that is trusted."""
    return Authority(tmp_path, "ours")


def test_a_certificate_of_one_s_own_authority_is_taken(ours: Authority, serving: Callable[..., int]) -> None:
    """Signed by it, for this name, of today."""
    assert _client(serving(ours.signs()), ours.file) == {"nodes": []}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"ends": -1}, "has expired - renew it"),
        ({"begins": 1}, "is not valid yet - look at the clocks"),
        ({"host": "127.0.0.9"}, "is not for this name - name the coordinator as its certificate does"),
    ],
)
def test_what_is_wrong_is_said(ours: Authority, serving: Callable[..., int], given: dict[str, Any], words: str) -> None:
    """To the client as to the node, in one line with exit code 2."""
    port = serving(ours.signs(**given))
    for told in (_refused(port, ours.file), _node_refused(port, ours.file)):
        assert f"the certificate of https://127.0.0.1:{port} {words}" in str(told)
        assert (told.exit_code, "\n" in str(told)) == (2, False)


def test_another_authority_is_not_trusted(ours: Authority, serving: Callable[..., int], tmp_path: Path) -> None:
    """The remedy names the flag."""
    port = serving(Authority(tmp_path, "theirs").signs())
    for told in (_refused(port, ours.file), _node_refused(port, ours.file)):
        assert "an authority that is not trusted here - give its CA with --ca-file" in str(told)


def test_plain_where_tls_was_meant_and_the_other_way_round(ours: Authority, serving: Callable[..., int]) -> None:
    """Each is told from the other."""
    assert "does not speak TLS" in str(_refused(serving(None), ours.file))
    assert "does not speak plain HTTP" in str(_refused(serving(ours.signs()), None))


def test_a_file_that_is_no_authority(tmp_path: Path) -> None:
    """Named, with what to give."""
    file = tmp_path / "garbage.pem"
    file.write_text("garbage")
    with pytest.raises(ConfigurationError, match="give a PEM file"):
        _client(9, file)


def _refused(port: int, authority: Path | None) -> ClusterError:
    with pytest.raises(ClusterError) as told:
        _client(port, authority)
    return told.value


def _node_refused(port: int, authority: Path) -> ClusterError:
    with pytest.raises(ConfigurationError) as told:
        asyncio.run(_joins(port, authority))
    assert told.value.reason.startswith("Node registration failed: ")
    return told.value
