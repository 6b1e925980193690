"""Settings from the environment and from `.env`."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from domain.endpoint import Endpoint
from domain.errors import ConfigurationError
from domain.settings import Settings
from wiring.configuration import load_settings


def test_the_defaults_are_the_contracts() -> None:
    """Limits, model and addresses when nothing is set."""
    settings = Settings()
    assert settings.limits.model_dump() == {
        "max_cost_usd": 3.0,
        "daily_cost_usd": 50.0,
        "max_steps": 150,
        "max_seconds": 3600,
        "command_seconds": 120,
    }
    assert (settings.model, settings.sandbox, settings.log_level) == ("claude-opus-5-5", "auto", "INFO")
    assert (settings.github_api_url, settings.github_server_url) == ("https://api.github.com", "https://github.com")


def test_the_environment_beats_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """`.env` of the current folder fills in what is not set."""
    Path(".env").write_text("CLAUDE_CLUSTER_REPO=a/b\nCLAUDE_CLUSTER_MAX_STEPS=7\nGITHUB_TOKEN=t\n")
    monkeypatch.setenv("CLAUDE_CLUSTER_MAX_STEPS", "9")
    settings = load_settings()
    assert (settings.repo, settings.max_steps) == ("a/b", 9)
    assert settings.github_token is not None
    assert "t" not in str(settings.github_token)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CLAUDE_CLUSTER_MAX_STEPS", "many"),
        ("CLAUDE_CLUSTER_MAX_COST_USD", "-1"),
        ("CLAUDE_CLUSTER_SANDBOX", "maybe"),
        ("GITHUB_API_URL", "ftp://x"),
        ("CLAUDE_CLUSTER_PRIVATE_TEST_HOSTS", "db.local:5432,10.0.0.0/8"),
        ("LOG_LEVEL", "LOUD"),
    ],
)
def test_a_value_that_cannot_be_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """One line with the variable's name, exit code 2."""
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=name) as caught:
        load_settings()
    assert "\n" not in str(caught.value)


def test_people_who_may_trigger_are_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """Comma-separated, spaces do not count."""
    monkeypatch.setenv("CLAUDE_CLUSTER_ALLOWED_LOGINS", "ann, bob,,")
    assert load_settings().allowed_logins == ("ann", "bob")


def test_an_env_file_of_the_repository_is_refused(sh: Callable[..., str]) -> None:
    """Tracked by git, anybody may have written it; ignored or merely lying there, it is the user's own."""
    sh("init", "-q")
    Path(".env").write_text("CLAUDE_CLUSTER_MAX_STEPS=7\n")
    assert load_settings().max_steps == 7
    sh("add", "-f", ".env")
    with pytest.raises(ConfigurationError, match=r"\.env is part of the repository"):
        load_settings()
    folder = Path("sub")
    folder.mkdir()
    os.chdir(folder)
    assert load_settings().max_steps == 150
    Path(".env").write_text("CLAUDE_CLUSTER_SANDBOX=none\n")
    sh("add", "-f", ".env")
    with pytest.raises(ConfigurationError, match="can't be trusted"):
        load_settings()


def test_git_runs_nothing_to_find_that_out(sh: Callable[..., str]) -> None:
    """A planted fsmonitor of the folder stays dead."""
    sh("init", "-q")
    Path(".env").write_text("CLAUDE_CLUSTER_MAX_STEPS=7\n")
    sh("add", "-f", ".env")
    sh("config", "core.fsmonitor", "touch canary")
    with pytest.raises(ConfigurationError):
        load_settings()
    assert not Path("canary").exists()


@pytest.fixture
def sh() -> Callable[..., str]:
    """Plain git in the current folder."""

    def run(*arguments: str) -> str:
        return subprocess.run(["git", *arguments], check=True, capture_output=True, text=True).stdout

    return run


def test_private_services_are_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """Comma-separated, spaces do not count, nothing means none."""
    assert load_settings().private_test_hosts == ()
    monkeypatch.setenv("CLAUDE_CLUSTER_PRIVATE_TEST_HOSTS", "db.local:5432, 10.0.0.7:80,")
    found = (Endpoint(host="db.local", port=5432), Endpoint(host="10.0.0.7", port=80))
    assert load_settings().private_test_hosts == found
