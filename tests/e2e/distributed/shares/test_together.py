"""Two specialists on one issue at the same time, on two nodes."""

from collections.abc import Callable
from typing import Any

import pytest

from demo.model.mishap import Mishap

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_200)]


def test_both_work_at_once_and_one_pull_request_holds_both(splits: Callable[..., Any]) -> None:
    """The page comes from the second node while the first writes code; what strays from its paths is dropped."""
    made = splits(strays=True)
    cluster = made.cluster
    made.start(a=("backend", 1), b=("docs", 1))
    cluster.stage.rehearsal.model.mishap(Mishap(kind="delay", role="author", delay_ms=4_000, times=None))
    task = cluster.until(made.begin(), "completed", "stuck", "failed", "refused")
    assert (task["outcome"], task["routing"]["primary"]) == ("opened", "backend"), task
    roles = made.roles
    first, last = roles.index("author"), len(roles) - 1 - roles[::-1].index("author")
    assert roles[0] == "planner"
    assert "share" in roles[first:last], roles
    files = made.files()
    assert files["docs/stock.md"].startswith("# Stock\n")
    assert files["README.md"] != "Overwritten.\n"
    assert "stock_level" in files["shop/levels.py"]
    assert any("test_the_level_of_a_product" in name for name in task["receipt"]["new"])
    assert task["receipt"]["broken"] == []
    assert task["spend"]["calls"] == len(roles)
    (share,) = task["shares"]
    assert (share["agent"], share["paths"], share["state"], share["node"]) == ("docs", ["docs/"], "done", "b")
    assert share["cost_usd"] > 0
    assert task["review"]["agent"] not in {"backend", "docs"}
    body = made.body(task)
    assert "`docs`" in body
    assert "`docs/`" in body
    traces = cluster.stage.traces()
    assert (len(traces.branches), len(traces.pulls), len(traces.comments)) == (1, 1, 1)
