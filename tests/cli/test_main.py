"""The program itself: help, exit codes, errors in one line, and what it does not load."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from cli.main import commands

_NAMES = commands.list_commands(None)  # type: ignore[arg-type]
_HEAVY = ("prefect", "anthropic", "githubkit", "fastapi")


@pytest.mark.parametrize("name", ["", *_NAMES])
@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help(run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, name: str, flag: str) -> None:
    """Every command explains itself on stdout within 80 columns and ends well."""
    monkeypatch.setenv("COLUMNS", "80")
    said = run(*name.split(), flag)
    assert (said.code, said.stderr) == (0, "")
    assert said.stdout.startswith("Usage: ")
    assert [line for line in said.stdout.splitlines() if len(line) > 80] == []


@pytest.mark.parametrize("name", _NAMES)
def test_every_option_says_what_it_does(name: str) -> None:
    """No option is without words."""
    command = commands.get_command(None, name)  # type: ignore[arg-type]
    assert command is not None
    assert [one.name for one in command.params if isinstance(one, click.Option) and not one.help] == []


@pytest.mark.parametrize("arguments", [("--nonsense",), ("nonsense",), *((name, "--nonsense") for name in _NAMES)])
def test_what_is_not_known(run: Callable[..., Any], arguments: tuple[str, ...]) -> None:
    """An unknown option or command: exit code 2, the reason on stderr, nothing on stdout."""
    said = run(*arguments)
    assert (said.code, said.stdout) == (2, "")
    assert "nonsense" in said.stderr
    assert "Error: " in said.stderr


def test_no_command(run: Callable[..., Any]) -> None:
    """Without a command the help is shown."""
    said = run()
    assert "Commands:" in said.stdout + said.stderr


def test_the_version(run: Callable[..., Any]) -> None:
    """Name and number."""
    assert run("--version").stdout.startswith("claude-cluster, version ")


def test_an_error_is_one_line(run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A trace is shown only with LOG_LEVEL=DEBUG, above the same line."""
    said = run("status", "--task-id", "task-20260101-001")
    assert (said.code, said.stderr.count("\n")) == (2, 1)
    assert "task-20260101-001" in said.stderr
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")
    loud = run("status", "--task-id", "task-20260101-001")
    assert "Traceback" in loud.stderr
    assert loud.stderr.endswith(said.stderr)


@pytest.mark.parametrize(
    "arguments", [("--help",), ("agents",), ("status", "--json"), ("logs",), ("workflow", "--help"), ("demo", "--help")]
)
def test_quick_commands_load_nothing_heavy(arguments: tuple[str, ...], isolated: Path) -> None:
    """What needs no flow and no forge loads neither Prefect nor the clients of GitHub and Claude."""
    code = (
        "import sys\nfrom cli.main import main\n"
        f"try:\n    main({list(arguments)!r})\nexcept SystemExit as ended:\n    assert not ended.code, ended.code\n"
        f"print('loaded', *[name for name in {_HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=isolated)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "loaded"


def test_a_reader_that_goes_away(isolated: Path) -> None:
    """`claude-cluster agents | head -1`: no trace."""
    program = Path(sys.executable).parent / "claude-cluster"
    command = f"{program} agents --json | head -1"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False, cwd=isolated)
    assert (done.stdout, done.stderr) == ("{\n", "")
