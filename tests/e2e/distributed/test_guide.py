"""The first users' guide, sections B-1 to B-3 and C-2: its commands as typed there, on ports of the test's own."""

import contextlib
import json
import shlex
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_200)]

COORDINATOR = "claude-cluster-distributed start-coordinator --host 0.0.0.0 --port 8001"
NODES = (
    r"""
    claude-cluster-distributed start-node \
      --coordinator-host 192.168.1.100 \
      --coordinator-port 8001 \
      --agent-port 8002 \
      --specialties backend,api,database \
      --max-tasks 2 \
      --node-id backend-node-001
    """,
    r"""
    claude-cluster-distributed start-node \
      --coordinator-host 192.168.1.100 \
      --coordinator-port 8001 \
      --agent-port 8003 \
      --specialties frontend,react,ui \
      --max-tasks 2 \
      --node-id frontend-node-001
    """,
    r"""
    claude-cluster-distributed start-node \
      --coordinator-host 192.168.1.100 \
      --coordinator-port 8001 \
      --agent-port 8004 \
      --specialties testing,qa,pytest \
      --max-tasks 3 \
      --node-id testing-node-001
    """,
)
STATUS = "claude-cluster-distributed status --show-cluster"
WORKFLOW = r"""
    claude-cluster-distributed workflow \
      --issue 123 \
      --repo owner/repo \
      --distributed \
      --coordinator-host 192.168.1.100 \
      --coordinator-port 8001
    """
SUBMIT = r"""
    curl -X POST http://localhost:8001/api/tasks \
      -H "Content-Type: application/json" \
      -d '{
        "task_id": "api-task-001",
        "priority": "high",
        "requirements": ["backend"]
      }'
    """


@dataclass
class Guide:
    """Types the guide's commands; what the guide names by port, address, issue and repository is the test's."""

    cluster: Any
    nodes: dict[str, Any] = field(default_factory=dict)
    early: set[tuple[int, str, int]] = field(default_factory=set)

    @property
    def own(self) -> dict[str, str]:
        """The guide's words and ours."""
        ports = dict(zip(("8001", "8000", "4200"), map(str, self.cluster.ports.values()), strict=True))
        agents = {str(port): str(port + 50_000 - 8_000) for port in range(8002, 8006)}
        return {**ports, **agents, "192.168.1.100": "127.0.0.1", "123": "1", "owner/repo": "rehearsal/shop"}

    def words(self, command: str) -> list[str]:
        """The command as a shell splits it."""
        return [self.own.get(word, word) for word in shlex.split(command.replace("\\\n", " "))]

    def start(self, command: str, home: str, *more: object) -> Any:
        """Type it on the PC whose state folder is `home`, with the token in the environment as the docs say."""
        token = {"CLAUDE_CLUSTER_API_TOKEN": self.cluster.token} if (self.cluster.home / "token").exists() else {}
        where = {"CLAUDE_CLUSTER_HOME": str(Path(self.cluster.stage.folder) / home)}
        return self.cluster.stage.start(*self.words(command), *more, env={**where, **token})

    def begin(self) -> None:
        """See what a coordinator answers that has just begun: its health, and a task that comes too early."""
        deadline, well = time.monotonic() + 300, False
        while not well:
            assert time.monotonic() < deadline, self.early
            time.sleep(0.1)
            with contextlib.suppress(httpx.TransportError, FileNotFoundError):
                health = self.cluster.api("GET", "/health")
                well = health.status_code == 200
                body = {"task_id": "too-early", "requirements": ["backend"]}
                tried = 200 if well else self.cluster.api("POST", "/api/tasks", body).status_code
                self.early.add((health.status_code, health.json()["status"], tried))

    def curl(self, command: str, *, token: bool = True) -> str:
        """What curl prints; the header with the token stands behind what the guide has."""
        argv = self.words(command)
        for ours, theirs in self.own.items():
            argv = [word.replace(f"localhost:{ours}", f"localhost:{theirs}") for word in argv]
        header = ("-H", f"Authorization: Bearer {self.cluster.token}") if token else ()
        done = subprocess.run([*argv, "-sS", *header], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def guide(apart: Any, clusters: Any) -> Iterator[Guide]:
    """B-1 and B-2: a coordinator and three nodes. The two ports that the guide leaves out are the test's too."""
    made = Guide(clusters(apart, host="0.0.0.0"))
    cluster = made.cluster
    try:
        hidden = ("--webhook-port", cluster.ports["hooks"], "--prefect-port", cluster.ports["prefect"])
        cluster.coordinator = made.start(COORDINATOR, "coordinator", *hidden)
        made.begin()
        cluster.coordinator.says("ready:", 300)
        for command in NODES:
            name = shlex.split(command.replace("\\\n", " "))[-1]
            cluster.nodes[name] = made.start(command, name)
        for node in cluster.nodes.values():
            node.says("ready:", 240)
        yield made
    finally:
        cluster.end()


def test_a_task_that_comes_too_early(guide: Guide) -> None:
    """Until pools and deployments are registered the coordinator is `starting`, and asks to be asked again."""
    assert guide.early - {(503, "starting", 202), (503, "starting", 200)} == {(503, "starting", 503), (200, "ok", 200)}


def test_the_cluster_is_shown(guide: Guide) -> None:
    """B-3: three nodes with the pools that their specialties and aliases stand for, and the guide's limits."""
    done = guide.start(f"{STATUS} --json", "elsewhere", *_where(guide)).wait()
    assert done.code == 0, done.stderr
    nodes = {one["node_id"]: one for one in json.loads(done.stdout)["nodes"]}
    assert {name: (one["state"], one["max_tasks"]) for name, one in nodes.items()} == {
        "backend-node-001": ("online", 2),
        "frontend-node-001": ("online", 2),
        "testing-node-001": ("online", 3),
    }
    shown = guide.start(STATUS, "coordinator", *_where(guide)).wait()
    assert (shown.code, "frontend-node-001" in shown.stdout) == (0, True), shown.stderr


def test_an_issue_becomes_a_pull_request_from_any_pc(guide: Guide) -> None:
    """B-3: the last line is the pull request's address."""
    done = guide.start(WORKFLOW, "elsewhere").wait(400)
    assert done.code == 0, done.stderr
    assert done.stdout.splitlines()[-1].endswith("/pull/4")


def test_the_api_takes_the_guides_task(guide: Guide, needs_curl: None) -> None:
    """C-2, with the token: the status, a task without an issue checks a node and ends completed."""
    assert len(json.loads(guide.curl("curl http://localhost:8001/api/cluster/status"))["nodes"]) == len(NODES)
    assert json.loads(guide.curl(SUBMIT))["task_id"] == "api-task-001"
    deadline = time.monotonic() + 240
    while (task := json.loads(guide.curl("curl http://localhost:8001/api/tasks/api-task-001")))["status"] in {
        "queued",
        "running",
    }:
        assert time.monotonic() < deadline, task
        time.sleep(1)
    assert task["status"] == "completed", task


def test_health_asks_for_no_token(guide: Guide, needs_curl: None) -> None:
    """The guide's health checks of the coordinator and of each node."""
    assert json.loads(guide.curl("curl http://localhost:8001/health", token=False))["status"] == "ok"
    for port, name in ((8002, "backend-node-001"), (8003, "frontend-node-001"), (8004, "testing-node-001")):
        told = json.loads(guide.curl(f"curl http://localhost:{port}/health", token=False))
        assert (told["status"], told["node_id"]) == ("ok", name)


@pytest.fixture
def needs_curl() -> None:
    """Skips where there is no curl."""
    try:
        subprocess.run(["curl", "--version"], capture_output=True, check=True)
    except FileNotFoundError:
        pytest.skip("curl is not on this machine")


def _where(guide: Guide) -> tuple[str, ...]:
    """The guide types `status` on the coordinator's PC, where the port is the usual one."""
    return ("--coordinator-host", "127.0.0.1", "--coordinator-port", str(guide.cluster.ports["api"]))
