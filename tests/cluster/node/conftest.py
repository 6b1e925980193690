"""A real Prefect server, and nodes as real processes that run trivial flows on it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psutil
import pytest

from cluster.server import ensure_server, stop_server

_PLAYED = Path(__file__).with_name("played")
_ENTRYPOINT = "node_flows.node_trial"


@dataclass(frozen=True)
class Prefect:
    """What the server knows, and what it is asked to do."""

    url: str

    def post(self, path: str, **body: Any) -> Any:
        """What it answers; nothing for an empty answer. One on SQLite is busy at times, and asked again."""
        for _ in range(20):
            answer = httpx.post(f"{self.url}{path}", json=body, timeout=60)
            if answer.status_code != 503:
                break
            time.sleep(0.3)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def deployment(self, pool: str) -> str:
        """A pool of that name with a deployment of the trial flow; gives the deployment's id."""
        flow = self.post("/flows/", name="node-trial")
        self.post("/work_pools/", name=pool, type="process")
        made = self.post("/deployments/", name=pool, flow_id=flow["id"], work_pool_name=pool, entrypoint=_ENTRYPOINT)
        return str(made["id"])

    def state(self, run: str) -> str:
        """The name of a run's state."""
        return str(httpx.get(f"{self.url}/flow_runs/{run}", timeout=60).raise_for_status().json()["state"]["name"])


@dataclass(frozen=True)
class Run:
    """A run of the trial flow, asked for."""

    id: str
    told: Path
    prefect: Prefect

    @property
    def facts(self) -> dict[str, Any]:
        """What it said when it began; waits for it."""
        wait_for(self.told.exists, 30, lambda: self.state)
        facts: dict[str, Any] = json.loads(self.told.read_text())
        return facts

    @property
    def end(self) -> float | None:
        """When it came to its end by itself."""
        path = self.told.with_suffix(".end")
        text = path.read_text() if path.exists() else ""  # empty while it is being written
        return float(text) if text else None

    @property
    def state(self) -> str:
        """What the server says."""
        return self.prefect.state(self.id)

    def becomes(self, state: str, seconds: float = 30) -> None:
        """Wait for a state."""
        wait_for(lambda: self.state == state, seconds, lambda: self.state)


@dataclass
class Node:
    """A node's process in a folder of its own; `deployments` has one for each pool it serves."""

    prefect: Prefect
    folder: Path
    most: int = 2
    drain_s: float = 25.0
    deployments: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    modules: tuple[str, ...] = ("node_flows", "prefect.flow_engine")

    @property
    def pools(self) -> tuple[str, ...]:
        """The pools it serves."""
        return tuple(self.deployments)

    def start(self) -> "Node":
        """Until it polls."""
        self.played = self.folder / "played"
        if not self.played.exists():
            shutil.copytree(_PLAYED, self.played)
        self.state = self.folder / "state"
        self.state.mkdir(exist_ok=True)
        given = {
            "pools": self.pools,
            "most": self.most,
            "name": "node-1",
            "drain_s": self.drain_s,
            "modules": self.modules,
            "gone": str(self.folder / "gone"),
            "silence": str(self.folder / "silence"),
        }
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "one_node", json.dumps(given)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=self.state,
                env=self._environment(),
                start_new_session=True,
            )
        line = self.process.stdout.readline() if self.process.stdout else ""
        assert line.startswith("ready"), self.log
        self.health_url = f"http://127.0.0.1:{line.split()[1]}/health"
        return self

    def asks(self, pool: str | None = None, **parameters: Any) -> Run:
        """A new run in one of its pools."""
        told = self.folder / f"told-{uuid4().hex}"
        made = self.prefect.post(
            f"/deployments/{self.deployments[pool or self.pools[0]]}/create_flow_run",
            parameters={"told": str(told), **parameters},
        )
        return Run(made["id"], told, self.prefect)

    @property
    def log(self) -> str:
        """All it has said on stderr, and its runs."""
        return (self.folder / "log").read_text()

    @property
    def gone(self) -> dict[str, int | None]:
        """What its hook was told: runs and their processes."""
        path = self.folder / "gone"
        told: dict[str, int | None] = json.loads(path.read_text()) if path.exists() else {}
        return told

    def family(self) -> list[psutil.Process]:
        """Every process below it."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def fork_server(self) -> psutil.Process:
        """Its fork server."""
        (found,) = [one for one in self.family() if _is_server(one)]
        return found

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the node's process alone."""
        self.process.send_signal(number)

    def kill(self) -> None:
        """Leave nothing behind."""
        with suppress(psutil.NoSuchProcess):
            family = self.family()
            self.process.kill()
            for one in family:
                with suppress(psutil.NoSuchProcess):
                    one.kill()
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "PYTHONPATH": str(self.played),
            "PREFECT_HOME": str(self.folder / "prefect"),
            "PREFECT_API_URL": self.prefect.url,
            "PREFECT_WORKER_QUERY_SECONDS": "1",
            "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
            "DO_NOT_TRACK": "1",
            **self.variables,
        }


def _new_names(many: int) -> list[str]:
    return [f"pool-{uuid4().hex[:8]}" for _ in range(many)]


def _is_server(one: psutil.Process) -> bool:
    """Copies of it have the same command line and another parent."""
    try:
        parent = one.parent()
        ours = "cluster.node.fork_server" in one.cmdline()
        return ours and parent is not None and "one_node" in parent.cmdline()
    except psutil.NoSuchProcess:  # it has just ended, and nobody has buried it yet
        return False


def wait_for(condition: Callable[[], object], seconds: float = 30.0, seen: Callable[[], object] = str) -> None:
    """Look twenty times a second until it holds; fail after so many seconds with what is `seen` then."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {seen()}"
        time.sleep(0.05)


@pytest.fixture
def until() -> Callable[..., None]:
    """Wait for something."""
    return wait_for


@pytest.fixture(scope="session")
def prefect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prefect]:
    """One server for all tests of nodes."""
    home = tmp_path_factory.mktemp("prefect-server")
    try:
        yield Prefect(ensure_server(home, None).api_url)
    finally:
        stop_server(home)


@pytest.fixture
def make_node(prefect: Prefect, tmp_path: Path) -> Iterator[Callable[..., Node]]:
    """Nodes that are gone after the test; each has pools of its own."""
    made: list[Node] = []

    def make(pools: int = 1, **given: Any) -> Node:
        folder = tmp_path / f"node-{len(made)}"
        folder.mkdir()
        if "deployments" not in given:
            given["deployments"] = {name: prefect.deployment(name) for name in _new_names(pools)}
        node = Node(prefect, folder, **given)
        made.append(node.start())
        return node

    yield make
    for node in made:
        node.kill()


@pytest.fixture
def node(make_node: Callable[..., Node]) -> Node:
    """A node of one pool for two runs at once."""
    return make_node()
