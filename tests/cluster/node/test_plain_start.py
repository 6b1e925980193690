"""Where nothing can be forked, runs start in a fresh interpreter, and are kept just as well."""

import os
import signal
from typing import Any

import psutil
import pytest

pytestmark = pytest.mark.slow


@pytest.fixture
def plain(make_node: Any) -> Any:
    """A node whose fork server never comes up."""
    return make_node(modules=("not_loadable",), drain_s=1)


def test_its_end_and_its_children(plain: Any, until: Any) -> None:
    """A run that is killed is Crashed, its child is gone, the hook names its process; the log says why it is slow."""
    run = plain.asks(seconds=600, child=True)
    facts = run.facts
    assert (facts["session"], facts["folder"]) == (facts["pid"], str(plain.state))
    os.kill(facts["pid"], signal.SIGKILL)
    run.becomes("Crashed", 10)
    until(lambda: plain.gone == {run.id: facts["pid"]}, 5)
    until(lambda: not psutil.pid_exists(facts["helper"]), 5)
    plain.asks().becomes("Completed")
    assert "fork server ended" in plain.log
    assert "not ahead of time" in plain.log


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_the_nodes_end(plain: Any, until: Any, number: signal.Signals) -> None:
    """However the node ends, the run and its child end with it."""
    run = plain.asks(seconds=600, child=True)
    facts = run.facts
    plain.signal(number)
    plain.process.wait(15)
    until(lambda: not psutil.pid_exists(facts["pid"]) and not psutil.pid_exists(facts["helper"]), 5)
