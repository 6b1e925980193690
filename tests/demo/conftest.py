"""A rehearsal to talk to, a client of its forge, and git as a user runs it."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from demo.forge import Forge
from demo.rehearsal import Rehearsal

Git = Callable[..., subprocess.CompletedProcess[str]]
REPO = "rehearsal/shop"


@pytest.fixture
def rehearsal(tmp_path: Path) -> Iterator[Rehearsal]:
    """A fresh rehearsal."""
    with Rehearsal(tmp_path / "rehearsal") as running:
        yield running


@pytest.fixture
def forge(rehearsal: Rehearsal) -> Forge:
    """Its forge."""
    return rehearsal.forge


@pytest.fixture
def api(rehearsal: Rehearsal) -> Iterator[httpx.Client]:
    """A client of the sample repository's API with the right to write."""
    with httpx.Client(
        base_url=f"{rehearsal.api_url}/repos/{REPO}", headers={"authorization": "Bearer rehearsal-token"}
    ) as client:
        yield client


@pytest.fixture
def home(rehearsal: Rehearsal) -> str:
    """The address of the sample repository itself in the API."""
    return f"{rehearsal.api_url}/repos/{REPO}"


@pytest.fixture
def visitor(rehearsal: Rehearsal) -> Iterator[httpx.Client]:
    """A client of somebody who may only read."""
    rehearsal.forge.add_token("visitor-token", "visitor")
    with httpx.Client(
        base_url=f"{rehearsal.api_url}/repos/{REPO}", headers={"authorization": "token visitor-token"}
    ) as client:
        yield client


@pytest.fixture
def git(tmp_path: Path) -> Git:
    """Run git in a folder; it fails the test unless told that it may fail."""

    def run(*arguments: str, folder: Path = tmp_path, may_fail: bool = False) -> subprocess.CompletedProcess[str]:
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_AUTHOR_NAME": "Ann",
            "GIT_AUTHOR_EMAIL": "ann@shop.example",
            "GIT_COMMITTER_NAME": "Ann",
            "GIT_COMMITTER_EMAIL": "ann@shop.example",
        }
        done = subprocess.run(["git", *arguments], cwd=folder, env=env, capture_output=True, text=True, check=False)
        assert may_fail or done.returncode == 0, done.stderr
        return done

    return run


@pytest.fixture
def branch(forge: Forge) -> str:
    """A branch with one commit more than main; its tip."""
    return forge.commit(REPO, "claude/issue-1", {"shop/new.py": "one\ntwo\n"}, "Add a module")
