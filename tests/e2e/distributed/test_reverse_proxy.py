"""A coordinator behind nginx, which has the certificate: the recipe of docs/tls.md over real TLS."""

import hashlib
import hmac
import json
import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.recipes import fenced, own_authority

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(NGINX is None or shutil.which("openssl") is None, reason="nginx or openssl is not installed"),
]


def free_port() -> int:
    """A port that nobody has now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _proxy(folder: Path, ports: dict[str, int], until: Callable[..., None]) -> Iterator[int]:
    """Nginx with the block of the page, its paths and ports those of this test."""
    _, certificate, key = own_authority(folder)
    port = free_port()
    server = fenced("tls.md", "nginx", "server_name")
    for old, new in {
        "listen 443": f"listen 127.0.0.1:{port}",
        "/etc/ssl/cluster/cluster.pem": certificate,
        "/etc/ssl/cluster/cluster.key": key,
        "127.0.0.1:8000": f"127.0.0.1:{ports['hooks']}",
        "127.0.0.1:8001": f"127.0.0.1:{ports['api']}",
    }.items():
        assert old in server
        server = server.replace(old, str(new))
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    head = f"daemon off;\nerror_log stderr;\npid {folder}/pid;\nevents {{}}\n"
    text = f"{head}http {{\naccess_log off;\n{temporary}{server}}}\n"
    (folder / "nginx.conf").write_text(text)
    command = [str(NGINX), "-e", "stderr", "-c", str(folder / "nginx.conf"), "-p", str(folder)]
    with (folder / "nginx.log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            until(lambda: (folder / "pid").exists() or process.poll() is not None, 30)
            assert process.poll() is None, (folder / "nginx.log").read_text()
            yield port
        finally:
            process.terminate()


def test_through_the_proxy(building: Callable[..., Any], tmp_path: Path, until: Callable[..., None]) -> None:
    """Clients and webhooks come through with TLS; without the token, or with a wrong signature, nobody does."""
    cluster = building(host="0.0.0.0", extra={"GITHUB_WEBHOOK_SECRET": "hush"})
    cluster.start()
    with _proxy(tmp_path, cluster.ports, until) as port:
        authority = tmp_path / "ca.pem"
        where = ("--coordinator-host", "localhost", "--coordinator-port", port, "--ca-file", authority)
        variables = {"CLAUDE_CLUSTER_API_TOKEN": cluster.token}
        program = "claude-cluster-distributed"
        shown = cluster.stage.start(program, "status", "--show-cluster", "--json", *where, env=variables).wait()
        assert (shown.code, json.loads(shown.stdout)["nodes"]) == (0, []), shown.stderr
        refused = cluster.stage.start(program, "status", "--show-cluster", *where).wait()
        assert (refused.code, "token" in refused.error) == (1, True)
        trusted = ssl.create_default_context(cafile=str(authority))
        with httpx.Client(base_url=f"https://127.0.0.1:{port}", verify=trusted, timeout=30) as client:
            assert client.get("/health").status_code == 200
            assert client.get("/api/tasks").status_code == 401
            body = b'{"zen": "x"}'
            signed = hmac.new(b"hush", body, hashlib.sha256).hexdigest()
            for digest, status in ((signed, 200), ("0" * 64, 401)):
                headers = {
                    "X-GitHub-Event": "ping",
                    "X-GitHub-Delivery": f"d-{status}",
                    "Content-Type": "application/json",
                }
                answer = client.post(
                    "/webhook", content=body, headers={**headers, "X-Hub-Signature-256": f"sha256={digest}"}
                )
                assert answer.status_code == status, answer.text
