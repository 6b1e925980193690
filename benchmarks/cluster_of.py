"""A cluster for a benchmark: a coordinator with its PostgreSQL, and nodes that serve every pool, as processes."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import httpx
import psutil

from demo.model.script import script_from
from demo.rehearsal import Rehearsal

_PROGRAM = Path(sys.executable).parent / "claude-cluster-distributed"
_READY_S = 240
_SPECIALTIES = "backend,frontend,testing,devops,database,docs,security"
SECRET = "a secret of the benchmark"  # noqa: S105 - of nothing else


@dataclass(frozen=True)
class Cluster:
    """`api` is a client of the coordinator's, `hooks` where webhooks go, `home` the coordinator's state folder."""

    api: httpx.Client
    hooks: str
    home: Path
    coordinator: "subprocess.Popen[str]"
    nodes: tuple["subprocess.Popen[str]", ...]


@contextmanager
def running_cluster(folder: Path, rehearsal: Rehearsal, nodes: int, slots: int = 2) -> Iterator[Cluster]:
    """All of it, until the end of the block. Raises `SystemExit` with what a process said that did not start."""
    api, hooks, prefect = (free_port() for _ in range(3))
    base = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8", **rehearsal.environment()}
    home = folder / "coordinator"
    command = ["start-coordinator", "--port", api, "--webhook-port", hooks, "--prefect-port", prefect]
    node = ["start-node", "--coordinator-host", "127.0.0.1", "--coordinator-port", api, "--max-tasks", slots]
    started: list[subprocess.Popen[str]] = []
    try:
        started.append(_start(command, {**base, "CLAUDE_CLUSTER_HOME": str(home), "GITHUB_WEBHOOK_SECRET": SECRET}))
        for number in range(nodes):
            own = ["--agent-port", free_port(), "--node-id", f"node-{number}", "--specialties", _SPECIALTIES]
            started.append(_start([*node, *own], {**base, "CLAUDE_CLUSTER_HOME": str(folder / f"node-{number}")}))
        with httpx.Client(base_url=f"http://127.0.0.1:{api}", timeout=60) as client:
            yield Cluster(client, f"http://127.0.0.1:{hooks}/webhook", home, started[0], tuple(started[1:]))
    finally:
        for one in reversed(started):
            _end(one)


def page_issue(rehearsal: Rehearsal, title: str, path: str) -> int:
    """An issue that the rehearsed model answers with one new file in four calls, the reviewer's included."""
    submit = {"tool": "submit", "kind": "change", "title": title, "summary": "Written.", "evidence": "Read."}
    create = {"tool": "str_replace_based_edit_tool", "command": "create", "path": f"/workspace/{path}"}
    turns = [{"use": [create | {"file_text": f"{title}\n"}]}, {"use": [submit]}, {"use": [submit]}]
    review = {"verdict": "approve", "summary": "Read.", "findings": []}
    rehearsal.model.scripts.append(script_from(title, {"match": [title], "author": turns, "reviewer": [review]}))
    return rehearsal.forge.create_issue(rehearsal.repo, title, f"Write {path}").number


def free_port() -> int:
    """A port that nobody has now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _start(arguments: list[Any], environment: dict[str, str]) -> "subprocess.Popen[str]":
    command = [str(_PROGRAM), *map(str, arguments)]
    log: IO[str] = Path(environment["CLAUDE_CLUSTER_HOME"]).with_suffix(".log").open("w+", encoding="utf-8")
    process = subprocess.Popen(command, env=environment, cwd="/", stdout=log, stderr=log, text=True)
    deadline = time.monotonic() + _READY_S
    while "ready:" not in Path(log.name).read_text("utf-8"):
        if process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"{arguments[0]} did not start: {Path(log.name).read_text('utf-8')}")
        time.sleep(0.2)
    return process


def _end(process: "subprocess.Popen[str]") -> None:
    family = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    process.terminate()
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        process.kill()
    for one in psutil.wait_procs(family, timeout=5)[1]:
        one.kill()
