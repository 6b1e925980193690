"""Settings: read once, wrong ones named, secrets never shown."""

import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from domain.errors import ConfigurationError
from wiring.configuration import load_settings
from wiring.outside import Outside

_HEAVY = ("anthropic", "githubkit", "prefect", "sqlalchemy", "git")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CLAUDE_CLUSTER_MAX_STEPS", "abc"),
        ("CLAUDE_CLUSTER_MAX_STEPS", "0"),
        ("CLAUDE_CLUSTER_MAX_COST_USD", "-1"),
        ("CLAUDE_CLUSTER_SANDBOX", "jail"),
        ("COORDINATOR_PORT", "70000"),
        ("LOG_LEVEL", "LOUD"),
        ("GITHUB_API_URL", "api.github.com"),
    ],
)
def test_a_wrong_value_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """One line that begins with the variable and says where to correct it."""
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError) as caught:
        load_settings()
    assert str(caught.value).startswith(f"{name}: ")
    assert str(caught.value).endswith(" - correct it in the environment or in .env")
    assert "\n" not in str(caught.value)


def test_the_environment_beats_the_file(isolated: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`.env` fills in what the environment leaves out; an empty variable is none."""
    (isolated / ".env").write_text("GITHUB_TOKEN=of-the-file\nCLAUDE_CLUSTER_MAX_STEPS=9\nUNKNOWN=1\n")
    monkeypatch.setenv("CLAUDE_CLUSTER_MAX_STEPS", "7")
    monkeypatch.setenv("GITHUB_TOKEN", "")
    settings = load_settings()
    assert (settings.max_steps, settings.github_token) == (7, SecretStr("of-the-file"))


def test_secrets_fill_in_only_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment beats blocks."""
    monkeypatch.setenv("GITHUB_TOKEN", "of-the-environment")
    settings = load_settings(github_token=SecretStr("of-a-block"), anthropic_api_key=SecretStr("a-key"))
    assert settings.github_token == SecretStr("of-the-environment")
    assert settings.anthropic_api_key == SecretStr("a-key")


def test_no_secret_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither printing the settings nor a complaint about them shows a value that is secret."""
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_hidden")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-hidden")
    assert "hidden" not in repr(load_settings()) + repr(Outside(load_settings()))


def test_adapters_are_made_when_they_are_asked_for(isolated: Path) -> None:
    """Wiring everything loads no client and touches neither disk nor network."""
    code = (
        "import sys\nfrom wiring.configuration import load_settings\nfrom wiring.outside import Outside\n"
        f"desk = Outside(load_settings())\nprint(*[name for name in {_HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=isolated)
    assert done.stdout == "\n"
    assert list(isolated.iterdir()) == []


_ACTS = {"look_up_model", "sandbox_kind"}


def test_one_of_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process has one adapter of a kind, however often it is asked for."""
    monkeypatch.setenv("GITHUB_TOKEN", "a-token")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "a-key")
    monkeypatch.setenv("CLAUDE_CLUSTER_SANDBOX", "none")
    desk = Outside(load_settings())
    names = [name for name in dir(Outside) if not name.startswith("_") and name not in {"files", "settings", *_ACTS}]
    assert len(names) >= 10
    assert [name for name in names if getattr(desk, name) is not getattr(desk, name)] == []
