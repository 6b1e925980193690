"""A node that is told to stop: nothing new, time for what is under way, and the rest goes back."""

import signal
import time
from typing import Any

import psutil
import pytest

pytestmark = pytest.mark.slow


def test_what_ends_in_time_ends_by_itself(make_node: Any) -> None:
    """A short run is waited for; what was asked for meanwhile stays scheduled."""
    node = make_node(drain_s=20)
    run = node.asks(seconds=3)
    assert run.facts
    node.signal(signal.SIGTERM)
    time.sleep(0.5)
    later = node.asks()
    assert node.process.wait(15) == 0
    assert (run.state, run.end is not None, later.state, later.told.exists()) == ("Completed", True, "Scheduled", False)


def test_what_does_not_end_is_handed_back_and_goes_on_elsewhere(make_node: Any) -> None:
    """After the wait all processes are gone, the hook was called, and another node takes the run."""
    node = make_node(drain_s=1)
    run = node.asks(seconds=15, child=True)
    facts, family = run.facts, node.family()
    began = time.monotonic()
    node.signal(signal.SIGTERM)
    assert node.process.wait(15) == 0
    assert time.monotonic() - began < 11
    assert [one for one in family if one.is_running() and one.status() != psutil.STATUS_ZOMBIE] == []
    assert run.state == "AwaitingRetry"
    assert node.gone == {run.id: facts["pid"]}
    run.told.unlink()
    other = make_node(deployments=node.deployments)
    assert run.facts["pid"] != facts["pid"]
    other.signal(signal.SIGTERM)


@pytest.mark.parametrize("first", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_does_not_wait(make_node: Any, first: signal.Signals) -> None:
    """Ctrl-C twice: the runs are ended and handed back at once."""
    node = make_node(drain_s=60)
    run = node.asks(seconds=600)
    assert run.facts
    node.signal(first)
    time.sleep(1)
    assert node.process.poll() is None
    node.signal(first)
    assert node.process.wait(10) == 0
    assert run.state == "AwaitingRetry"


def test_a_run_that_has_just_been_taken(make_node: Any, until: Any) -> None:
    """A run whose process has not said anything yet is handed back, too, or has ended."""
    node = make_node(drain_s=0)
    run = node.asks(seconds=600)
    until(lambda: run.state != "Scheduled", 10)
    node.signal(signal.SIGTERM)
    assert node.process.wait(12) == 0
    assert run.state == "AwaitingRetry"
