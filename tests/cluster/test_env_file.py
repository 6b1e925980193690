"""`.env`: what is written is what is read, for its owner alone, and nothing is overwritten."""

import stat
from pathlib import Path

import pytest

from cluster.env_file import render, write
from cluster.variables import sections
from domain.errors import ConfigurationError
from domain.settings import Settings

_ROOT = Path(__file__).parents[2]


def test_the_shipped_example_is_the_generated_one() -> None:
    """`python -m cluster.env_file` gives .env.example."""
    assert (_ROOT / ".env.example").read_text(encoding="utf-8") == render()


def test_every_setting_has_its_line() -> None:
    """The example names each field of the settings once."""
    named = [variable.field for section in sections() for variable in section.variables]
    assert sorted(named) == sorted(Settings.model_fields)


def test_the_example_as_it_is_sets_nothing() -> None:
    """A copy that nobody filled in leaves every default alone."""
    Path(".env").write_text(render(), encoding="utf-8")
    assert Settings() == Settings(_env_file=None)


@pytest.mark.parametrize(
    "name",
    ["O'Hara", 'Anna "A" Berg', "back\\slash", "with # hash", " spaces ", "山田 太郎", "$HOME", "a=b", "`x`", "\\'"],
)
def test_a_written_value_is_read_back(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Quotes, signs and other scripts survive the file."""
    monkeypatch.setenv("GIT_USER_NAME", name)
    write(Path(), Settings())
    monkeypatch.delenv("GIT_USER_NAME")
    assert Settings().git_user_name == name


def test_everything_that_was_set_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """Secrets, numbers, lists and paths come back as the same settings; the file is its owner's alone."""
    monkeypatch.setenv("GITHUB_TOKEN", "secret-token")
    monkeypatch.setenv("CLAUDE_CLUSTER_MAX_COST_USD", "1.5")
    monkeypatch.setenv("CLAUDE_CLUSTER_ALLOWED_LOGINS", "ann,bob")
    before = Settings()
    path = write(Path(), before)
    for name in ("GITHUB_TOKEN", "CLAUDE_CLUSTER_MAX_COST_USD", "CLAUDE_CLUSTER_ALLOWED_LOGINS"):
        monkeypatch.delenv(name)
    assert (Settings(), stat.S_IMODE(path.stat().st_mode)) == (before, 0o600)


def test_a_file_that_is_there_stays() -> None:
    """The second goes beside it, the third is refused."""
    Path(".env").write_text("GIT_USER_NAME=Ann\n", encoding="utf-8")
    assert write(Path(), Settings()) == Path(".env.new")
    with pytest.raises(ConfigurationError, match=r"\.env and \.env\.new are there already"):
        write(Path(), Settings())
    assert Path(".env").read_text(encoding="utf-8") == "GIT_USER_NAME=Ann\n"


@pytest.mark.parametrize("value", ["${HOME}", "two\nlines"])
def test_what_the_syntax_cannot_hold_is_refused_unquoted(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the variable and not its value; no file is left."""
    monkeypatch.setenv("GITHUB_TOKEN", value)
    with pytest.raises(ConfigurationError) as refused:
        write(Path(), Settings())
    assert str(refused.value) == "the value of GITHUB_TOKEN can't be written to .env - set it as a real variable"
    assert not Path(".env").exists()
