"""The image: what it is made of, who it runs as, and what must not be in it."""

import io
import json
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from tests.infra.docker.conftest import BASE, FILES, ROOT, docker

pytestmark = [pytest.mark.slow, pytest.mark.engine, pytest.mark.timeout(1_800)]
_OF_OURS_MB = 680


def _in(image: str, *command: str, options: tuple[str, ...] = ()) -> "subprocess.CompletedProcess[str]":
    return docker("run", "--rm", *options, image, *command, check=False)


def test_it_is_small(image: str) -> None:
    """What we put on the base stays near the 643 MB that were measured; 600 with the base are not met."""
    sizes = [int(docker("image", "inspect", one, "--format", "{{.Size}}").stdout) for one in (image, BASE)]
    assert (sizes[0] - sizes[1]) / 1e6 < _OF_OURS_MB


def test_it_runs_as_a_user_without_rights(image: str) -> None:
    """User 10001, who can write to the state folder and to nothing of the program."""
    script = "id -u; touch $CLAUDE_CLUSTER_HOME/x && echo state; touch /opt/claude-cluster/x 2>/dev/null || echo closed"
    assert _in(image, "sh", "-c", script).stdout.split() == ["10001", "state", "closed"]


def test_it_has_what_work_needs(image: str) -> None:
    """git, node and npm answer, Python makes environments, and the program starts."""
    script = "git --version && node --version && npm --version && python3.11 -m venv /tmp/v && /tmp/v/bin/pip --version"
    done = _in(image, "sh", "-c", script)
    assert done.returncode == 0, done.stderr
    assert _in(image, "claude-cluster", "agents").returncode == 0


def test_its_packages_are_those_of_the_constraints(image: str) -> None:
    """Every installed version stands in constraints.txt."""
    listing = "from importlib.metadata import distributions as d; print(*sorted(f'{x.name}=={x.version}' for x in d()))"
    installed = {one.lower().replace("_", "-") for one in _in(image, "python3", "-c", listing).stdout.split()}
    pinned = {line.lower().replace("_", "-") for line in (ROOT / "constraints.txt").read_text().split()}
    assert {one for one in installed - pinned if not one.startswith("claude-cluster==")} == set()


def test_it_says_how_it_is(image: str) -> None:
    """A health check that fails where nothing answers."""
    told = json.loads(docker("image", "inspect", image).stdout)[0]["Config"]
    assert told["Healthcheck"]["Test"] == ["CMD", "claude-cluster-healthy"]
    assert _in(image, "claude-cluster-healthy").returncode == 1
    server = "python3 -c 'import http.server as h;h.HTTPServer((\"\",8001),h.BaseHTTPRequestHandler).serve_forever()' &"
    assert _in(image, "sh", "-c", f"{server} sleep 2; claude-cluster-healthy").returncode == 1  # it answers 501


def test_no_layer_has_a_secret_or_what_the_checkout_has_besides(image: str) -> None:
    """Neither in the layers' files nor in the history or the variables; no tests, no git, no .env."""
    told = docker("image", "inspect", image).stdout + docker("history", "--no-trunc", image).stdout
    for word in (
        "PIP_INDEX_URL=",
        "PIP_EXTRA_INDEX_URL=",
        "NPM_CONFIG_REGISTRY=",
        "GITHUB_TOKEN=",
        "ANTHROPIC_API_KEY=",
    ):
        assert word not in told
    names = _names(image)
    ours = [one for one in names if "site-packages/" not in one or "/claude_cluster" in one]
    forbidden = (".env", ".git", ".pypirc", ".netrc", "pip.conf", ".npmrc", "id_rsa")
    assert [one for one in ours if Path(one).name in forbidden] == []
    assert [one for one in names if one.startswith(("src/", "root/.cache", "root/.npm"))] == []


def test_a_build_is_given_nothing_private(engine: str, tmp_path: Path) -> None:
    """`.env`, git and notes of whoever builds don't reach the engine, wherever they lie."""
    context = tmp_path / "checkout"
    shutil.copytree(
        ROOT,
        context,
        ignore=shutil.ignore_patterns(".venv*", ".git", "__pycache__", ".*_cache", "wheels"),
        symlinks=True,
    )
    private = (
        ".env",
        "agents/.env",
        "agents/.env.local",
        ".git/config",
        "notes.txt",
        "infra/docker/secrets/github_token",
    )
    for name in private:
        (context / name).parent.mkdir(parents=True, exist_ok=True)
        (context / name).write_text("a-canary")
    dockerfile = f"FROM {BASE}\nCOPY . /context\nRUN grep -rl a-canary /context >/found; ls -A /context >/top; true\n"
    looking = tmp_path / "Looking"
    looking.write_text(dockerfile)
    docker("build", "-q", "-t", "claude-cluster-context", "-f", str(looking), str(context))
    try:
        seen = docker("run", "--rm", "claude-cluster-context", "sh", "-c", "cat /found; echo; cat /top").stdout
    finally:
        docker("rmi", "claude-cluster-context", check=False)
    found, _, top = seen.partition("\n")
    assert found == ""
    assert {"agents", "flows", "pyproject.toml", "infra"} <= set(top.split())
    assert {"tests", "docs", "benchmarks"} & set(top.split()) == set()


@pytest.mark.faults
def test_a_rehearsal_in_one_container(image: str) -> None:
    """As root the entry point gives it the sandbox of users; an issue becomes a pull request."""
    done = _in(image, "claude-cluster", "demo", options=("--user", "root"))
    assert done.returncode == 0, done.stderr[-3000:]
    assert "Without a sandbox" not in done.stdout + done.stderr


def _names(image: str) -> list[str]:
    """The files of all layers, those that a later layer has removed included."""
    saved = subprocess.run(["docker", "save", image], capture_output=True, check=True, timeout=600).stdout
    found: list[str] = []
    with tarfile.open(fileobj=io.BytesIO(saved)) as whole:
        base = len(json.loads(docker("image", "inspect", BASE).stdout)[0]["RootFS"]["Layers"])
        manifest = whole.extractfile("manifest.json")
        assert manifest is not None
        for layer in json.load(manifest)[0]["Layers"][base:]:
            part = whole.extractfile(layer)
            assert part is not None
            with tarfile.open(fileobj=part) as files:
                found += files.getnames()
    assert found
    return found


def test_the_files_name_no_host() -> None:
    """A company's mirror is given at build time, by arguments that the file declares."""
    text = (FILES / "Dockerfile").read_text("utf-8")
    assert "://" not in text
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST", "NPM_CONFIG_REGISTRY"):
        assert f"ARG {name}\n" in text
