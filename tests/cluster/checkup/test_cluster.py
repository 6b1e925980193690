"""What bites a cluster's first start is found before it: each with what to do."""

import asyncio
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from socketserver import UnixStreamServer
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from filelock import FileLock

from adapters.cases.database import Database
from adapters.cases.tables import VERSION
from cluster.checkup.asked import Asked
from cluster.checkup.certificate import check_authority, check_certificate
from cluster.checkup.clock import check_clock
from cluster.checkup.engine import check_engine
from cluster.checkup.ledger import check_ledger
from cluster.checkup.machine import check_state
from cluster.checkup.ports import check_ports
from cluster.checkup.secret_files import check_secret_files
from cluster.coordinator.alone import RESTORING
from domain.settings import Settings

Make = Callable[..., tuple[Path, Path]]
EARLIER = Path(__file__).parents[2] / "adapters" / "cases" / "earlier"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """With a state folder of its own."""
    return Settings(_env_file=None, CLAUDE_CLUSTER_HOME=tmp_path / "home")  # type: ignore[call-arg]


@pytest.fixture
def made(tmp_path: Path) -> Make:
    """A certificate with its key, valid from and to so many days from now."""

    def make(name: str = "one", begins: int = -1, ends: int = 100, host: str | None = "pc1.local") -> tuple[Path, Path]:
        key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        builder = builder.serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(now + timedelta(days=begins)).not_valid_after(now + timedelta(days=ends))
        if host:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        files = tmp_path / f"{name}.pem", tmp_path / f"{name}.key"
        files[0].write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        form = serialization.PrivateFormat.PKCS8
        files[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
        files[1].chmod(0o600)
        return files

    return make


@contextmanager
def _answering(server: Any) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


def _handler(body: bytes, date: str = "") -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(200)
            self.send_header("Date", date or self.date_time_string())
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_HEAD(self) -> None:
            self.do_GET()

        def log_message(self, *_: Any) -> None: ...

    return Handler


def test_a_port_in_use(settings: Settings) -> None:
    """Named with what it is for; of a coordinator that runs already nothing is said."""
    with socket.socket() as other:
        other.bind(("0.0.0.0", 0))
        other.listen()
        port = other.getsockname()[1]
        taken = settings.model_copy(update={"coordinator_port": port})
        found = check_ports(taken, Asked(role="coordinator"))
        assert found is not None
        assert (found.verdict, f"{port} (the API)" in found.result, "--port" in found.remedy) == ("failed", True, True)
        settings.home.mkdir()
        with FileLock(settings.home / "coordinator.lock"):
            assert check_ports(taken, Asked(role="coordinator")) is None
    assert check_ports(settings, Asked()) is None


def test_no_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Only where the type is docker."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path / 'none.sock'}")
    found = check_engine(Asked(kind="docker"))
    assert found is not None
    assert (found.verdict, "no engine answers" in found.result, "start Docker" in found.remedy) == (
        "failed",
        True,
        True,
    )
    assert check_engine(Asked()) is None


@pytest.mark.parametrize(("version", "verdict"), [("19.03.15", "failed"), ("20.10.0", "ok"), ("28.1.1", "ok")])
def test_the_engine_s_age(version: str, verdict: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Asked over the socket as the engine answers there."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path / 'docker.sock'}")
    server = UnixStreamServer(str(tmp_path / "docker.sock"), _handler(f'{{"Version": "{version}"}}'.encode()))
    server.get_request = lambda: (server.socket.accept()[0], ("engine", 0))  # type: ignore[method-assign]
    with _answering(server):
        found = check_engine(Asked(kind="docker"))
    assert found is not None
    assert (found.verdict, version in found.result) == (verdict, True)


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("mount") is None, reason="mounts a small disk, as root")
def test_no_space(tmp_path: Path) -> None:
    """A real disk of half a gigabyte."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512m", "tmpfs", str(disk)], check=False).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        found = check_state(disk)
    finally:
        subprocess.run(["umount", str(disk)], check=True)
    assert (found.verdict, "0.5 GiB free" in found.result, "free disk space" in found.remedy) == ("failed", True, True)


@pytest.mark.parametrize(
    ("given", "verdict", "words"),
    [
        ({}, "ok", "for pc1.local, until "),
        ({"begins": -9, "ends": -1}, "failed", "expired on "),
        ({"begins": 1}, "failed", "is not valid before "),
        ({"ends": 5}, "warning", "expires on "),
        ({"host": None}, "failed", "names no host"),
    ],
)
def test_a_certificate_s_days_and_names(made: Make, given: dict[str, Any], verdict: str, words: str) -> None:
    """Of a pair that fits."""
    certificate, key = made(**given)
    found = check_certificate(Asked(certificate=certificate, key=key))
    assert found is not None
    assert (found.verdict, words in found.result, bool(found.remedy)) == (verdict, True, verdict != "ok")


def test_a_bad_certificate(made: Make, tmp_path: Path) -> None:
    """Another's key, no PEM, no file, one of the two: each is named."""
    one, other = made("one"), made("other")
    garbage = tmp_path / "garbage.pem"
    garbage.write_text("garbage")
    cases = {
        "the key is not the certificate's": Asked(certificate=one[0], key=other[1]),
        "no PEM of both": Asked(certificate=garbage, key=one[1]),
        "can't be read": Asked(certificate=tmp_path / "absent.pem", key=one[1]),
        "certificate or key is missing": Asked(certificate=one[0]),
    }
    for words, asked in cases.items():
        found = check_certificate(asked)
        assert found is not None
        assert (found.verdict, words in found.result) == ("failed", True), found
    authority = check_authority(garbage)
    assert authority is not None
    assert authority.verdict == "failed"
    assert check_certificate(Asked()) is None


@pytest.mark.parametrize(("off", "verdict"), [(0, "ok"), (30, "warning"), (-30, "warning"), (400, "failed")])
def test_a_clock_that_is_off(off: int, verdict: str) -> None:
    """Against whoever says the time in its answers; a server that is not there says nothing."""
    date = format_datetime(datetime.now(UTC) - timedelta(seconds=off), usegmt=True)
    server = HTTPServer(("127.0.0.1", 0), _handler(b"", date))
    url = f"http://127.0.0.1:{server.server_port}"
    with _answering(server):
        found = asyncio.run(check_clock(url))
    assert found is not None
    assert (found.verdict, ("timedatectl" in found.remedy)) == (verdict, verdict != "ok")
    assert asyncio.run(check_clock(url)) is None


def test_secrets_that_others_can_read(settings: Settings, made: Make) -> None:
    """Each file is named, and the command that closes it."""
    assert check_secret_files(settings, Asked()) is None
    settings.home.mkdir()
    token = settings.home / "token"
    token.write_text("t")
    token.chmod(0o600)
    key = made()[1]
    found = check_secret_files(settings, Asked(key=key))
    assert found is not None
    assert found.verdict == "ok"
    token.chmod(0o640)
    key.chmod(0o644)
    found = check_secret_files(settings, Asked(key=key))
    assert found is not None
    assert (found.verdict, found.remedy) == ("failed", f"chmod 600 {token} {key}")


def test_a_half_finished_upgrade_or_restore(settings: Settings) -> None:
    """A ledger that is not whole, one of a newer version, and a restore that was broken off; nothing is changed."""
    assert asyncio.run(check_ledger(settings)) is None
    asyncio.run(Database(settings.home).read(lambda _: None))
    for words, told in {
        "": f"schema {VERSION}",
        "DROP TABLE runs": "not whole: runs missing",
        "UPDATE ledger SET version = 9": "newer version (schema 9",
    }.items():
        connection = sqlite3.connect(settings.home / "ledger.db")
        connection.executescript(words)
        connection.close()
        found = asyncio.run(check_ledger(settings))
        assert found is not None
        assert (told in found.result, found.verdict) == (True, "failed" if words else "ok")
        assert bool(found.remedy) == bool(words)
    (settings.home / RESTORING).write_text("/backups/one.tar.gz\n")
    found = asyncio.run(check_ledger(settings))
    assert found is not None
    assert found.remedy == "run it again: claude-cluster-distributed restore /backups/one.tar.gz --force"


def test_an_older_ledger_is_left_as_it_is(settings: Settings) -> None:
    """Setup says that the next start upgrades it, and does not."""
    settings.home.mkdir()
    connection = sqlite3.connect(settings.home / "ledger.db")
    connection.executescript((EARLIER / "first.sqlite.sql").read_text() + (EARLIER / "first.rows.sql").read_text())
    found = asyncio.run(check_ledger(settings))
    assert found is not None
    assert (found.verdict, "schema 1; the next start makes it" in found.result) == ("ok", True)
    assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'ledger_schema'").fetchall() == [(0,)]
    connection.close()


def test_setup_shows_them(tmp_path: Path, made: Make) -> None:
    """Through the command: exit code 2, and each with its remedy."""
    certificate, _ = made("one")
    home = tmp_path / "home"
    home.mkdir()
    (home / "token").write_text("t")
    (home / "token").chmod(0o644)
    program = Path(sys.executable).parent / "claude-cluster"
    options = ["--type", "docker", "--role", "node", "--ssl-certfile", str(certificate), "--json"]
    variables = {
        "PATH": os.environ["PATH"], "HOME": str(home), "CLAUDE_CLUSTER_HOME": str(home),
        "DOCKER_HOST": f"unix://{tmp_path / 'none.sock'}", "GITHUB_API_URL": "http://127.0.0.1:9",
    }  # fmt: skip
    command = [str(program), "setup", *options]
    done = subprocess.run(command, capture_output=True, text=True, env=variables, cwd=tmp_path, check=False)
    assert done.returncode == 2, done.stderr
    for words in ("chmod 600", "start Docker", "give both --ssl-certfile and --ssl-keyfile"):
        assert words in done.stdout
