"""How soon a run starts on a node, and what it costs the processor, beside a plain Prefect worker in the same run."""

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
from figure import Figure, below

from cluster.coordinator.postgres import PREFECT, Postgres
from cluster.server import ensure_server, server_variables, stop_server

_HERE = Path(__file__).parent
_PLAIN, _NODE = "a plain `prefect worker`", "a node"
_GOAL_S, _GOAL_PROCESSOR_S = 1.5, 0.5
_PATIENCE_S = 180.0
_AT_ONCE, _MANY = 4, 16


@dataclass(frozen=True)
class Pool:
    """A pool, the deployment of the trial flow in it, and who serves it."""

    api: httpx.Client
    deployment: str
    server: psutil.Process
    folder: Path

    def start(self) -> Path:
        """Ask for a run; gives the file in which it notes when it began."""
        told = self.folder / f"told-{time.monotonic_ns()}"
        _post(self.api, f"/deployments/{self.deployment}/create_flow_run", parameters={"told": str(told)})
        return told

    def processor_s(self) -> float:
        """What all that was started and has ended has cost; on a node, runs are children of the fork server."""
        servers = [one for one in self.server.children() if "cluster.node.fork_server" in one.cmdline()]
        times = [one.cpu_times() for one in (self.server, *servers)]
        return float(sum(one.children_user + one.children_system for one in times))


def measure(runs: int) -> list[Figure]:
    """The median start of `runs` runs that take turns, then 16 at four at once; on PostgreSQL."""
    plain = ["-m", "prefect", "worker", "start", "--type", "process", "--limit", str(_AT_ONCE), "--pool", "plain"]
    node = ["-P", str(_HERE / "node_alone.py"), "node", str(_AT_ONCE)]
    with tempfile.TemporaryDirectory() as folder, _server(Path(folder)) as environment, ExitStack() as stack:
        api = stack.enter_context(httpx.Client(base_url=environment["PREFECT_API_URL"], timeout=60))
        pools = {
            name: stack.enter_context(_served(api, command, Path(folder), environment))
            for name, command in ((_PLAIN, plain), (_NODE, node))
        }
        starts: dict[str, list[float]] = {name: [] for name in pools}
        for _ in range(runs + 1):
            for name, pool in pools.items():
                began = time.time()
                starts[name].append(_moment(pool.start()) - began)
                time.sleep(1.5)  # its end must not slow the next
        loads = {name: _loaded(pool) for name, pool in pools.items()}
    return _figures({name: statistics.median(taken[1:]) for name, taken in starts.items()}, loads)


@dataclass(frozen=True)
class Load:
    """Many runs at once: how many began a minute, and what one cost the processor."""

    a_minute: float
    processor_s: float


def _loaded(pool: Pool) -> Load:
    before, began = pool.processor_s(), time.time()
    told = [pool.start() for _ in range(_MANY)]
    last = max(_moment(one) for one in told)
    time.sleep(5)  # until the last has ended
    return Load(_MANY / (last - began) * 60, (pool.processor_s() - before) / _MANY)


def _figures(starts: Mapping[str, float], loads: Mapping[str, Load]) -> list[Figure]:
    slow, fast = loads[_PLAIN], loads[_NODE]
    return [
        Figure(f"{_PLAIN}: API call to the flow's first line", starts[_PLAIN], "s"),
        below(f"{_NODE}: API call to the flow's first line", starts[_NODE], "s", _GOAL_S),
        Figure("a node's start against the plain worker's", starts[_NODE] / starts[_PLAIN], "x"),
        Figure(f"{_PLAIN}: processor time of an empty run", slow.processor_s, "s"),
        below(f"{_NODE}: processor time of an empty run", fast.processor_s, "s", _GOAL_PROCESSOR_S),
        Figure(f"{_PLAIN}, {_MANY} runs, {_AT_ONCE} at once: runs a minute", slow.a_minute, "runs"),
        Figure(f"{_NODE}, {_MANY} runs, {_AT_ONCE} at once: runs a minute", fast.a_minute, "runs"),
    ]


@contextmanager
def _server(home: Path) -> Iterator[dict[str, str]]:
    """A Prefect server on PostgreSQL; gives what a process needs to use it."""
    with asyncio.Runner() as runner:  # PostgreSQL ends with the thread that started it: the runner keeps that
        postgres = runner.run(Postgres.start(home))
        os.environ["PREFECT_SERVER_DATABASE_CONNECTION_URL"] = postgres.url(PREFECT)
        try:
            server = ensure_server(home, None)
            del os.environ["PREFECT_SERVER_DATABASE_CONNECTION_URL"]
            mine = {"PREFECT_WORKER_QUERY_SECONDS": "1", "PYTHONPATH": str(_HERE), "CLAUDE_CLUSTER_HOME": str(home)}
            yield {**os.environ, **server_variables(home, server), **mine}
        finally:
            stop_server(home)
            runner.run(postgres.stop())


@contextmanager
def _served(api: httpx.Client, command: list[str], folder: Path, environment: dict[str, str]) -> Iterator[Pool]:
    name = "plain" if "plain" in command else "node"
    flow = _post(api, "/flows/", name="start-trial")["id"]
    _post(api, "/work_pools/", name=name, type="process")
    made = _post(
        api,
        "/deployments/",
        name=name,
        flow_id=flow,
        work_pool_name=name,
        entrypoint="node_flow.start_trial",
    )
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, *command], env=environment, cwd=folder, stdout=log, stderr=log)
    try:
        yield Pool(api, made["id"], psutil.Process(process.pid), folder)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _post(api: httpx.Client, path: str, **body: Any) -> Any:
    return api.post(path, json=body).raise_for_status().json()


def _moment(told: Path) -> float:
    """When the run began (seconds since 1970); waits for it."""
    deadline = time.monotonic() + _PATIENCE_S
    while not told.exists():
        if time.monotonic() > deadline:
            raise TimeoutError(f"no run began within {_PATIENCE_S:g} s")
        time.sleep(0.01)
    return float(told.read_text())
