"""Runs on a node: isolated processes from a preloaded one, never more than there is room for."""

import os
import signal
import time
from typing import Any

import httpx
import psutil
import pytest

pytestmark = pytest.mark.slow


def test_runs_come_from_the_fork_server_and_share_nothing(node: Any) -> None:
    """Each has a process, a session and randomness of its own, starts in the state folder, and has no old thread."""
    runs = [node.asks() for _ in range(2)]
    first, second = (run.facts for run in runs)
    for run in runs:
        run.becomes("Completed")
    server = node.fork_server()
    assert server.is_running()
    assert len({first["pid"], second["pid"], server.pid, node.process.pid}) == 4
    assert [one["session"] for one in (first, second)] == [first["pid"], second["pid"]]
    assert first["random"] != second["random"]
    assert {first["folder"], second["folder"]} == {str(node.state)}
    assert "MainThread" in first["threads"]
    assert "plain" not in node.log


def test_never_more_at_once_than_there_is_room(make_node: Any, until: Any) -> None:
    """The limit holds over all pools of the node, and is used in full."""
    node = make_node(pools=3, most=2)
    runs = [node.asks(pool, seconds=4.0) for pool in node.pools for _ in range(2)]
    until(lambda: all(run.end for run in runs), 120)
    spans = sorted((run.facts["began"], run.end) for run in runs)
    at_once = [sum(1 for began, end in spans if began <= moment < end) for moment, _ in spans]
    assert max(at_once) == 2


def test_a_full_node_asks_for_nothing(make_node: Any) -> None:
    """Neither pool is looked at while there is no room; the next run begins as soon as there is."""
    node = make_node(pools=2, most=1)
    first = node.asks(seconds=6.0)
    assert first.facts
    time.sleep(1)
    asked = _asked(node)
    second = node.asks(node.pools[1])
    time.sleep(2.5)
    assert (_asked(node), first.end) == (asked, None)
    second.becomes("Completed")
    assert 0 <= second.facts["began"] - (first.end or 0.0) < 15
    assert _asked(node) != asked


def test_a_node_that_is_told_of_a_run_looks_at_once(make_node: Any, until: Any) -> None:
    """However long it would wait to ask by itself; a full one looks when there is room."""
    node = make_node(most=1, variables={"PREFECT_WORKER_QUERY_SECONDS": "3600"})
    first, second = node.asks(seconds=3.0), node.asks()
    node.signal(signal.SIGUSR1)
    assert first.facts
    node.signal(signal.SIGUSR1)
    until(lambda: second.end, 60)
    assert second.facts["began"] >= (first.end or float("inf"))


def _asked(node: Any) -> list[str]:
    """When each of its queues was looked at last."""
    paths = [f"{node.prefect.url}/work_pools/{pool}/queues/default" for pool in node.pools]
    return [httpx.get(path, timeout=60).raise_for_status().json()["last_polled"] for path in paths]


def test_a_killed_run_crashes_and_the_node_is_told(node: Any, until: Any) -> None:
    """After kill -9 of the run's process it is Crashed, its child is gone too, and the hook names the process."""
    run = node.asks(seconds=600, child=True)
    facts = run.facts
    os.kill(facts["pid"], signal.SIGKILL)
    run.becomes("Crashed", 10)
    until(lambda: run.id in node.gone, 5)
    assert node.gone == {run.id: facts["pid"]}
    until(lambda: not psutil.pid_exists(facts["helper"]), 5)


def test_a_cancelled_run_ends_with_its_children(node: Any, until: Any) -> None:
    """Cancelling in the UI or through the API ends all of it within ten seconds."""
    run = node.asks(seconds=600, child=True)
    facts = run.facts
    began = time.monotonic()
    node.prefect.post(f"/flow_runs/{run.id}/set_state", state={"type": "CANCELLING"})
    until(lambda: not psutil.pid_exists(facts["pid"]) and not psutil.pid_exists(facts["helper"]), 10)
    assert time.monotonic() - began < 10
    run.becomes("Cancelled", 20)
    until(lambda: node.gone == {run.id: facts["pid"]}, 5)


def test_without_its_fork_server_the_node_goes_on(node: Any, until: Any) -> None:
    """A killed fork server takes no run with it; the next run starts, and there is a new one."""
    first = node.asks(seconds=3)
    assert first.facts
    old = node.fork_server()
    old.kill()
    second = node.asks()
    second.becomes("Completed")
    first.becomes("Completed")
    assert node.fork_server().pid != old.pid
    assert node.log.count("fork server ended") == 1


def test_changed_code_is_loaded(node: Any, until: Any) -> None:
    """A run after a change of the installed code has the new code; a run under way goes on with the old."""
    first = node.asks(seconds=3)
    assert first.facts["words"] == "first"
    old = node.fork_server()
    source = node.played / "node_flows.py"
    source.write_text(source.read_text().replace('WORDS = "first"', 'WORDS = "changed"'))
    second = node.asks()
    assert second.facts["words"] == "changed"
    first.becomes("Completed")
    assert node.fork_server().pid != old.pid


def test_a_node_that_dies_takes_its_runs_with_it(node: Any, until: Any) -> None:
    """After kill -9 of the node none of its processes is left."""
    run = node.asks(seconds=600, child=True)
    facts = run.facts
    family = node.family()
    assert {facts["pid"], facts["helper"]} <= {one.pid for one in family}
    node.signal(signal.SIGKILL)
    node.process.wait()
    until(lambda: [one for one in family if _lives(one)] == [], 4, lambda: family)


def test_the_servers_password_reaches_runs_and_nothing_else(make_node: Any) -> None:
    """PREFECT_API_AUTH_STRING is in a run's environment, and in no command line and no log."""
    node = make_node(variables={"PREFECT_API_AUTH_STRING": "admin:quite-secret"})
    run = node.asks(seconds=2)
    assert run.facts["auth"] == "admin:quite-secret"
    lines = [" ".join(one.cmdline()) for one in [psutil.Process(node.process.pid), *node.family()]]
    assert [line for line in lines if "quite-secret" in line] == []
    run.becomes("Completed")
    assert "quite-secret" not in node.log


def _lives(one: psutil.Process) -> bool:
    return one.is_running() and one.status() != psutil.STATUS_ZOMBIE
