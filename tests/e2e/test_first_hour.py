"""The page of the first hour, typed from its top to its end on a machine that has nothing but the checkout."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.pages, pytest.mark.timeout(1_800)]
ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
# Before the environment is there; `.ci/run` does the same as `make demo`.
_BEFORE = ("sudo apt", "git clone", "cd ", "make demo", "source ")
_SECONDS = 400


def _commands() -> list[str]:
    page = (ROOT / "docs" / "first-hour.md").read_text(encoding="utf-8")
    lines = [line for block in _BLOCK.findall(page) for line in block.splitlines()]
    return [line for line in lines if not line.startswith(_BEFORE)]


def _typed(stage: Any, checkout: Path, command: str) -> str:
    """What it says; the issue, the repository and the task are the rehearsal's."""
    for theirs, ours in (("owner/name", "rehearsal/shop"), ("--issue 123", "--issue 1")):
        command = command.replace(theirs, ours)
    if "resume" in command:  # of a task that was made and not finished
        made = _bash(stage, checkout, "claude-cluster create-task --issue 2 --repo rehearsal/shop")
        command = re.sub(r"task-\d+-\d+", made.strip(), command)
    return _bash(stage, checkout, command)


def _bash(stage: Any, checkout: Path, command: str) -> str:
    where = {**stage.environment, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=checkout,
        env=where,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_the_page_works_as_it_is_typed(stage: Any, tmp_path: Path) -> None:
    """Every command ends well, and says what the page promises of it."""
    checkout = tmp_path / "checkout"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(checkout)], check=True, timeout=_SECONDS)
    said = {command: _typed(stage, checkout, command) for command in _commands()}
    assert len(said) > 8
    assert (checkout / ".env").stat().st_mode & 0o777 == 0o600
    assert "backend" in said["claude-cluster agents"]
    assert "+++ b/shop/pagination.py" in said[_only(said, "--dry-run")]
    assert said["claude-cluster workflow --issue 123 --repo owner/name"].splitlines()[-1].endswith("/pull/4")
    assert said[_only(said, "resume")].splitlines()[-1].endswith("/pull/5")
    assert len(stage.traces().pulls) == 2


def _only(said: dict[str, str], word: str) -> str:
    (command,) = (one for one in said if word in one)
    return command
