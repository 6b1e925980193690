"""`--profile rehearsal up`: no keys, a forge and a model in containers, and an issue that becomes a pull request."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.infra.docker.conftest import KEYS, Composed, docker

pytestmark = [pytest.mark.slow, pytest.mark.engine, pytest.mark.timeout(2_400)]
_AT_WORK = {"baseline", "generate", "verify"}
_END_S = 900


@pytest.fixture(scope="module")
def up(composing: Callable[..., Composed]) -> Composed:
    """The rehearsal's cluster, which has been told to work on issue 1."""
    one = composing(profiles=("rehearsal",))
    one.run("up", "-d")
    return one


def _tasks(one: Composed) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = one.ask("/api/tasks")["tasks"]
    return found


def _pull_of(one: Composed, issue: int) -> dict[str, Any]:
    """The one that there must be, whatever happened on the way."""
    (pull,) = [pull for pull in one.pulls() if pull["head"]["ref"].startswith(f"claude/issue-{issue}")]
    assert pull["head"]["ref"] == f"claude/issue-{issue}"
    return pull


def test_it_ends_with_a_pull_request(up: Composed, until: Callable[..., None]) -> None:
    """Through a node's container, confined there; the last line is its address, which a browser here can open."""
    asked = "rehearsal-issue"
    until(lambda: [one["State"]["Status"] for one in up.containers(asked)] == ["exited"], _END_S, up.logs)
    (task,) = _tasks(up)
    (node,) = up.containers("agent-backend")
    assert (task["status"], task["outcome"], task["receipt"]["broken"]) == ("completed", "opened", [])
    assert task["receipt"]["fixed"]
    assert task["node"].startswith(node["Config"]["Hostname"])
    said = docker("logs", up.containers(asked)[0]["Id"]).stdout
    assert said.splitlines()[-1] == task["pull_request"]["url"]
    assert _pull_of(up, 1)["number"] == task["pull_request"]["number"]


def test_a_node_that_is_killed_at_work(up: Composed, until: Callable[..., None]) -> None:
    """`docker kill` in the middle: another container goes on, and there is one pull request."""
    work = {"repo": "rehearsal/shop", "issue": 2, "requirements": ["backend"]}
    task_id = up.tell("/api/tasks", work)["task_id"]
    until(lambda: _at_work(up, task_id), _END_S, up.logs)
    (node,) = up.containers("agent-backend")
    docker("kill", node["Id"])
    until(lambda: up.ask(f"/api/tasks/{task_id}")["status"] not in {"queued", "running"}, _END_S, up.logs)
    task = up.ask(f"/api/tasks/{task_id}")
    assert (task["status"], task["outcome"]) == ("completed", "opened")
    assert not task["node"].startswith(node["Config"]["Hostname"])
    assert _pull_of(up, 2)["number"] == task["pull_request"]["number"]


def _at_work(one: Composed, task_id: str) -> bool:
    task = one.ask(f"/api/tasks/{task_id}")
    return task["status"] == "running" and task["step"] in _AT_WORK


def test_with_keys_nothing_is_rehearsed(composing: Callable[..., Composed]) -> None:
    """Real keys and a rehearsal don't meet: it is refused in one line."""
    one = composing(profiles=("rehearsal",), env=KEYS)
    done = one.run("up", "--no-deps", "rehearsal", check=False)
    assert "Error: keys are set, so this cluster is a real one - rehearse without" in done.stdout + one.logs()
