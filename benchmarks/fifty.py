"""Fifty issues at once on a cluster of one machine: PostgreSQL, four pools, a node with eight slots."""

import tempfile
import time
from contextlib import suppress
from pathlib import Path

import httpx
import psutil
from cluster_of import Cluster, page_issue, running_cluster
from figure import Figure, below

from demo.model.mishap import Mishap
from demo.rehearsal import Rehearsal

_ISSUES, _SLOTS, _MODEL_S = 50, 8, 20.0
_POOLS = ("backend", "frontend", "docs", "testing")
_CALLS = 4  # three of the author, one of the reviewer
_GOAL = 0.8
_LONGEST_S = 1_800
_LOCKED = ("database is locked", "deadlock detected", "could not serialize", "lock timeout")


def measure(issues: int = _ISSUES) -> list[Figure]:
    """Throughput against what the model's time alone would allow, what a run costs, and what went wrong."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, Rehearsal(Path(folder) / "r") as rehearsal:
        numbers = [
            page_issue(rehearsal, f"Write page number {number:03} of the manual", f"PAGE-{number:03}.md")
            for number in range(issues)
        ]
        before, model = len(rehearsal.forge.pulls(rehearsal.repo)), rehearsal.model
        rehearsal.forge.journal.clear()
        model.mishap(Mishap(kind="delay", delay_ms=int(_MODEL_S * 1000 / _CALLS), times=None))
        with running_cluster(Path(folder), rehearsal, nodes=1, slots=_SLOTS) as cluster:
            spent, began = _processor_s(cluster), time.perf_counter()
            submitted = [
                _submit(cluster.api, rehearsal.repo, number, _POOLS[at % len(_POOLS)])
                for at, number in enumerate(numbers)
            ]
            _wait(cluster.api, issues)
            took = time.perf_counter() - began
            spent = {name: value - spent[name] for name, value in _processor_s(cluster).items()}
        locked = _locked(Path(folder))
        pulls = len(rehearsal.forge.pulls(rehearsal.repo)) - before
        calls = rehearsal.forge.journal.entries(path="/api/")
    writes = sum(one.method != "GET" for one in calls)
    ideal = issues / _SLOTS * _MODEL_S
    share = ideal / took
    return [
        Figure("share of the ideal throughput", round(share, 3), "", f"at least {_GOAL}", share >= _GOAL),
        Figure("the same, if nothing took time but GitHub's one write a second", min(ideal / writes, 1.0), ""),
        Figure("writes to GitHub's API, an issue", writes / issues, ""),
        Figure("issues in an hour", round(issues / took * 3600, 1), ""),
        Figure("submitting one issue, median", sorted(submitted)[len(submitted) // 2], "s"),
        Figure("processor time of an issue's run, git, sandbox and tests included", spent["runs"] / issues, "s"),
        Figure("processor time of node, coordinator, Prefect and database, an issue", spent["house"] / issues, "s"),
        below("lock errors in the logs", locked, "", 0),
        Figure("pull requests for each issue", pulls / issues, "", "1", pulls == issues),
    ]


def _submit(api: httpx.Client, repo: str, number: int, specialist: str) -> float:
    began = time.perf_counter()
    body = {"repo": repo, "issue": number, "requirements": [specialist]}
    api.post("/api/tasks", json=body).raise_for_status()
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


def _processor_s(cluster: Cluster) -> dict[str, float]:
    """Seconds so far: of runs with all their children, which the fork server buries, and of all the rest."""
    runs = house = 0.0
    for top in (cluster.coordinator, *cluster.nodes):
        process = psutil.Process(top.pid)
        for one in (process, *process.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):  # one that ends meanwhile is counted by whoever buries it
                times, command = one.cpu_times(), one.cmdline()
                house += times.user + times.system
                if "cluster.node.fork_server" in command:
                    runs += times.children_user + times.children_system
    return {"runs": runs, "house": house}


def _locked(folder: Path) -> int:
    logs = [*folder.glob("*.log"), *folder.glob("*/logs/*.log")]
    return sum(log.read_text("utf-8", "replace").count(words) for log in logs for words in _LOCKED)
