"""A cluster whose every door is TLS, with an authority of its own."""

import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
SHOP = "rehearsal/shop"


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A self-made authority's certificate for this machine, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "coordinator")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = tmp_path / "cert.pem", tmp_path / "key.pem"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret = (
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    files[1].write_bytes(key.private_bytes(*secret))
    return files


def test_an_issue_over_tls(building: Callable[..., Any], certificate: tuple[Path, Path]) -> None:
    """Coordinator, Prefect server, node and client; without the authority, or in plain, nobody gets in."""
    cluster = building(host="0.0.0.0")
    cluster.start("--ssl-certfile", certificate[0], "--ssl-keyfile", certificate[1])
    plain = cluster.join("node-plain", ready=False).wait(60)
    assert (plain.code, "--ca-file" in plain.error) == (2, True)
    cluster.join("node-a", "backend", "--ca-file", certificate[0])
    done = cluster.cli("workflow", "--issue", 1, "--repo", SHOP, "--ca-file", certificate[0])
    assert done.code == 0, done.stderr
    trusted = ssl.create_default_context(cafile=str(certificate[0]))
    for name, port in cluster.ports.items():
        path = "api/health" if name == "prefect" else "health"
        assert httpx.get(f"https://127.0.0.1:{port}/{path}", verify=trusted).status_code == 200
        with pytest.raises(httpx.TransportError):
            httpx.get(f"http://127.0.0.1:{port}/{path}")
