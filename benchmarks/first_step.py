"""How soon an issue is worked on: from the API call, or from the webhook, to the flow's first step on a node."""

import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import httpx
from cluster_of import SECRET, Cluster, page_issue, running_cluster
from figure import Figure, below

from demo.rehearsal import Rehearsal

_GOAL_S = 1.5
_LOOK_S, _PATIENCE_S = 0.02, 120
_BEGUN = {"running", "completed"}


def measure(runs: int = 7) -> list[Figure]:
    """Medians of `runs` issues each, one after the other, the first of all left out; a step is seen within 20 ms."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        rehearsal = stack.enter_context(Rehearsal(folder / "r"))
        cluster = stack.enter_context(running_cluster(folder, rehearsal, nodes=1))
        rehearsal.forge.add_webhook(rehearsal.repo, cluster.hooks, SECRET)
        _by_call(cluster, rehearsal, -1)
        called = [_by_call(cluster, rehearsal, number) for number in range(runs)]
        hooked = [_by_webhook(cluster, rehearsal, number) for number in range(runs)]
    return [
        below("API call to the flow's first step", statistics.median(called), "s", _GOAL_S),
        below("webhook to the flow's first step", statistics.median(hooked), "s", _GOAL_S),
    ]


def _by_call(cluster: Cluster, rehearsal: Rehearsal, number: int) -> float:
    issue = page_issue(rehearsal, f"Write page {number} of the called", f"CALLED-{number}.md")
    return _first_step(cluster.api, issue, lambda: _submit(cluster.api, rehearsal.repo, issue))


def _by_webhook(cluster: Cluster, rehearsal: Rehearsal, number: int) -> float:
    issue = page_issue(rehearsal, f"Write page {number} of the hooked", f"HOOKED-{number}.md")
    forge = rehearsal.forge
    return _first_step(cluster.api, issue, lambda: forge.label(rehearsal.repo, issue, "claude", rehearsal.maintainer))


def _first_step(api: httpx.Client, issue: int, ask: Callable[[], object]) -> float:
    """Seconds; then the issue's end is waited for, so that it does not slow the next."""
    began = time.perf_counter()
    ask()
    _until(api, issue, _BEGUN)
    took = time.perf_counter() - began
    _until(api, issue, {"completed"})
    time.sleep(1.0)
    return took


def _until(api: httpx.Client, issue: int, statuses: set[str]) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        tasks = api.get("/api/tasks?limit=5").raise_for_status().json()["tasks"]
        if any(one["issue"] == issue and one["status"] in statuses for one in tasks):
            return
        if time.monotonic() > deadline:
            raise SystemExit(f"issue {issue} is not {statuses} within {_PATIENCE_S} s: {tasks[:1]}")
        time.sleep(_LOOK_S)


def _submit(api: httpx.Client, repo: str, issue: int) -> None:
    api.post("/api/tasks", json={"repo": repo, "issue": issue}).raise_for_status()
