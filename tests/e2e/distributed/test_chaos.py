"""Faults at random while issues are worked on: each still becomes one pull request, and nothing is left behind.

`make chaos` injects a hundred over thirty issues on three nodes. A run's seed is printed: CHAOS_SEED repeats it;
CHAOS_FAULTS, CHAOS_ISSUES and CHAOS_NODES make it longer or shorter.
"""

import os
import random
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import psutil
import pytest

from demo.model.mishap import Mishap
from demo.wire.faults import Fault

FAULTS = int(os.environ.get("CHAOS_FAULTS", "6"))
ISSUES = int(os.environ.get("CHAOS_ISSUES", "4"))
NODES = int(os.environ.get("CHAOS_NODES", "2"))
SEED = int(os.environ.get("CHAOS_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
SHOP = "rehearsal/shop"
_ENDED = {"completed", "refused", "stuck", "failed", "cancelled"}
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600 + 60 * FAULTS),
    pytest.mark.skipif("CHAOS_FAULTS" not in os.environ, reason="takes its time: make chaos, or CHAOS_FAULTS=6"),
]


@dataclass
class Havoc:
    """What goes wrong, one kind a method; `nodes` are those that live."""

    cluster: Any
    chance: random.Random
    nodes: list[Any] = field(default_factory=list)
    made: int = 0
    done: dict[str, int] = field(default_factory=dict)

    def grow(self) -> None:
        """Another node, under a name that nobody had."""
        self.made += 1
        self.nodes.append(self.cluster.join(f"node-{self.made}"))

    def happen(self) -> None:
        """One of them."""
        kinds: list[Callable[[], None]] = [
            *(self.run_killed, self.run_killed, self.run_paused, self.node_dies, self.node_stops),
            *(self.coordinator_dies, self.database_dies, self.prefect_dies, self.forge_fails, self.model_fails),
        ]
        kind = self.chance.choice(kinds)
        self.done[kind.__name__] = self.done.get(kind.__name__, 0) + 1
        sys.stderr.write(f"{time.strftime('%H:%M:%S')} {kind.__name__}\n")
        kind()

    def run_killed(self) -> None:
        """Kill -9 of the process that works on an issue."""
        if run := self._run():
            run.kill()

    def run_paused(self) -> None:
        """It sleeps for a few seconds, and goes on as if nothing had been."""
        if run := self._run():
            run.suspend()
            time.sleep(self.chance.uniform(1, 5))
            with suppress(psutil.NoSuchProcess):
                run.resume()

    def node_dies(self) -> None:
        """Power loss; another one takes its place."""
        node = self.nodes.pop(self.chance.randrange(len(self.nodes)))
        self.cluster.kill(node)
        self.grow()

    def node_stops(self) -> None:
        """SIGTERM, as systemd sends it."""
        node = self.nodes.pop(self.chance.randrange(len(self.nodes)))
        node.process.send_signal(signal.SIGTERM)
        self.grow()

    def coordinator_dies(self) -> None:
        """With its database and its Prefect server; it is started again."""
        self.cluster.kill(self.cluster.coordinator)
        time.sleep(self.chance.uniform(0, 3))
        self.cluster.start()

    def database_dies(self) -> None:
        """Kill -9 of PostgreSQL's first process; the coordinator starts it again."""
        self._kill_child("postgres")

    def prefect_dies(self) -> None:
        """Kill -9 of the Prefect server."""
        self._kill_child("prefect")

    def forge_fails(self) -> None:
        """The next requests are answered by nobody, or by an error."""
        forge = self.cluster.stage.rehearsal.forge
        forge.fail(self.chance.choice([Fault(status=502, times=2), Fault(drop="after"), Fault(drop="before", times=2)]))

    def model_fails(self) -> None:
        """Overloaded, or asked too often."""
        kind: Any = self.chance.choice(["overloaded", "rate_limit"])
        self.cluster.stage.rehearsal.model.mishap(Mishap(kind=kind, retry_after=1))

    def _run(self) -> psutil.Process | None:
        for node in self.chance.sample(self.nodes, len(self.nodes)):
            family = {one.pid: one for one in node.family()}
            for one in family.values():
                with suppress(psutil.NoSuchProcess):
                    if one.name() == "bwrap" and one.ppid() in family and family[one.ppid()].name() != "bwrap":
                        return family[one.ppid()]
        return None

    def _kill_child(self, word: str) -> None:
        for one in psutil.Process(self.cluster.coordinator.process.pid).children():
            with suppress(psutil.NoSuchProcess):
                if any(word in part for part in one.cmdline()[:6]):
                    one.kill()
                    return


def test_nothing_is_lost_whatever_dies(building: Callable[..., Any]) -> None:
    """At the end each issue has one pull request or one honest refusal, and no process is left of what died."""
    sys.stderr.write(f"CHAOS_SEED={SEED}\n")
    cluster = building()
    havoc = Havoc(cluster, random.Random(SEED))
    cluster.start()
    for _ in range(NODES):
        havoc.grow()
    model = cluster.stage.rehearsal.model
    model.mishap(Mishap(kind="delay", role="author", delay_ms=1_500, times=None))
    issues = [_issue(cluster, number) for number in range(ISSUES)]
    tasks = {number: _submitted(cluster, number) for number in issues}
    for _ in range(FAULTS):
        time.sleep(havoc.chance.uniform(2, 12))
        havoc.happen()
    model.mend()
    ended = {number: _ended(cluster, task_id) for number, task_id in tasks.items()}
    _check(cluster, ended)
    sys.stderr.write(f"{havoc.done} -> {sorted(one['outcome'] for one in ended.values())}\n")


def _issue(cluster: Any, number: int) -> int:
    title = f"Write page number {number}"
    cluster.stage.writes(title, f"PAGE-{number}.md", f"Page {number}\n")
    return int(cluster.stage.issue(title, f"Write PAGE-{number}.md"))


def _submitted(cluster: Any, number: int) -> str:
    return str(cluster.api("POST", "/api/tasks", {"repo": SHOP, "issue": number}).raise_for_status().json()["task_id"])


def _ended(cluster: Any, task_id: str) -> dict[str, Any]:
    """A forge that failed for longer than a run waits leaves a failed task: a person says go on, as here."""
    deadline = time.monotonic() + 420
    while True:
        with suppress(Exception):
            task: dict[str, Any] = cluster.task(task_id)
            if task["status"] in _ENDED:
                return task
        assert time.monotonic() < deadline, f"{task_id} does not end: {task}"
        time.sleep(1)


def _check(cluster: Any, ended: dict[int, dict[str, Any]]) -> None:
    traces = cluster.stage.traces()
    good = {number for number, task in ended.items() if task["outcome"] in {"opened", "updated"}}
    told = {number: (task["status"], task["outcome"], task["reason"]) for number, task in ended.items()}
    assert all(task["status"] in {"completed", "stuck"} for task in ended.values()), told
    assert sorted(traces.branches) == sorted(f"claude/issue-{number}" for number in good), told
    assert len(traces.pulls) == len(good), told
    assert len(traces.comments) == len(ended), told
    spent = sum(task["spend"]["cost_usd"] for task in ended.values())
    shown = cluster.api("GET", "/api/cluster/status").json()
    assert shown["spend"]["cost_usd"] == pytest.approx(spent, abs=1e-3)
    assert shown["queue"]["length"] == 0
