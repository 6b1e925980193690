"""A Docker engine, the image, and the cluster of infra/docker/compose.yaml on ports of the test's own."""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

ROOT = Path(__file__).parents[3]
FILES = ROOT / "infra" / "docker"
BASE = "python:3.11-slim-bookworm"
IMAGE = "claude-cluster-tested"
_DOORS = ("WEBHOOK", "COORDINATOR", "PREFECT", "BACKEND", "FRONTEND", "TESTING", "DEVOPS", "REHEARSAL")
_BUILD_S, _COMMAND_S = 1_800, 900
KEYS = {"GITHUB_TOKEN": "a-token-of-nobody", "ANTHROPIC_API_KEY": "a-key-of-nobody"}


def docker(*words: str, check: bool = True, stdin: str | None = None) -> "subprocess.CompletedProcess[str]":
    """One command of the engine."""
    done = subprocess.run(
        ["docker", *words], input=stdin, capture_output=True, text=True, timeout=_BUILD_S, check=False
    )
    assert not check or done.returncode == 0, f"docker {words[0]}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done


@pytest.fixture(scope="session")
def engine() -> str:
    """Its version; skips where none answers."""
    if not shutil.which("docker"):
        pytest.skip("docker is not on this machine")
    found = docker("version", "--format", "{{.Server.Version}}", check=False)
    if found.returncode:
        pytest.skip(f"no Docker engine answers here: {found.stderr.strip()[-200:]}")
    return found.stdout.strip()


@pytest.fixture(scope="session")
def image(engine: str) -> str:
    """Built from the checkout. The settings of this machine's pip and npm are given to the build, not to the image."""
    if docker("image", "inspect", BASE, check=False).returncode and docker("pull", "-q", BASE, check=False).returncode:
        pytest.skip(f"the base image {BASE} is neither here nor to be had")
    mirrors = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST", "NPM_CONFIG_REGISTRY")
    given = [word for name in mirrors if os.environ.get(name) for word in ("--build-arg", name)]
    given += ["--build-arg", f"VERSION={version('claude-cluster')}"]
    docker("build", "-q", *given, "-f", str(FILES / "Dockerfile"), "-t", IMAGE, str(ROOT))
    return IMAGE


@dataclass
class Composed:
    """A project of its own; `env` is what the user's shell would hold."""

    folder: Path
    env: dict[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ("compose.yaml",)
    profiles: tuple[str, ...] = ()
    project: str = field(default_factory=lambda: f"cc{uuid4().hex[:8]}")

    @cached_property
    def ports(self) -> dict[str, int]:
        """Free ones of this machine, for what the file publishes at 8000 to 8005, 4200 and 8090."""
        probes = [socket.socket() for _ in _DOORS]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        found = {name: probe.getsockname()[1] for name, probe in zip(_DOORS, probes, strict=True)}
        for probe in probes:
            probe.close()
        return found

    def run(self, *words: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
        """`docker-compose` as a person types it, from the repository's root."""
        command = ["docker-compose"] if shutil.which("docker-compose") else ["docker", "compose"]
        named = [word for name in self.files for word in ("-f", f"infra/docker/{name}")]
        chosen = [word for name in self.profiles for word in ("--profile", name)]
        doors = {f"{name}_PORT": str(port) for name, port in self.ports.items()}
        done = subprocess.run(
            [*command, "-p", self.project, *named, *chosen, *words],
            cwd=ROOT,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.folder),
                "CLAUDE_CLUSTER_IMAGE": IMAGE,
                **doors,
                **self.env,
            },
            capture_output=True,
            text=True,
            timeout=_COMMAND_S,
            check=False,
        )
        assert not check or done.returncode == 0, f"{words}: {done.stdout[-3000:]}{done.stderr[-3000:]}{self.logs()}"
        return done

    def logs(self) -> str:
        """The end of what all containers have said."""
        return self.run("logs", "--no-color", "--tail", "40", check=False).stdout[-6000:]

    def containers(self, service: str) -> list[dict[str, Any]]:
        """What the engine knows of a service's containers, those that have ended included."""
        names = (f"label=com.docker.compose.project={self.project}", f"label=com.docker.compose.service={service}")
        ids = docker("ps", "-aq", *(word for one in names for word in ("--filter", one))).stdout.split()
        found: list[dict[str, Any]] = json.loads(docker("inspect", *ids).stdout) if ids else []
        return found

    def health(self, service: str) -> list[str]:
        """How its containers say they are."""
        return [one["State"].get("Health", {}).get("Status", "none") for one in self.containers(service)]

    @cached_property
    def token(self) -> str:
        """As the docs tell people to read it."""
        return self.run("exec", "-T", "coordinator", "cat", "/run/claude-cluster/token").stdout.strip()

    def curl(self, *words: str, port: str = "COORDINATOR", token: bool = True) -> Any:
        """What the guide's curl command prints, with the token behind it; skips where there is no curl."""
        if not shutil.which("curl"):
            pytest.skip("curl is not on this machine")
        header = ("-H", f"Authorization: Bearer {self.token}") if token else ()
        typed = [word.replace("localhost:PORT", f"localhost:{self.ports[port]}") for word in words]
        done = subprocess.run(["curl", "-sS", *typed, *header], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def ask(self, path: str) -> Any:
        """The coordinator's answer to a GET."""
        return self._api("GET", path)

    def tell(self, path: str, body: dict[str, Any]) -> Any:
        """The coordinator's answer to a POST."""
        return self._api("POST", path, body)

    def _api(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        url = f"http://127.0.0.1:{self.ports['COORDINATOR']}{path}"
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx.request(method, url, json=body, headers=headers, timeout=60).raise_for_status().json()

    def pulls(self) -> list[dict[str, Any]]:
        """The pull requests on the rehearsal's forge."""
        url = f"http://127.0.0.1:{self.ports['REHEARSAL']}/api/v3/repos/rehearsal/shop/pulls?state=all"
        headers = {"Authorization": "Bearer rehearsal-token"}
        found: list[dict[str, Any]] = httpx.get(url, headers=headers, timeout=60).raise_for_status().json()
        return found

    def end(self) -> None:
        """Leave nothing, the volumes included."""
        self.run("--profile", "rehearsal", "down", "-v", "--remove-orphans", "-t", "10", check=False)


@pytest.fixture(scope="module")
def composing(engine: str, image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Composed]]:
    """Projects of a module, ended with it."""
    made: list[Composed] = []

    def compose(**options: Any) -> Composed:
        made.append(Composed(tmp_path_factory.mktemp("composed"), **options))
        return made[-1]

    try:
        yield compose
    finally:
        for one in made:
            one.end()


@pytest.fixture(scope="session")
def until() -> Callable[..., None]:
    """Wait until something holds; fail after so many seconds with what is `seen` then."""

    def wait(condition: Callable[[], object], seconds: float, seen: Callable[[], object] = str) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"not within {seconds} s: {seen()}"
            time.sleep(0.5)

    return wait
