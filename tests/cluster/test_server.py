"""One background Prefect server a state folder."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from cluster.server import Server, ensure_server, running_server, server_variables, stop_server
from domain.errors import ConfigurationError

_ENSURE = "import sys; from pathlib import Path; from cluster.server import ensure_server\n"
_ENSURE += "print(ensure_server(Path(sys.argv[1]), None).model_dump_json())"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A state folder whose server is ended with the test."""
    yield tmp_path / "state"
    stop_server(tmp_path / "state")


def test_commands_share_one_server(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two commands at the same moment get the server that a killed one began to start.

    It holds no key, listens on loopback alone, and can be ended.
    """
    monkeypatch.setenv("GITHUB_TOKEN", "a-token")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "a-key")
    killed = _ensure(home)
    while not (home / "prefect-server.json").exists():
        time.sleep(0.02)
    killed.kill()
    begun = json.loads((home / "prefect-server.json").read_text())
    started = [_ensure(home), _ensure(home)]
    first, second = [json.loads(process.communicate(timeout=150)[0]) for process in started]
    assert first == second == begun
    server = ensure_server(home, None)
    assert (server.api_url, server.pid) == (first["api_url"], first["pid"])
    assert running_server(home) == server.api_url
    family = [psutil.Process(server.pid), *psutil.Process(server.pid).children(recursive=True)]
    assert {"GITHUB_TOKEN", "ANTHROPIC_API_KEY"} & set(family[0].environ()) == set()
    listening = [one.laddr.ip for p in family for one in p.net_connections("inet") if one.status == "LISTEN"]
    assert set(listening) == {"127.0.0.1"}
    assert stop_server(home) is True
    assert [one for one in family if one.is_running() and one.status() != psutil.STATUS_ZOMBIE] == []
    assert (running_server(home), stop_server(home)) == (None, False)


@pytest.mark.slow
def test_two_folders_at_the_same_moment(tmp_path: Path) -> None:
    """Both want the preferred port; each gets a server of its own."""
    homes = [tmp_path / "one", tmp_path / "two"]
    try:
        started = [_ensure(home) for home in homes]
        told = [json.loads(process.communicate(timeout=170)[0]) for process in started]
        assert len({one["api_url"] for one in told}) == 2
        assert [running_server(home) for home in homes] == [one["api_url"] for one in told]
    finally:
        for home in homes:
            stop_server(home)


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/api", "not an address"])
def test_a_server_that_does_not_answer(home: Path, address: str) -> None:
    """The one that was named is never replaced by our own."""
    with pytest.raises(ConfigurationError, match=r"does not answer - check PREFECT_API_URL"):
        ensure_server(home, address)


def test_a_strangers_process_is_not_ended(home: Path) -> None:
    """The record's process number belongs to somebody else by now: it is no server of ours."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as stranger:
        home.mkdir()
        record = {"api_url": "http://127.0.0.1:4200/api", "pid": stranger.pid}
        (home / "prefect-server.json").write_text(json.dumps(record))
        assert (running_server(home), stop_server(home)) == (None, False)
        assert stranger.poll() is None
        stranger.kill()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"api_url": 3}', '{"api_url": "http://127.0.0.1:9/api"}'])
def test_a_broken_record_is_no_server(home: Path, text: str) -> None:
    """A record that was cut short, or that names no process, is passed over."""
    home.mkdir()
    (home / "prefect-server.json").write_text(text)
    assert (running_server(home), stop_server(home)) == (None, False)


def test_an_interrupted_start_leaves_nothing(home: Path) -> None:
    """Ctrl-C while the server starts ends it: nobody would know of it."""
    starting = _ensure(home)
    child: list[psutil.Process] = []
    deadline = time.monotonic() + 30
    while not child and time.monotonic() < deadline:
        time.sleep(0.05)
        child = psutil.Process(starting.pid).children(recursive=True)
    starting.send_signal(signal.SIGINT)
    starting.communicate(timeout=30)
    assert [one for one in child if one.is_running() and one.status() != psutil.STATUS_ZOMBIE] == []
    assert not (home / "prefect-server.json").exists()


def test_what_a_process_needs_to_reach_it(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The address, a Prefect home that the user chose or one in the state folder, and no telemetry."""
    monkeypatch.delenv("PREFECT_HOME")
    server = Server(api_url="http://127.0.0.1:4200/api")
    assert server_variables(home, server) == {
        "PREFECT_API_URL": "http://127.0.0.1:4200/api",
        "PREFECT_HOME": str(home / "prefect"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }
    monkeypatch.setenv("PREFECT_HOME", "/elsewhere")
    assert server_variables(home, server)["PREFECT_HOME"] == "/elsewhere"
    assert server.ui_url == "http://127.0.0.1:4200"


def _ensure(home: Path) -> "subprocess.Popen[str]":
    """A command of its own that needs the server."""
    return subprocess.Popen(
        [sys.executable, "-P", "-c", _ENSURE, str(home)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509 - one signal
    )
