"""A cluster whose every door is TLS, with an authority of its own: the recipe of docs/tls.md."""

import shutil
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.recipes import own_authority

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not on this machine"),
]
SHOP = "rehearsal/shop"


def test_an_issue_over_tls(building: Callable[..., Any], tmp_path: Path) -> None:
    """Coordinator, Prefect server, node and client; without the authority, or in plain, nobody gets in."""
    authority, certificate, key = own_authority(tmp_path)
    cluster = building(host="0.0.0.0")
    cluster.start("--ssl-certfile", certificate, "--ssl-keyfile", key)
    plain = cluster.join("node-plain", ready=False).wait(60)
    assert (plain.code, "--ca-file" in plain.error) == (2, True)
    cluster.join("node-a", "backend", "--ca-file", authority)
    done = cluster.cli("workflow", "--issue", 1, "--repo", SHOP, "--ca-file", authority)
    assert done.code == 0, done.stderr
    trusted = ssl.create_default_context(cafile=str(authority))
    for name, port in cluster.ports.items():
        path = "api/health" if name == "prefect" else "health"
        assert httpx.get(f"https://127.0.0.1:{port}/{path}", verify=trusted).status_code == 200
        with pytest.raises(httpx.TransportError):
            httpx.get(f"http://127.0.0.1:{port}/{path}")
