"""The whole pipeline with the sandbox `container`: a real helper as root, the program as its worker."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

pytestmark = pytest.mark.slow

_SHOP = "rehearsal/shop"
_SECONDS = 400
_FIRST = 200_000 + os.getpid() % 1_000 * 1_000
_WORKER = _FIRST + 999


def _python() -> str:
    """Ours if other users may run it, else the system's of the same version, which finds the same packages."""
    version = f"python3.{sys.version_info.minor}"
    for found in (sys.executable, f"/usr/local/bin/{version}", f"/usr/bin/{version}"):
        real = Path(found).resolve()
        if real.is_file() and all(folder.stat().st_mode & 0o001 for folder in (real, *real.parents)):
            return found
    pytest.skip(f"no {version} here that a user without rights could run")


@pytest.fixture
def ground() -> Iterator[Path]:
    """A folder that the worker can reach."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("the helper of the sandbox `container` is started by root, on Linux")
    folder = Path(tempfile.mkdtemp(prefix="claude-cluster-container-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def _run(ground: Path, stage: Any, *arguments: object) -> "subprocess.CompletedProcess[str]":
    own = {
        "CLAUDE_CLUSTER_SANDBOX": "container",
        "CLAUDE_CLUSTER_HOME": str(ground / "state"),
        "PREFECT_HOME": str(ground / "state" / "prefect"),
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), *sys.path]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    numbers = ("--user", _WORKER, "--first-uid", _FIRST, "--slots", 20, "--shared", 500)
    helper = (sys.executable, "-m", "adapters.sandbox.container.main", *numbers, "--socket", ground / "run" / "socket")
    program = (_python(), "-c", "from cli.main import main; main()", *arguments)
    return subprocess.run(
        [str(word) for word in (*helper, "--", *program)],
        env=stage.environment | own,
        cwd=ground,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )


@pytest.mark.timeout(700)
def test_an_issue_becomes_a_pull_request(ground: Path, stage: Any) -> None:
    """Installing, the agent's commands, staging and three rounds of tests work as users of their own."""
    done = _run(ground, stage, "workflow", "--issue", 1, "--repo", _SHOP, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["outcome"] == "opened"
    assert told["receipt"]["head"]["failed"] == 0
    assert "tests/test_api.py::test_the_last_page_may_be_short" in told["receipt"]["fixed"]
    assert len(stage.traces().pulls) == 1
    slots = range(_FIRST, _FIRST + 999)
    assert [one for one in psutil.process_iter() if one.uids().real in slots] == []
    assert [path for path in (ground / "run" / "slots").glob("*/*") if any(path.iterdir())] == []
    assert {path.stat().st_uid for path in (ground / "state").iterdir()} == {_WORKER}
    assert [path for path in (ground / "state").iterdir() if path.stat().st_mode & 0o006] == []


def test_setup_says_which_is_in_force(ground: Path, bare: Any) -> None:
    """`claude-cluster setup` tries it for real and names it."""
    done = _run(ground, bare, "setup")
    line = next(line for line in (done.stdout + done.stderr).splitlines() if "container (a" in line)
    assert "sandbox" in line


def test_a_state_folder_of_somebody_else(ground: Path, bare: Any) -> None:
    """It is refused in one line that says whose it is and how to give it away."""
    (ground / "state" / "logs").mkdir(parents=True)
    done = _run(ground, bare, "status")
    assert done.returncode == 2
    assert done.stderr == (
        f"Error: the state folder {ground}/state belongs to user 0, not to the worker (user {_WORKER}) - "
        f"chown -R {_WORKER}:{_WORKER} {ground}/state, or name its owner with --user\n"
    )
