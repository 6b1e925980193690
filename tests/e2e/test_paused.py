"""A computer that sleeps in the middle of a run, wakes up, and finds that another run has finished the work."""

import time
from contextlib import suppress
from typing import Any

import psutil
import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
_LEASE_S = 60


def test_a_run_that_wakes_up_after_its_lease_stops_without_a_trace(stage: Any, until: Any) -> None:
    """Its number is refused: nothing is asked, pushed or written by it any more."""
    asleep = stage.start("claude-cluster", "workflow", "--issue", 1, "--repo", "rehearsal/shop")
    until(lambda: len(stage.rehearsal.model.requests()) >= 2)
    family = [*asleep.family(), psutil.Process(asleep.process.pid)]
    for one in family:
        with suppress(psutil.NoSuchProcess):
            one.suspend()
    time.sleep(_LEASE_S + 2)
    done = stage.workflow(1)
    told = done.object()
    assert (done.code, told["outcome"], told["attempt"]) == (0, "opened", 1), done.stderr
    before, asked = stage.traces(), len(stage.rehearsal.model.requests())
    for one in family:
        with suppress(psutil.NoSuchProcess):
            one.resume()
    woken = asleep.wait(90)
    assert stage.traces() == before
    assert len(stage.rehearsal.model.requests()) == asked
    assert "Traceback" not in woken.stderr
    assert (len(before.pulls), len(before.comments), before.branches) == (1, 1, ("claude/issue-1",))
