"""kill -9 of the command and all its children, at every step and at random moments; then the same command again."""

import asyncio
import random
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import psutil
import pytest

from adapters.cases.database import Database
from adapters.cases.ledger import SqlCases
from domain.steps import STEPS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
_RANDOM = random.Random(20261122)
_MOMENTS = [round(_RANDOM.uniform(1.5, 12.0), 1) for _ in range(10)]
_IN_CI = {"generate", "open_pull_request", _MOMENTS[0]}  # the others: make faults


def _cases(all_: Sequence[Any]) -> list[Any]:
    return [pytest.param(one, marks=[] if one in _IN_CI else [pytest.mark.faults]) for one in all_]


def _kill(running: Any) -> None:
    family = [*running.family(), psutil.Process(running.process.pid)]
    for act in (psutil.Process.suspend, psutil.Process.kill):
        for one in family:
            with suppress(psutil.NoSuchProcess):
                act(one)
    running.process.wait()


def _step(stage: Any) -> int:
    files = asyncio.run(SqlCases(Database(stage.home)).recent(1))
    return STEPS.index(files[0].step) if files and files[0].step else -1


def _whole(stage: Any, kills: int) -> None:
    """One pull request with its receipt, one comment, one branch; no answer that came was paid for twice."""
    done = stage.workflow(1)
    told = done.object()
    assert (done.code, told["outcome"], told["attempt"]) == (0, "opened", 1), done.stderr
    traces = stage.traces()
    assert (traces.pulls, traces.branches) == ((told["pull_request"]["number"],), ("claude/issue-1",))
    assert (len(traces.comments), len(told["receipt"]["fixed"])) == (1, 4)
    asked = [
        (bool(request.get("tools")), sum(message["role"] == "assistant" for message in request["messages"]))
        for request in stage.rehearsal.model.requests()
    ]
    # The answer that was on its way when a process died may be asked for again, nothing else.
    assert len(asked) - len(set(asked)) <= kills


@pytest.mark.parametrize("step", _cases(STEPS[1:]))
def test_killed_at_a_step(stage: Any, step: str) -> None:
    """Wherever it stops, the same command ends as if nothing had happened."""
    running = stage.start("claude-cluster", "workflow", "--issue", 1, "--repo", "rehearsal/shop")
    deadline = time.monotonic() + 120
    while _step(stage) < STEPS.index(step) and running.process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    _kill(running)
    _whole(stage, kills=1)


@pytest.mark.parametrize("moment", _cases(_MOMENTS))
def test_killed_at_a_moment(stage: Any, moment: float) -> None:
    """Twice at a random moment of its life."""
    for _ in range(2):
        running = stage.start("claude-cluster", "workflow", "--issue", 1, "--repo", "rehearsal/shop")
        time.sleep(moment)
        if running.process.poll() is None:
            _kill(running)
    _whole(stage, kills=2)
