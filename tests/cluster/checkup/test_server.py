"""What is said of Prefect without starting it."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster.checkup.finding import Finding
from cluster.checkup.server import check_port, check_server
from cluster.server import PREFERRED_PORT, running_server
from domain.settings import Settings


def _settings(home: Path, url: str | None = None) -> Settings:
    return Settings().model_copy(update={"home": home, "prefect_api_url": url})


@pytest.fixture
def taken() -> Iterator[None]:
    """The port is used by somebody, if not by another program then by us."""
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            holder.bind(("127.0.0.1", PREFERRED_PORT))
            holder.listen()
        except OSError:
            pass
        yield


def test_no_server_is_no_failure(tmp_path: Path) -> None:
    """Ours starts when first needed, and the check does not start it."""
    assert check_server(_settings(tmp_path)) == Finding(
        check="Prefect", verdict="ok", result="not running; starts when first needed"
    )
    assert running_server(tmp_path) is None


def test_a_named_server_must_answer(tmp_path: Path) -> None:
    """PREFECT_API_URL is never replaced by a server of our own."""
    assert check_server(_settings(tmp_path, "http://127.0.0.1:9/api")) == Finding(
        check="Prefect",
        verdict="failed",
        result="the Prefect server at http://127.0.0.1:9/api does not answer",
        remedy="check PREFECT_API_URL",
    )


@pytest.mark.usefixtures("taken")
def test_a_taken_port_is_a_warning(tmp_path: Path) -> None:
    """The server takes another one then."""
    assert check_port(_settings(tmp_path)) == Finding(
        check="port 4200",
        verdict="warning",
        result="used by another program; Prefect's UI will get another port",
        remedy="end that program if the UI should be at its usual address",
    )


def test_the_port_does_not_matter_with_a_named_server(tmp_path: Path) -> None:
    """Nothing would be started there."""
    assert check_port(_settings(tmp_path, "http://127.0.0.1:9/api")) is None
