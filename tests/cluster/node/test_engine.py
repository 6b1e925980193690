"""A node of a cluster of type docker finds out what its engine's containers can do, and says what is missing."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from cluster.node.docker_worker import passed_on
from cluster.node.engine import _asked
from domain.errors import ConfigurationError
from tests.infra.docker.conftest import BASE, docker, engine

__all__ = ["engine"]  # a fixture
_NODE = '{"platform": "linux-x86_64", "sandbox": "container", "toolchains": ["node"], "memory_gb": 4.0, "cores": 2}'


def test_without_an_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says that the cluster asks for one."""
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    with pytest.raises(ConfigurationError, match="of type docker, and no Docker engine answers here"):
        _asked({"image": "any"})


class _Old(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b'{"Version": "19.03.15", "ApiVersion": "1.40", "MinAPIVersion": "1.12"}'
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: Any) -> None:
        """Say nothing."""


@pytest.fixture
def old_engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A server that says of itself what an engine of 2021 does."""
    server = HTTPServer(("127.0.0.1", 0), _Old)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{server.server_port}")
    yield
    server.shutdown()
    server.server_close()


def test_an_engine_that_is_too_old(old_engine: None) -> None:
    """Both versions are named."""
    with pytest.raises(ConfigurationError, match=r"Docker 19\.03\.15 is too old - install 20\.10 or newer"):
        _asked({"image": "any"})


@pytest.mark.engine
def test_an_image_that_is_not_there(engine: str) -> None:
    """The command that builds it is named."""
    with pytest.raises(
        ConfigurationError, match=r"the image claude-cluster-of-nobody is not .* build it: docker build"
    ):
        _asked({"image": "claude-cluster-of-nobody"})


@pytest.mark.engine
def test_an_image_without_the_program(engine: str) -> None:
    """It says what to try."""
    with pytest.raises(ConfigurationError, match=f"a container of {BASE} does not start .* docker run --rm {BASE}"):
        _asked({"image": BASE})


@pytest.mark.engine
def test_an_image_of_another_version(engine: str) -> None:
    """Both versions are named: the coordinator would refuse its containers one by one."""
    said = f'{{"release": "0.0.1", "capabilities": {_NODE}}}'
    lines = (
        f"FROM {BASE}",
        "RUN mkdir -p /own/cluster/node",
        f'RUN echo \'print("""{said}""")\' > /own/cluster/node/capabilities.py',
        "ENV PYTHONPATH=/own",
    )
    docker("build", "-q", "-t", "claude-cluster-other", "-", stdin="\n".join(lines))
    try:
        with pytest.raises(ConfigurationError, match=r"holds version 0\.0\.1, this node is "):
            _asked({"image": "claude-cluster-other"})
    finally:
        docker("rmi", "-f", "claude-cluster-other", check=False)


def test_what_a_container_is_told_of_the_node() -> None:
    """Every setting that is set, but no folder of this machine and nothing that only the coordinator needs."""
    here = {
        "ANTHROPIC_API_KEY": "key",
        "CLAUDE_CLUSTER_COORDINATOR_URL": "http://c:8001",
        "CLAUDE_CLUSTER_DATABASE_URL": "postgresql://c/x",
        "CLAUDE_CLUSTER_HOME": "/home/me/state",
        "CLAUDE_CLUSTER_MAX_STEPS": "",
        "CLAUDE_CLUSTER_SANDBOX": "none",
        "GITHUB_WEBHOOK_SECRET": "secret",
        "PATH": "/bin",
        "PREFECT_HOME": "/home/me/.prefect",
    }
    assert passed_on(here) == {
        "ANTHROPIC_API_KEY": "key",
        "CLAUDE_CLUSTER_COORDINATOR_URL": "http://c:8001",
        "CLAUDE_CLUSTER_HOME": "/var/lib/claude-cluster",
        "PREFECT_HOME": "/var/lib/claude-cluster/prefect",
    }
