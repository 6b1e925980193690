"""A task step by step: created, run, shown, cancelled."""

import re
from typing import Any

import pytest

from demo.model import Mishap

pytestmark = pytest.mark.slow


def test_create_then_run(stage: Any) -> None:
    """`create-task` prints the id and nothing else; `run-task` takes it to the pull request, a second time for free."""
    stage.writes("Write the news")
    issue = stage.issue("Write the news", "Please add a NEWS.md.")
    made = stage.cli("create-task", "--issue", issue, "--repo", "rehearsal/shop")
    assert made.code == 0, made.stderr
    assert re.fullmatch(r"task-\d{8}-001\n", made.stdout)
    task = made.stdout.strip()
    (waiting,) = stage.cli("status", "--json").object()["tasks"]
    assert (waiting["task_id"], waiting["status"], waiting["outcome"], stage.paid()) == (task, "queued", None, 0)
    ran = stage.cli("run-task", task, "--json")
    told = ran.object()
    assert (ran.code, told["task_id"], told["outcome"]) == (0, task, "opened"), ran.stderr
    paid = stage.paid()
    again = stage.cli("run-task", task)
    assert (again.code, again.stdout, stage.paid()) == (0, told["pull_request"]["url"] + "\n", paid)
    assert stage.cli("resume", task).code == 2


def test_cancel_while_it_runs(stage: Any, until: Any) -> None:
    """Within seconds the run and everything it started are gone; the task and the Prefect run are cancelled."""
    running, task = _under_way(stage, until)
    family = running.family()
    assert len(family) > 1
    cancelled = stage.cli("cancel", task)
    assert (cancelled.code, cancelled.stdout) == (0, ""), cancelled.stderr
    assert "cancelled" in cancelled.stderr
    done = running.wait(5)
    assert (done.code, done.object()["outcome"]) == (130, "cancelled")
    until(lambda: running.gone(family), 2)
    told = stage.cli("status", "--task-id", task, "--json").object()
    assert (told["status"], told["outcome"]) == ("cancelled", "cancelled")
    until(lambda: stage.prefect.run(told["flow_run_id"])["state"]["type"] == "CANCELLED", 5)
    assert (stage.traces().branches, stage.traces().pulls) == ((), ())
    assert stage.cli("cancel", task).code == 0


@pytest.mark.parametrize("how", ["interrupt", pytest.param("kill", marks=pytest.mark.faults)])
def test_stop_and_resume(stage: Any, until: Any, how: str) -> None:
    """Ctrl-C and a killed command leave no child, Ctrl-C within two seconds; `resume` ends in one pull request.

    No answer that came is paid for again: only the one that was on its way is asked for twice.
    """
    running, task = _under_way(stage, until)
    family = running.family()
    if how == "interrupt":
        running.interrupt()
    else:
        running.process.kill()
    done = running.wait(5)
    assert done.code == (130 if how == "interrupt" else -9)
    until(lambda: running.gone(family), 2 if how == "interrupt" else 30)
    assert how == "kill" or f"claude-cluster resume {task}" in done.stderr
    resumed = stage.cli("resume", task, "--json")
    told = resumed.object()
    assert (resumed.code, told["outcome"], told["attempt"]) == (0, "opened", 1), resumed.stderr
    assert stage.traces().pulls == (told["pull_request"]["number"],)
    assert (len(told["receipt"]["fixed"]), len(stage.traces().comments)) == (4, 1)
    turns = [_turn(request) for request in stage.rehearsal.model.requests() if request.get("tools")]
    assert {turn: turns.count(turn) for turn in turns if turns.count(turn) > 1} in ({}, {2: 2})


def test_a_second_command_shows_the_first(stage: Any, until: Any) -> None:
    """The same issue asked for while it is worked on: the second command follows that run and pays nothing."""
    running, task = _under_way(stage, until, seconds=4)
    second = stage.workflow(1)
    first = running.wait()
    assert (first.code, second.code) == (0, 0), second.stderr
    assert second.object() == first.object()
    assert first.object()["task_id"] == task
    assert "being worked on already" in second.stderr
    assert len(stage.traces().pulls) == 1
    assert len(stage.rehearsal.model.requests()) == first.object()["spend"]["calls"]


def _under_way(stage: Any, until: Any, seconds: int = 60) -> tuple[Any, str]:
    """A run whose model thinks about its third answer for so long, and the run's task."""
    stage.rehearsal.model.mishap(Mishap(kind="delay", role="author", turn=2, delay_ms=seconds * 1000))
    running = stage.start("claude-cluster", "workflow", "--issue", 1, "--repo", "rehearsal/shop", "--json")
    until(lambda: stage.paid() == 2 or running.process.poll() is not None)
    assert running.process.poll() is None, running.wait().stderr
    (task,) = stage.cli("status", "--json").object()["tasks"]
    assert (task["status"], task["step"]) == ("running", "generate")
    return running, task["task_id"]


def _turn(request: dict[str, Any]) -> int:
    return sum(message["role"] == "assistant" for message in request["messages"])
