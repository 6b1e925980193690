"""The rehearsal as a whole: what it exposes, what it leaves behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from demo.model import load_script
from demo.rehearsal import Rehearsal

ROOT = Path(__file__).parents[2]


def test_the_environment_points_at_it(rehearsal: Rehearsal) -> None:
    """The variables of the product's contract, with addresses that answer to these keys."""
    variables = rehearsal.environment()
    assert variables == {
        "GITHUB_TOKEN": rehearsal.token,
        "GITHUB_API_URL": rehearsal.api_url,
        "GITHUB_SERVER_URL": rehearsal.server_url,
        "ANTHROPIC_API_KEY": rehearsal.model_key,
        "ANTHROPIC_BASE_URL": rehearsal.model_url,
        "GIT_USER_NAME": "Rehearsal",
        "GIT_USER_EMAIL": "rehearsal@example.invalid",
    }
    user = httpx.get(f"{rehearsal.api_url}/user", headers={"authorization": f"Bearer {rehearsal.token}"})
    models = httpx.get(f"{rehearsal.model_url}/v1/models", headers={"x-api-key": rehearsal.model_key})
    assert (user.status_code, models.status_code) == (200, 200)


def test_two_rehearsals_at_the_same_time(tmp_path: Path) -> None:
    """Ports are free ones; nothing is shared."""
    with Rehearsal(tmp_path / "a") as one, Rehearsal(tmp_path / "b") as other:
        one.forge.create_issue(one.repo, "Only here", "x")
        assert len({one.server_url, other.server_url, one.model_url, other.model_url}) == 4
        assert httpx.get(f"{other.server_url}/{other.repo}/issues/4").status_code == 404


def test_everything_is_below_its_folder_and_starts_afresh(tmp_path: Path) -> None:
    """Only the folder is written, its ports are free again afterwards, and a second start begins anew."""
    with Rehearsal(tmp_path / "here") as first:
        first.forge.commit(first.repo, "old", {"a": "a"}, "Old")
        port = int(first.server_url.rsplit(":", 1)[1])
    assert [path.name for path in tmp_path.iterdir()] == ["here"]
    with Rehearsal(tmp_path / "here", forge_port=port) as second:
        assert second.server_url == first.server_url
        assert second.forge.branch_sha(second.repo, "old") is None


def test_the_scripts_are_loaded(rehearsal: Rehearsal) -> None:
    """One for each sample issue, and more can be added."""
    assert len(rehearsal.model.scripts) == len(rehearsal.issues) == 3
    rehearsal.model.scripts.append(load_script(ROOT / "demo/samples/scripts/zeikomi.toml"))


def test_it_imports_nothing_of_the_product() -> None:
    """It stays apart, so that it can stand in for the world."""
    product = ("adapters", "agents", "cli", "cluster", "deployments", "domain", "flows", "proof", "tasks", "wiring")
    loaded = "[m for m in sys.modules if m.split('.')[0] in sys.argv[1:]]"
    code = f"import sys, demo.rehearsal, demo.samples.build; print({loaded})"
    done = subprocess.run(
        [sys.executable, "-c", code, *product, "prefect", "anthropic", "pydantic"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_runs_until_ctrl_c(tmp_path: Path, ending: signal.Signals) -> None:
    """It prints lines that a shell can read, serves, and ends without a word."""
    command = [sys.executable, "-m", "demo.rehearsal", "--folder", str(tmp_path / "kept")]
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        lines = [running.stdout.readline() for _ in range(8)]
        script = "".join(lines) + 'echo "$GITHUB_SERVER_URL"'
        url = subprocess.run(["sh", "-c", script], env=env, capture_output=True, text=True, check=True).stdout.strip()
        assert httpx.get(f"{url}/rehearsal/shop").status_code == 200
        running.send_signal(ending)
        rest, errors = running.communicate(timeout=15)
    assert (running.returncode, rest, errors) == (0, "", "")
