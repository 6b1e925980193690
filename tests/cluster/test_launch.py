"""What a child process is given, and how it is ended."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from pydantic import SecretStr

from cluster.launch import CaseProcess, child_environment
from cluster.server import Server
from domain.settings import Settings
from tasks.log_file import log_file
from wiring.configuration import load_settings

_SERVER = Server(api_url="http://127.0.0.1:4200/api")
_TREE = "import subprocess, sys, time\nsubprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"


def test_a_child_has_the_same_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every setting reaches the child, and what a `.env` of its current folder says does not."""
    for name, value in _every_setting(tmp_path).items():
        monkeypatch.setenv(name, value)
    ours = load_settings()
    assert [name for name, field in Settings.model_fields.items() if getattr(ours, name) == field.default] == []
    given = child_environment(ours, _SERVER)
    for name in list(os.environ):
        monkeypatch.delenv(name)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / ".env").write_text("GITHUB_TOKEN=theirs\nCLAUDE_CLUSTER_MAX_STEPS=1\n")
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert load_settings() == ours.model_copy(update={"prefect_api_url": _SERVER.api_url})


def test_what_is_not_set_is_not_invented(monkeypatch: pytest.MonkeyPatch) -> None:
    """A setting that has no value makes no variable, so that a block may fill it in."""
    given = child_environment(load_settings(), _SERVER)
    assert {"GITHUB_TOKEN", "ANTHROPIC_API_KEY", "CLAUDE_CLUSTER_ALLOWED_LOGINS"} & set(given) == set()
    assert given["PREFECT_API_URL"] == _SERVER.api_url


@pytest.mark.parametrize("heeds", [True, False], ids=["ends when asked", "ignores it"])
def test_a_process_is_ended_with_its_children(heeds: bool) -> None:
    """Within two seconds, also when it does not listen."""
    deaf = "" if heeds else "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    child = subprocess.Popen([sys.executable, "-c", f"{deaf}{_TREE}time.sleep(60)"], start_new_session=True)
    while not (family := psutil.Process(child.pid).children(recursive=True)):
        time.sleep(0.02)
    began = time.monotonic()
    process = CaseProcess(child)
    assert process.exit_code is None
    process.stop()
    assert time.monotonic() - began < 2
    assert process.exit_code is not None
    psutil.wait_procs(family, timeout=1)
    assert [one for one in family if one.is_running() and one.status() != psutil.STATUS_ZOMBIE] == []
    process.stop()


def test_where_the_log_is(tmp_path: Path) -> None:
    """In the state folder."""
    assert log_file(tmp_path) == tmp_path / "logs" / "claude-cluster.log"


def _every_setting(folder: Path) -> dict[str, str]:
    """A value other than the default for each; a new setting fails the test above until it is here."""
    return {
        "GITHUB_TOKEN": SecretStr("a-token").get_secret_value(),
        "GITHUB_APP_ID": "17",
        "GITHUB_APP_PRIVATE_KEY_FILE": str(folder / "key.pem"),
        "GITHUB_API_URL": "https://forge.example/api/v3",
        "GITHUB_SERVER_URL": "https://forge.example",
        "GITHUB_WEBHOOK_SECRET": "a-secret",
        "GIT_USER_NAME": "Bot",
        "GIT_USER_EMAIL": "bot@forge.example",
        "ANTHROPIC_API_KEY": "a-key",
        "ANTHROPIC_BASE_URL": "https://model.example",
        "COORDINATOR_HOST": "coordinator.example",
        "COORDINATOR_PORT": "9001",
        "LOG_LEVEL": "WARNING",
        "CLAUDE_CLUSTER_LOG_FORMAT": "json",
        "CLAUDE_CLUSTER_HOME": str(folder / "state"),
        "CLAUDE_CLUSTER_REPO": "acme/shop",
        "CLAUDE_CLUSTER_COORDINATOR_URL": "https://coordinator.example:9001",
        "CLAUDE_CLUSTER_CA_FILE": str(folder / "ca.pem"),
        "CLAUDE_CLUSTER_NODE_ID": "node-7",
        "CLAUDE_CLUSTER_DATABASE_URL": "sqlite:///elsewhere.db",
        "CLAUDE_CLUSTER_MODEL": "a-model",
        "CLAUDE_CLUSTER_PRICES": str(folder / "prices.toml"),
        "CLAUDE_CLUSTER_MAX_COST_USD": "1.5",
        "CLAUDE_CLUSTER_DAILY_COST_USD": "9.5",
        "CLAUDE_CLUSTER_MAX_STEPS": "7",
        "CLAUDE_CLUSTER_MAX_SECONDS": "77",
        "CLAUDE_CLUSTER_COMMAND_SECONDS": "8",
        "CLAUDE_CLUSTER_SANDBOX": "none",
        "CLAUDE_CLUSTER_TASK_IMAGE": "an-image",
        "CLAUDE_CLUSTER_TASK_MEMORY": "1g",
        "CLAUDE_CLUSTER_TASK_CPUS": "1.5",
        "CLAUDE_CLUSTER_TASK_NETWORK": "a-network",
        "CLAUDE_CLUSTER_API_TOKEN": "another-token",
        "CLAUDE_CLUSTER_ALLOWED_LOGINS": "ann, bob",
        "CLAUDE_CLUSTER_PRIVATE_TEST_HOSTS": "db.local:5432, localhost:6379",
        "PREFECT_API_URL": "http://127.0.0.1:4201/api",
    }
