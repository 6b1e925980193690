"""Fifty issues at once on a cluster of one machine: a coordinator on PostgreSQL, and a node with eight slots."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import httpx
import psutil
from figure import Figure

from demo.model.mishap import Mishap
from demo.model.script import script_from
from demo.rehearsal import Rehearsal

_PROGRAM = Path(sys.executable).parent / "claude-cluster-distributed"
_ISSUES, _SLOTS, _MODEL_S = 50, 8, 20.0
_CALLS = 4  # three of the author, one of the reviewer
_GOAL = 0.8
_READY_S, _LONGEST_S = 120, 1_800


def measure(issues: int = _ISSUES) -> list[Figure]:
    """Throughput against what the model's time alone would allow, and that each issue has one pull request."""
    with tempfile.TemporaryDirectory() as folder, Rehearsal(Path(folder) / "rehearsal") as rehearsal:
        numbers = [_issue(rehearsal, number) for number in range(issues)]
        before, model = len(rehearsal.forge.pulls(rehearsal.repo)), rehearsal.model
        model.mishap(Mishap(kind="delay", delay_ms=int(_MODEL_S * 1000 / _CALLS), times=None))
        with _cluster(Path(folder), rehearsal) as api:
            began = time.perf_counter()
            submitted = [_submit(api, rehearsal.repo, number) for number in numbers]
            _wait(api, issues)
            took = time.perf_counter() - began
        pulls = len(rehearsal.forge.pulls(rehearsal.repo)) - before
    ideal = -(-issues // _SLOTS) * _MODEL_S
    share = ideal / took
    return [
        Figure("share of the ideal throughput", round(share, 3), "", f"at least {_GOAL}", share >= _GOAL),
        Figure("issues in an hour", round(issues / took * 3600, 1), ""),
        Figure("submitting one issue, median", sorted(submitted)[len(submitted) // 2], "s"),
        Figure("pull requests for each issue", pulls / issues, "", "1", pulls == issues),
    ]


def _issue(rehearsal: Rehearsal, number: int) -> int:
    title = f"Write page number {number} of the manual"
    submit = {"tool": "submit", "kind": "change", "title": title, "summary": "Written.", "evidence": "Read."}
    create = {"tool": "str_replace_based_edit_tool", "command": "create", "path": f"/workspace/PAGE-{number}.md"}
    turns = [{"use": [create | {"file_text": f"Page {number}\n"}]}, {"use": [submit]}, {"use": [submit]}]
    review = {"verdict": "approve", "summary": "Read.", "findings": []}
    rehearsal.model.scripts.append(script_from(title, {"match": [title], "author": turns, "reviewer": [review]}))
    return rehearsal.forge.create_issue(rehearsal.repo, title, f"Write PAGE-{number}.md").number


@contextmanager
def _cluster(folder: Path, rehearsal: Rehearsal) -> Iterator[httpx.Client]:
    """A coordinator and a node that serves every pool; a client of its API."""
    ports = [_free_port() for _ in range(4)]
    base = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8", **rehearsal.environment()}
    coordinator = [*("start-coordinator", "--port"), ports[0], "--webhook-port", ports[1], "--prefect-port", ports[2]]
    node = [
        *("start-node", "--coordinator-host", "127.0.0.1", "--coordinator-port"),
        ports[0],
        "--agent-port",
        ports[3],
    ]
    node += ["--max-tasks", _SLOTS, "--specialties", "backend,frontend,testing,devops,database,docs,security"]
    started: list[subprocess.Popen[str]] = []
    try:
        started.append(_start(coordinator, base | {"CLAUDE_CLUSTER_HOME": str(folder / "coordinator")}))
        started.append(_start(node, base | {"CLAUDE_CLUSTER_HOME": str(folder / "node")}))
        with httpx.Client(base_url=f"http://127.0.0.1:{ports[0]}", timeout=60) as api:
            yield api
    finally:
        for one in reversed(started):
            _end(one)


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


def _submit(api: httpx.Client, repo: str, number: int) -> float:
    began = time.perf_counter()
    api.post("/api/tasks", json={"repo": repo, "issue": number}).raise_for_status()
    return time.perf_counter() - began


def _wait(api: httpx.Client, issues: int) -> None:
    deadline = time.monotonic() + _LONGEST_S
    while True:
        tasks = api.get("/api/cluster/status").raise_for_status().json()["tasks"]
        if sum(count for status, count in tasks.items() if status not in {"queued", "running"}) >= issues:
            return
        if time.monotonic() > deadline:
            raise SystemExit(f"not done in {_LONGEST_S} s: {tasks}")
        time.sleep(1)


def _end(process: "subprocess.Popen[str]") -> None:
    family = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    process.terminate()
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        process.kill()
    for one in psutil.wait_procs(family, timeout=5)[1]:
        one.kill()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
