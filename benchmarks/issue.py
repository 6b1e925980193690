"""A whole issue on the rehearsal's forge with a warm server: time by step, memory, and how stable prompts are."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import httpx
import psutil
from figure import Figure, below

from cluster.server import ensure_server, stop_server
from demo.rehearsal import Rehearsal

_PROGRAM = Path(sys.executable).parent / "claude-cluster"
_GOAL_S = 3.0
_KEPT = 0.95


def measure(runs: int) -> list[Figure]:
    """The first issue warms clone, dependencies and server; `runs` further ones of the same text are measured."""
    with tempfile.TemporaryDirectory() as folder, Rehearsal(Path(folder) / "rehearsal") as rehearsal:
        home = Path(folder) / "state"
        try:
            api = ensure_server(home, None).api_url
            sample = rehearsal.issues[0]
            _solve(rehearsal, Path(folder), api, 1)
            done = []
            for _ in range(runs):
                made = rehearsal.forge.create_issue(sample.repo, sample.title, sample.body, author=sample.author)
                done.append(_solve(rehearsal, Path(folder), api, made.number))
            kept = _least_kept(list(rehearsal.model.requests()))
        finally:
            stop_server(home)
    return _figures(done, kept)


def _solve(rehearsal: Rehearsal, folder: Path, api: str, number: int) -> dict[str, Any]:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "CLAUDE_CLUSTER_HOME": str(folder / "state"),
        "PREFECT_HOME": str(folder / "prefect"),
        "PREFECT_API_URL": api,
        **rehearsal.environment(),
    }
    command = [str(_PROGRAM), "workflow", "--issue", str(number), "--repo", rehearsal.repo, "--json"]
    began = time.perf_counter()
    process = subprocess.Popen(
        command, env=environment, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    memory = _Memory(process.pid)
    out, _ = process.communicate()
    wall = time.perf_counter() - began
    said = json.loads(out)
    if said["outcome"] != "opened":
        raise SystemExit(f"the rehearsed issue ended {said['outcome']}: {said['reason']}")
    return {"wall": wall, "memory": memory.peak_mb(), "timing": said["timing"], "steps": _steps(api, said)}


def _steps(api: str, said: dict[str, Any]) -> dict[str, float]:
    """Seconds by step, from Prefect's task runs."""
    query = {"flow_runs": {"id": {"any_": [said["flow_run_id"]]}}}
    found = httpx.post(f"{api}/task_runs/filter", json=query, timeout=30).raise_for_status().json()
    steps: dict[str, float] = defaultdict(float)
    for one in found:
        steps[one["name"].rsplit("-", 1)[0]] += one["total_run_time"]
    return steps


class _Memory(threading.Thread):
    """Looks ten times a second at the largest Python process below a process: the flow's."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid, self._most = pid, 0
        self.start()

    def run(self) -> None:
        """Until the process has ended."""
        try:
            while True:
                for one in psutil.Process(self._pid).children(recursive=True):
                    self._look(one)
                time.sleep(0.1)
        except psutil.NoSuchProcess:
            return

    def _look(self, one: psutil.Process) -> None:
        try:
            if "python" in one.name():
                self._most = max(self._most, one.memory_info().rss)
        except psutil.Error:
            return

    def peak_mb(self) -> float:
        """The most that was seen."""
        return self._most / 1024**2


def _least_kept(requests: list[dict[str, Any]]) -> float:
    """The least share of a request's bytes that the conversation's next request begins with."""
    shares = []
    last: dict[str, bytes] = {}
    for request in requests:
        if not request.get("tools"):
            continue  # a review is one question
        text = _canonical(request)
        opening = json.dumps(request["messages"][0])
        if len(request["messages"]) > 1:
            before = last[opening]
            shares.append(_common(before, text) / len(before))
        last[opening] = text
    return min(shares)


def _common(one: bytes, other: bytes) -> int:
    """With how many equal bytes both begin."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((number for number, (left, right) in pairs if left != right), min(len(one), len(other)))


def _canonical(request: dict[str, Any]) -> bytes:
    """Tools, system, then one message a line, in the order in which the API caches them."""
    parts = [*request["tools"], request.get("system", ""), *request["messages"]]
    return "".join(json.dumps(part, ensure_ascii=False, sort_keys=True) + "\n" for part in parts).encode()


def _figures(done: list[dict[str, Any]], kept: float) -> list[Figure]:
    def median(take: Any) -> float:
        return statistics.median(take(one) for one in done)

    steps = list(dict.fromkeys(name for one in done for name in reversed(one["steps"])))
    return [
        Figure("whole issue, the command from start to end", median(lambda one: one["wall"]), "s"),
        Figure("whole issue: the model's time", median(lambda one: one["timing"]["model_s"]), "s"),
        Figure("whole issue: the time of tests", median(lambda one: one["timing"]["tests_s"]), "s"),
        below("whole issue: all the rest", median(lambda one: one["timing"]["overhead_s"]), "s", _GOAL_S),
        *(Figure(f"step {name}", median(lambda one, n=name: one["steps"].get(n, 0.0)), "s") for name in steps),
        Figure("the flow's process: peak memory", median(lambda one: one["memory"]), "MB"),
        Figure(
            "prefix kept from one request to the next, least",
            kept * 100,
            "%",
            f"at least {_KEPT:.0%}",
            kept >= _KEPT,
        ),
    ]
