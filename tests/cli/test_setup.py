"""`claude-cluster setup` as a person runs it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster.server import stop_server
from demo.rehearsal import Rehearsal

pytestmark = pytest.mark.timeout(480)  # a whole server, on a machine that does much else
_COMMAND = [sys.executable, "-P", "-c", "from cli.main import main; main()", "setup"]
_READ_BACK = """
import asyncio, json
from tasks.blocks import outside
found = asyncio.run(outside()).settings
print(json.dumps([found.github_token.get_secret_value(), found.anthropic_api_key.get_secret_value()]))
"""


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    """One for the module: setup changes nothing on it."""
    with Rehearsal(tmp_path_factory.mktemp("rehearsal")) as running:
        yield running


@pytest.fixture
def env(rehearsal: Rehearsal, tmp_path: Path) -> dict[str, str]:
    """A shell that has been told everything."""
    return {**os.environ, **rehearsal.environment(), "CLAUDE_CLUSTER_HOME": str(tmp_path / "state"), "COLUMNS": "120"}


def _setup(env: dict[str, str], *options: str) -> "subprocess.CompletedProcess[str]":
    done = subprocess.run([*_COMMAND, *options], env=env, capture_output=True, text=True, check=False, timeout=300)
    said = done.stdout + done.stderr
    assert not any(secret in said for secret in ("rehearsal-token", "rehearsal-model-key", "hush-hush")), said
    return done


def test_all_is_well(env: dict[str, str]) -> None:
    """Exit code 0, a row for each check, the repository among them."""
    done = _setup(env, "--repo", "rehearsal/shop", "--json")
    found = json.loads(done.stdout)
    names = [one["check"] for one in found["checks"]]
    assert (done.returncode, found["ok"], names) == (
        0,
        True,
        [
            "Python",
            "git",
            "sandbox",
            "state folder",
            "clock",
            "GitHub",
            "repository rehearsal/shop",
            "Claude",
            "price",
            "Prefect",
            "port 4200",
        ],
    )


def test_what_fails_is_named_with_its_remedy(env: dict[str, str]) -> None:
    """Exit code 2, a table; the repository is not asked for with a token that nobody knows."""
    done = _setup({**env, "GITHUB_TOKEN": "wrong", "CLAUDE_CLUSTER_REPO": "rehearsal/shop"})
    assert done.returncode == 2
    assert "GitHub failed GitHub authentication failed: Bad credentials" in " ".join(done.stdout.split())
    assert "-> check GITHUB_TOKEN, or GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY_FILE" in done.stdout
    assert "repository" not in done.stdout


def test_the_environment_is_written_down(env: dict[str, str], isolated: Path) -> None:
    """A second shell that has only the file is told the same."""
    assert _setup(env, "--write-env").returncode == 0
    bare = {name: value for name, value in env.items() if not name.startswith(("GITHUB_", "ANTHROPIC_", "GIT_"))}
    done = _setup(bare, "--write-env")
    assert (done.returncode, done.stderr.strip()) == (
        0,
        f"wrote {isolated / '.env.new'}; .env was left as it is: compare them",
    )
    assert (isolated / ".env").read_text() == (isolated / ".env.new").read_text()


def test_bad_keys_are_not_saved(env: dict[str, str], tmp_path: Path) -> None:
    """A worker would only find out later; no server is started for them."""
    done = _setup({**env, "ANTHROPIC_API_KEY": "wrong"}, "--save-to-server")
    assert (done.returncode, done.stderr) == (2, "Error: nothing was saved: Claude failed - repair that first\n")
    assert not (tmp_path / "state" / "prefect-server.json").exists()


@pytest.mark.slow
def test_secrets_go_to_the_server_and_come_back(env: dict[str, str], tmp_path: Path) -> None:
    """Blocks on a real server, read by a worker's own way in a process without the variables."""
    home = tmp_path / "state"
    try:
        done = _setup({**env, "GITHUB_WEBHOOK_SECRET": "hush-hush"}, "--save-to-server")
        assert done.returncode == 0, done.stderr
        url = json.loads((home / "prefect-server.json").read_text())["api_url"]
        blocks = "Secret/anthropic-api-key, Secret/github-webhook-secret, GitHubCredentials/github"
        there = url.removesuffix("/api")
        assert done.stderr == f"saved {blocks} on {there}; whoever reaches that server can use them\n"
        bare = {name: value for name, value in env.items() if name not in {"GITHUB_TOKEN", "ANTHROPIC_API_KEY"}}
        read = subprocess.run(
            [sys.executable, "-P", "-c", _READ_BACK],
            env={**bare, "PREFECT_API_URL": url},
            capture_output=True,
            text=True,
            check=True,
        )
        assert json.loads(read.stdout) == ["rehearsal-token", "rehearsal-model-key"]
        again = json.loads(_setup(bare, "--json").stdout)
        assert (again["ok"], again["checks"][-1]["result"]) == (
            True,
            "GITHUB_TOKEN and ANTHROPIC_API_KEY: from blocks of the Prefect server",
        )
    finally:
        stop_server(home)
