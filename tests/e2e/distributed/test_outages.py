"""The coordinator, its database or a person is away for long; the work waits, and goes on by itself."""

import signal
import time
from collections.abc import Callable
from typing import Any

import psutil
import pytest

from demo.wire.faults import Fault

pytestmark = [pytest.mark.slow, pytest.mark.faults, pytest.mark.timeout(1500)]
SHOP = "rehearsal/shop"
_LONG_S = 100  # longer than a claim lasts (60 s), and than a coordinator leaves claims alone after its start (75 s)


def test_a_coordinator_that_is_away_for_long(building: Callable[..., Any], until: Callable[..., None]) -> None:
    """Its lease runs out meanwhile, but nobody else could take the issue: the same run ends, and pays nothing twice.

    Nothing in this depends on how long it was, up to an hour: the run asks again, at most ten seconds apart.
    """
    cluster = building()
    first = cluster.start()
    cluster.join("node-a")
    task_id = cluster.in_the_middle(until)
    cluster.kill(first)
    cluster.stage.rehearsal.model.mend()
    time.sleep(_LONG_S)
    paid = cluster.stage.paid()
    cluster.start(within=300)
    task = cluster.until(task_id, "completed", "stuck", "failed")
    cluster.opened_once(task)
    (run,) = cluster.runs(task_id)
    until(lambda: cluster.prefect(f"/flow_runs/{run['id']}")["state"]["type"] == "COMPLETED", 300)
    needed = len({str(request["messages"]) for request in cluster.stage.rehearsal.model.requests()})
    assert (cluster.stage.paid(), paid <= cluster.stage.paid()) == (needed, True)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT], ids=["killed", "stopped"])
def test_the_database_goes_and_comes_back(
    building: Callable[..., Any], until: Callable[..., None], how: signal.Signals
) -> None:
    """In the middle of an issue: everybody asks again, and the same run ends it."""
    cluster = building()
    running = cluster.start()
    cluster.join("node-a")
    task_id = cluster.in_the_middle(until)
    (database,) = [one for one in psutil.Process(running.process.pid).children() if "postgres" in one.cmdline()[0]]
    database.send_signal(how)
    cluster.stage.rehearsal.model.mend()
    running.says("PostgreSQL has ended; it is started again", 60)
    until(lambda: cluster.api("GET", f"/api/tasks/{task_id}").status_code == 200, 60)
    task = cluster.until(task_id, "completed", "stuck", "failed")
    cluster.opened_once(task)
    assert len(cluster.runs(task_id)) == 1


def test_an_outcome_waits_on_the_nodes_disk(building: Callable[..., Any], until: Callable[..., None]) -> None:
    """The coordinator dies as the last word is written on the forge: the result is kept, and told when it is back."""
    cluster = building()
    first = cluster.start()
    node = cluster.join("node-a")
    task_id = cluster.in_the_middle(until, delay_ms=500)
    forge, outbox = cluster.stage.rehearsal.forge, cluster.stage.folder / "node-a" / "outbox"
    until(lambda: cluster.stage.traces().pulls, 300)
    forge.fail(Fault(method="PATCH", path=r"/issues/comments/\d+$", delay_s=8))
    until(lambda: not forge.faults._waiting, 120)
    cluster.kill(first)
    until(lambda: [one.name for one in outbox.glob("task-*.json")] == [f"{task_id}.json"], 120)
    until(lambda: not cluster.working(node), 60)
    cluster.start(within=300)
    task = cluster.until(task_id, "completed", "stuck", "failed", seconds=120)
    cluster.opened_once(task)
    until(lambda: not list(outbox.glob("task-*.json")), 30)
    (run,) = cluster.runs(task_id)
    until(lambda: cluster.prefect(f"/flow_runs/{run['id']}")["state"]["name"] == "opened", 300)


def test_a_task_that_is_lost_again_and_again_is_stuck(building: Callable[..., Any], until: Callable[..., None]) -> None:
    """Three resumptions, no fourth; the issue has one comment, which says so, and no branch."""
    cluster = building()
    cluster.start()
    node = cluster.join("node-a")
    task_id = cluster.in_the_middle(until)
    killed: set[int] = set()

    def at_work() -> list[psutil.Process]:
        return [one for one in cluster.working(node) if one.pid not in killed]

    for _ in range(4):
        until(at_work, 300)
        for process in at_work():
            killed.add(process.pid)
            process.kill()
    task = cluster.until(task_id, "completed", "stuck", "failed", seconds=300)
    traces = cluster.stage.traces()
    assert (task["status"], task["outcome"]) == ("stuck", "stuck")
    assert "after 3 resumptions" in task["reason"]
    assert (traces.branches, traces.pulls, len(traces.comments)) == ((), (), 1)
    assert len(cluster.runs(task_id)) == 4


def test_a_task_that_waits_for_approval_waits_on(building: Callable[..., Any], until: Callable[..., None]) -> None:
    """Over a coordinator's death, and for longer than recovery leaves anything alone; then a person says yes."""
    cluster = building()
    first = cluster.start()
    node = cluster.join("node-a")
    rules = '[approval]\nbefore = ["pull_request"]\n'
    cluster.stage.rehearsal.forge.commit(SHOP, "main", {".claude-cluster.toml": rules}, "Rules")
    task_id = str(cluster.api("POST", "/api/tasks", {"repo": SHOP, "issue": 1}).json()["task_id"])
    until(lambda: cluster.task(task_id)["status"] == "suspended", 300)
    (run,) = cluster.runs(task_id)
    until(lambda: cluster.prefect(f"/flow_runs/{run['id']}")["state"]["name"] == "Suspended", 60)
    until(lambda: not cluster.working(node), 60)
    paid = cluster.stage.paid()
    cluster.kill(first)
    cluster.start(within=300)
    time.sleep(_LONG_S)
    assert (cluster.task(task_id)["status"], cluster.stage.traces().pulls) == ("suspended", ())
    assert cluster.prefect(f"/flow_runs/{run['id']}")["state"]["name"] == "Suspended"
    assert cluster.prefect(f"/flow_runs/{run['id']}/resume", {})["status"] == "ACCEPT"
    task = cluster.until(task_id, "completed", "stuck", "failed")
    cluster.opened_once(task)
    assert (cluster.stage.paid(), len(cluster.runs(task_id))) == (paid, 1)


def test_a_run_whose_task_is_over_is_buried(building: Callable[..., Any], until: Callable[..., None]) -> None:
    """Prefect says that it runs, but nothing does: two minutes after the task ended it is shown as crashed."""
    cluster = building()
    cluster.start()
    cluster.join("node-a")
    task_id = str(cluster.api("POST", "/api/tasks", {"repo": SHOP, "issue": 1}).json()["task_id"])
    task = cluster.until(task_id, "completed", "stuck", "failed")
    (run,) = cluster.runs(task_id)
    cluster.prefect(f"/flow_runs/{run['id']}/set_state", {"state": {"type": "RUNNING"}, "force": True})
    until(lambda: cluster.prefect(f"/flow_runs/{run['id']}")["state"]["type"] == "CRASHED", 300)
    assert cluster.task(task_id) == task
