"""`--profile rehearsal up`: no keys, a forge and a model in containers, and an issue that becomes a pull request."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.infra.docker.conftest import KEYS, Composed, docker

pytestmark = [pytest.mark.slow, pytest.mark.engine, pytest.mark.timeout(2_400)]
_AT_WORK = {"baseline", "generate", "verify"}
_END_S = 900


def _tasks(one: Composed) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = one.ask("/api/tasks")["tasks"]
    return found


def _ended(one: Composed) -> bool:
    """The container that asked for the pull request has ended."""
    return any(each["State"]["Status"] == "exited" for each in one.containers("rehearsal-issue"))


def _only_pull(one: Composed) -> dict[str, Any]:
    """The one that there must be, whatever happened on the way."""
    (pull,) = one.pulls()
    assert pull["head"]["ref"] == "claude/issue-1"
    return pull


def test_it_ends_with_a_pull_request(composing: Callable[..., Composed], until: Callable[..., None]) -> None:
    """Through a node's container, confined there; the last line is its address, which a browser here can open."""
    one = composing(profiles=("rehearsal",))
    one.run("up", "-d")
    until(lambda: _ended(one), _END_S, one.logs)
    (task,) = _tasks(one)
    (node,) = one.containers("agent-backend")
    assert (task["status"], task["outcome"], task["receipt"]["broken"]) == ("completed", "opened", [])
    assert task["receipt"]["fixed"]
    assert task["node"].startswith(node["Config"]["Hostname"])
    said = docker("logs", one.containers("rehearsal-issue")[0]["Id"]).stdout
    assert said.splitlines()[-1] == task["pull_request"]["url"]
    assert _only_pull(one)["number"] == task["pull_request"]["number"]


def test_a_node_that_is_killed_at_work(composing: Callable[..., Composed], until: Callable[..., None]) -> None:
    """`docker kill` in the middle: another container goes on, and there is one pull request."""
    one = composing(profiles=("rehearsal",))
    one.run("up", "-d")
    until(lambda: one.health("coordinator") == ["healthy"] and _at_work(one), _END_S, one.logs)
    (node,) = one.containers("agent-backend")
    docker("kill", node["Id"])
    until(lambda: _ended(one), _END_S, one.logs)
    (task,) = _tasks(one)
    assert (task["status"], task["outcome"]) == ("completed", "opened")
    assert not task["node"].startswith(node["Config"]["Hostname"])
    _only_pull(one)


def _at_work(one: Composed) -> bool:
    return any(task["status"] == "running" and task["step"] in _AT_WORK for task in _tasks(one))


def test_with_keys_nothing_is_rehearsed(composing: Callable[..., Composed]) -> None:
    """Real keys and a rehearsal don't meet: it is refused in one line."""
    one = composing(profiles=("rehearsal",), env=KEYS)
    done = one.run("up", "--no-deps", "rehearsal", check=False)
    assert "Error: keys are set, so this cluster is a real one - rehearse without" in done.stdout + one.logs()
