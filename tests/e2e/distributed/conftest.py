"""A cluster of real processes on one machine: a coordinator with its PostgreSQL and Prefect server, and nodes."""

import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from cluster.coordinator.owner import Owner
from demo.model.mishap import Mishap
from tests.e2e.distributed.foundation import Foundation

PROGRAM = "claude-cluster-distributed"
SHOP = "rehearsal/shop"
ALL = "backend,frontend,testing,devops,database,docs,security"


def free_port() -> int:
    """A port that nobody has now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Cluster:
    """`stage` has the forge and the model; `host` 0.0.0.0 makes everything ask for the token."""

    stage: Any
    host: str = "127.0.0.1"
    ports: dict[str, int] = field(default_factory=lambda: {name: free_port() for name in ("api", "hooks", "prefect")})
    extra: dict[str, str | None] = field(default_factory=dict)
    foundation: Foundation | None = None
    coordinator: Any = None
    nodes: dict[str, Any] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        """The coordinator's state folder."""
        return Path(self.stage.folder) / "coordinator"

    @property
    def token(self) -> str:
        """What it made at its first start."""
        return (self.home / "token").read_text().strip()

    def start(self, *options: object, env: dict[str, str | None] | None = None, within: float = 300) -> Any:
        """Start the coordinator, and wait until it is ready, at most `within` seconds."""
        if self.foundation and not self.home.exists():
            self.foundation.lay(self.home)
        variables = {"CLAUDE_CLUSTER_HOME": str(self.home), **self.extra, **(env or {})}
        where = ("--host", self.host, "--port", self.ports["api"], "--webhook-port", self.ports["hooks"])
        self.coordinator = self.stage.start(
            PROGRAM, "start-coordinator", *where, "--prefect-port", self.ports["prefect"], *options, env=variables
        )
        self.coordinator.says("ready:", within)
        return self.coordinator

    def join(
        self,
        name: str,
        specialties: str = ALL,
        *options: object,
        ready: bool = True,
        room: Any = None,
        home: Path | None = None,
    ) -> Any:
        """Start a node with a state folder of its own, at times in a network of its own."""
        home = home or Path(self.stage.folder) / name
        variables = {"CLAUDE_CLUSTER_HOME": str(home), "CLAUDE_CLUSTER_API_TOKEN": self.token, **self.extra}
        host = room.gateway if room else "127.0.0.1"
        where = ("--coordinator-host", host, "--coordinator-port", self.ports["api"])
        inside = (*room.entrance, Path(sys.executable).parent / PROGRAM) if room else (PROGRAM,)
        node = self.stage.start(
            *(*inside, "start-node", *where, "--agent-port", free_port(), "--node-id", name),
            *("--specialties", specialties, *options),
            env=variables,
        )
        self.nodes[name] = node
        if ready:
            node.says("ready:", 240)
        return node

    def cli(self, *arguments: object) -> Any:
        """`claude-cluster-distributed` as a person types it."""
        where = ("--coordinator-host", "127.0.0.1", "--coordinator-port", self.ports["api"])
        variables = {"CLAUDE_CLUSTER_API_TOKEN": self.token}
        return self.stage.start(PROGRAM, *arguments, *where, env=variables).wait()

    def api(self, method: str, path: str, body: Any = None, *, token: str | None = None) -> httpx.Response:
        """One request to the API, with the token unless another is given."""
        headers = {"Authorization": f"Bearer {self.token if token is None else token}"}
        url = f"http://127.0.0.1:{self.ports['api']}{path}"
        return httpx.request(method, url, json=body, headers=headers, timeout=60)

    def task(self, task_id: str) -> dict[str, Any]:
        """Where a task stands."""
        found: dict[str, Any] = self.api("GET", f"/api/tasks/{task_id}").raise_for_status().json()
        return found

    def until(self, task_id: str, *statuses: str, seconds: float = 240.0) -> dict[str, Any]:
        """Wait for a task to have one of these."""
        deadline = time.monotonic() + seconds
        while (task := self.task(task_id))["status"] not in statuses:
            assert time.monotonic() < deadline, f"not {statuses} within {seconds} s: {task}"
            time.sleep(0.3)
        return task

    def in_the_middle(self, until: Callable[..., None], delay_ms: int = 4_000) -> str:
        """A task whose author has had an answer and waits for the next, `delay_ms` each; gives its id."""
        slow = Mishap(kind="delay", role="author", delay_ms=delay_ms, times=None)
        self.stage.rehearsal.model.mishap(slow)
        task_id = str(self.api("POST", "/api/tasks", {"repo": SHOP, "issue": 1}).json()["task_id"])
        until(lambda: self.stage.paid() >= 2, 300)
        return task_id

    def runs(self, task_id: str) -> list[dict[str, Any]]:
        """All flow runs of a task."""
        return [one for one in self.prefect("/flow_runs/filter", {}) if task_id in one["tags"]]

    def opened_once(self, task: dict[str, Any]) -> None:
        """One branch, one pull request and one comment are all that there is."""
        traces = self.stage.traces()
        assert (task["outcome"], len(traces.branches), len(traces.pulls), len(traces.comments)) == ("opened", 1, 1, 1)

    def prefect(self, path: str, body: Any = None) -> Any:
        """The Prefect server's REST API."""
        auth = ("claude-cluster", self.token) if self.host != "127.0.0.1" else None
        url = f"http://127.0.0.1:{self.ports['prefect']}/api{path}"
        method = "GET" if body is None else "POST"
        return httpx.request(method, url, json=body, auth=auth, timeout=60).raise_for_status().json()

    @staticmethod
    def working(node: Any) -> list[psutil.Process]:
        """The processes of a node's runs that have a sandbox open."""
        found = []
        for one in node.family():
            with suppress(psutil.NoSuchProcess):
                above = one.parent()
                if "bwrap" in one.name() and above and "bwrap" not in above.name():
                    found.append(above)
        return found

    def kill(self, running: Any) -> None:
        """Power off: the process and everything below it, at once and without a word."""
        family = [psutil.Process(running.process.pid), *running.family()]
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for one in family:
                with suppress(ProcessLookupError):
                    os.kill(one.pid, number)
        running.process.wait()

    def end(self) -> None:
        """Stop all, the nodes first."""
        for running in [*self.nodes.values(), self.coordinator]:
            if running is not None:
                running.end()
        shutil.rmtree(Owner(self.home).folder, ignore_errors=True)  # as root the database's files lie elsewhere


@pytest.fixture(scope="session")
def clusters() -> type[Cluster]:
    """For tests that share a cluster in a way of their own."""
    return Cluster


@pytest.fixture(scope="session")
def foundation(tmp_path_factory: pytest.TempPathFactory) -> Foundation:
    """Saves each coordinator of a test some ten seconds of its first start; test_guide.py begins with nothing."""
    mine = tmp_path_factory.getbasetemp()
    return Foundation.made(mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine)


@pytest.fixture(scope="module")
def cluster(apart: Any, foundation: Foundation) -> Iterator[Cluster]:
    """A coordinator that others can come to, and two nodes that share the specialties between them."""
    extra: dict[str, str | None] = {"GITHUB_WEBHOOK_SECRET": "a-webhook-secret"}
    made = Cluster(apart, host="0.0.0.0", extra=extra, foundation=foundation)
    try:
        made.start()
        made.join("node-a", "backend,api,database")
        made.join("node-b", "frontend,testing,devops,docs,security")
        yield made
    finally:
        made.end()


def _built(stage: Any, foundation: Foundation) -> Iterator[Callable[..., Cluster]]:
    made: list[Cluster] = []

    def build(**options: Any) -> Cluster:
        made.append(Cluster(stage, foundation=foundation, **options))
        return made[-1]

    try:
        yield build
    finally:
        for one in made:
            one.end()


@pytest.fixture
def building(bare: Any, foundation: Foundation) -> Iterator[Callable[..., Cluster]]:
    """Clusters that a test builds for itself."""
    yield from _built(bare, foundation)


@pytest.fixture(scope="module")
def standing(apart: Any, foundation: Foundation) -> Iterator[Callable[..., Cluster]]:
    """The same for the tests of a module together."""
    yield from _built(apart, foundation)
