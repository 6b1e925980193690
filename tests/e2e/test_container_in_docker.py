"""The sandbox `container` where it belongs: in a container of a Docker engine, with all of Docker's defaults."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from deployments.containers import RIGHTS

_ROOT = Path(__file__).parents[2]
_BASE = "python:3.11-slim-bookworm"
_IMAGE = "claude-cluster-test-container"
_SECONDS = 1_500
# Pythons before 3.11.3 lack what the tests' own environment was made without.
_DOCKERFILE = f"""
FROM {_BASE}
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends git procps >/dev/null
RUN python3 -c 'import sys; sys.exit(sys.version_info < (3, 11, 3))' || pip install -q async-timeout
"""

pytestmark = [pytest.mark.slow, pytest.mark.engine, pytest.mark.timeout(_SECONDS)]


@pytest.fixture(scope="module")
def image() -> str:
    """The base with git; the program and its packages are shown to containers as they are here, read-only."""
    if sys.version_info[:2] != (3, 11):
        pytest.skip(f"the packages here are not those of {_BASE}")
    if not shutil.which("docker") or subprocess.run(["docker", "info"], capture_output=True, check=False).returncode:
        pytest.skip("no Docker engine is running here")
    built = subprocess.run(
        ["docker", "build", "-q", "-t", _IMAGE, "-"], input=_DOCKERFILE, capture_output=True, text=True, check=False
    )
    if built.returncode:
        pytest.skip(f"{_BASE} with git could not be built here: {built.stderr.strip()[-300:]}")
    return _IMAGE


def _in_docker(image: str, *command: str, options: Sequence[str] = ()) -> "subprocess.CompletedProcess[str]":
    packages = next(path for path in sys.path if path.endswith("site-packages"))
    shown = dict.fromkeys((str(_ROOT), packages))
    mounts = [word for path in shown for word in ("-v", f"{path}:{path}:ro")]
    variables = ["-e", f"PYTHONPATH={packages}:{_ROOT}", "-e", "PYTHONDONTWRITEBYTECODE=1", "-w", str(_ROOT)]
    return subprocess.run(
        ["docker", "run", "--rm", *mounts, *variables, *options, image, *command],
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )


_HELPER = ("python3", "-m", "adapters.sandbox.container.main")
_CLI = ("python3", "-c", "from cli.main import main; main()")


_SEVEN = ("--cap-drop", "ALL", *(word for right in RIGHTS for word in ("--cap-add", right)))


@pytest.mark.parametrize(
    "rights",
    [
        pytest.param((), id="usual", marks=pytest.mark.faults),
        pytest.param((*_SEVEN, "--security-opt", "no-new-privileges"), id="seven"),
    ],
)
@pytest.mark.parametrize("suite", ["files", "kernel", "network", "processes"])
def test_escapes(image: str, suite: str, rights: tuple[str, ...]) -> None:
    """None of the attempts yields anything, with Landlock or without; none is skipped for want of rights.

    Docker's usual rights, and the seven of them that compose.yaml and the pools of containers leave.
    """
    tests = f"tests/adapters/sandbox/test_escapes_{suite}.py"
    chosen = ("-k", "container or walls", "-n", "0", "-q", "-p", "no:cacheprovider", "-rs")
    done = _in_docker(image, "python3", "-m", "pytest", tests, *chosen, options=rights)
    assert done.returncode == 0, done.stdout[-3000:]
    assert "must start as root" not in done.stdout


def test_rehearsal(image: str) -> None:
    """An issue becomes a pull request, in the sandbox that `auto` finds there."""
    done = _in_docker(image, *_HELPER, "--", *_CLI, "demo")
    assert done.returncode == 0, done.stderr
    assert "opened" in done.stdout + done.stderr
    assert "Without a sandbox" not in done.stdout + done.stderr


def test_bubblewrap_can_not_run_there(image: str) -> None:
    """Without the helper work is refused, and the line says how to start it."""
    done = _in_docker(image, *_CLI, "setup")
    assert "claude-cluster-sandbox -- " in done.stdout + done.stderr


@pytest.mark.parametrize("options", [("--user", "1000"), ("--cap-drop", "SETUID"), ("--cap-drop", "ALL")])
def test_without_its_rights(image: str, options: tuple[str, ...]) -> None:
    """The helper refuses in one line what it could not keep apart."""
    done = _in_docker(image, *_HELPER, "--", "true", options=options)
    assert done.returncode == 2
    assert done.stderr.startswith("Error: claude-cluster-sandbox must start as root")
    assert len(done.stderr.splitlines()) == 1


def test_it_is_the_first_process(image: str) -> None:
    """It ends with the worker's exit code, buries orphans, and leaves the worker no right of root's."""
    script = "id -u; grep -E 'Cap(Eff|Bnd)' /proc/self/status | grep -vc '0000000000000000'; setsid sleep 0.1 & exit 7"
    done = _in_docker(image, *_HELPER, "--", "bash", "-c", script)
    assert (done.returncode, done.stdout) == (7, "10001\n0\n")
