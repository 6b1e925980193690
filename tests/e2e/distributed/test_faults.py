"""Parts of a cluster die in the middle of an issue; it still becomes one pull request, and nothing is paid twice."""

import signal
import time
from collections.abc import Callable
from typing import Any

import psutil
import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.mark.faults
def test_a_node_loses_its_power(building: Callable[..., Any], until: Callable[..., None]) -> None:
    """Another node goes on within two minutes, from the checkpoint of the first."""
    cluster = building()
    cluster.start()
    first = cluster.join("node-a")
    task_id = cluster.in_the_middle(until)
    cluster.join("node-b")
    cluster.kill(first)
    died = time.monotonic()
    until(lambda: cluster.task(task_id)["node"] == "node-b", 120)
    assert time.monotonic() - died < 120
    cluster.stage.rehearsal.model.mend()
    task = cluster.until(task_id, "completed", "stuck", "failed")
    cluster.opened_once(task)
    assert len(cluster.runs(task_id)) == 2


@pytest.mark.faults
def test_a_run_is_killed_and_its_node_lives(building: Callable[..., Any], until: Callable[..., None]) -> None:
    """The node tells that it is gone: it goes on at once, not when the lease ends."""
    cluster = building()
    cluster.start()
    node = cluster.join("node-a")
    task_id = cluster.in_the_middle(until)
    shells = [one for one in node.family() if "bwrap" in one.name()]
    assert shells, "the run has a sandbox"
    run = next(one for one in shells[0].parents() if one.pid in {member.pid for member in node.family()})
    cluster.stage.rehearsal.model.mend()
    run.send_signal(signal.SIGKILL)
    died = time.monotonic()
    task = cluster.until(task_id, "completed", "stuck", "failed", seconds=90)
    assert time.monotonic() - died < 55
    cluster.opened_once(task)


@pytest.mark.faults
def test_the_coordinator_dies_and_comes_back(building: Callable[..., Any], until: Callable[..., None]) -> None:
    """Its PostgreSQL and Prefect server die with it; the run waits, and ends as if nothing had been."""
    cluster = building()
    first = cluster.start()
    cluster.join("node-a")
    task_id = cluster.in_the_middle(until)
    cluster.kill(first)
    cluster.stage.rehearsal.model.mend()
    time.sleep(5)
    cluster.start()
    task = cluster.until(task_id, "completed", "stuck", "failed")
    cluster.opened_once(task)
    run = f"/flow_runs/{task['flow_run_id']}"  # the pauses between its tries to tell Prefect have grown
    until(lambda: cluster.prefect(run)["state"]["type"] == "COMPLETED", 180)


@pytest.mark.faults
def test_a_node_that_is_stopped_hands_its_work_on(building: Callable[..., Any], until: Callable[..., None]) -> None:
    """SIGTERM: nothing new, the run is handed back, no process is left, another node goes on at once."""
    cluster = building()
    cluster.start()
    first = cluster.join("node-a", "backend,api,database", "--drain-seconds", 1)
    task_id = cluster.in_the_middle(until)
    cluster.join("node-b")
    family = first.family()
    first.process.send_signal(signal.SIGTERM)
    assert first.wait(30).code == 0
    assert first.gone(family)
    cluster.stage.rehearsal.model.mend()
    task = cluster.until(task_id, "completed", "stuck", "failed", seconds=90)
    assert task["node"] == "node-b"
    cluster.opened_once(task)


def test_a_wrong_token_and_an_absent_coordinator(building: Callable[..., Any]) -> None:
    """One line each: a wrong token ends the node, an absent coordinator is waited for and told."""
    cluster = building(host="0.0.0.0")
    cluster.start()
    cluster.extra["CLAUDE_CLUSTER_API_TOKEN"] = "a-wrong-token"
    refused = cluster.join("node-a", ready=False).wait(60)
    assert (refused.code, "refuses the token" in refused.error) == (1, True)
    cluster.ports["api"] = 1
    waiting = cluster.join("node-b", ready=False)
    waiting.says("Warning: Node registration failed", 60)
    waiting.interrupt()
    assert waiting.wait(20).code == 130


def test_the_coordinator_stops_within_fifteen_seconds(building: Callable[..., Any]) -> None:
    """SIGTERM: everything it started is gone, and a restart finds everything again."""
    cluster = building()
    running = cluster.start()
    token, family = cluster.token, running.family()
    began = time.monotonic()
    running.process.send_signal(signal.SIGTERM)
    assert running.wait(30).code == 0
    assert time.monotonic() - began < 15
    assert not [one for one in family if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
    cluster.start()
    assert cluster.token == token
    assert cluster.api("GET", "/health").json()["status"] == "ok"


@pytest.mark.faults
@pytest.mark.parametrize("states", [("PENDING",), ("PENDING", "RUNNING")], ids=["pending", "running"])
def test_a_run_is_gone_before_it_has_its_claim(
    building: Callable[..., Any], until: Callable[..., None], states: tuple[str, ...]
) -> None:
    """Its node took it and lost its power at once: nobody tells, no lease runs out, and the task goes on."""
    cluster = building()
    cluster.start()
    task_id = str(cluster.api("POST", "/api/tasks", {"repo": "rehearsal/shop", "issue": 1}).json()["task_id"])
    until(lambda: cluster.task(task_id)["flow_run_id"], 30)
    run = cluster.task(task_id)["flow_run_id"]
    for state in states:
        cluster.prefect(f"/flow_runs/{run}/set_state", {"state": {"type": state}, "force": True})
    began = time.monotonic()
    cluster.join("node-a")
    until(lambda: cluster.task(task_id)["flow_run_id"] != run, 180)
    assert time.monotonic() - began < 120
    cluster.opened_once(cluster.until(task_id, "completed", "stuck", "failed"))
    assert cluster.prefect(f"/flow_runs/{run}")["state"]["type"] == "CRASHED"
