"""Two specialists on one issue at the same time, where a slot is free for the second; nobody waits for one."""

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_800)]
SHOP = "rehearsal/shop"
_ENDED = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}


def test_both_work_at_once_and_one_pull_request_holds_both(
    splits: Callable[..., Any], nodes: Callable[..., None]
) -> None:
    """The page comes from the second node while the first writes code; what strays from its paths is dropped."""
    made = splits(strays=True)
    nodes(a1=("backend", 1), b1=("docs", 1))
    made.slow("author", 8)
    task = made.end(made.begin())
    assert (task["outcome"], task["routing"]["primary"], task["node"]) == ("opened", "backend", "a1"), task
    roles = made.roles
    assert roles[0] == "planner"
    last = len(roles) - 1 - roles[::-1].index("author")
    assert roles.index("share") < last, roles
    files = made.files()
    assert files["docs/stock.md"].startswith("# Stock\n")
    assert files["README.md"] != "Overwritten.\n"
    assert "stock_level" in files["shop/levels.py"]
    assert any("test_the_level_of_a_product" in name for name in task["receipt"]["new"])
    assert task["receipt"]["broken"] == []
    assert task["spend"]["calls"] == len(roles)
    (share,) = task["shares"]
    assert (share["agent"], share["paths"], share["state"], share["node"]) == ("docs", ["docs/"], "done", "b1")
    assert 0 < share["cost_usd"] < task["spend"]["cost_usd"]
    assert task["review"]["agent"] not in {"backend", "docs"}
    (body,) = made.pulls()
    assert "- `docs` did `docs/` at the same time (files: 1): Returns the level. (dropped, because" in body


@pytest.mark.faults
def test_the_node_of_a_part_loses_its_power(
    splits: Callable[..., Any], nodes: Callable[..., None], until: Callable[..., None]
) -> None:
    """In the middle of its work: when its lease ends the part is the author's, and the pull request is whole, once."""
    made = splits(all_of_it=True)
    nodes(a7=("backend", 1), b7=("docs", 1))
    made.slow("author", 6)
    made.slow("share", 10)
    task_id = made.begin()
    until(lambda: made.share(task_id).get("cost_usd", 0) > 0, 300, lambda: made.roles)
    made.cluster.kill(made.cluster.nodes["b7"])
    task = made.end(task_id)
    share = made.share(task_id)
    assert (task["outcome"], share["state"], share["node"]) == ("opened", "taken_back", "b7"), task
    assert share["reason"] == "its node gave no sign of life"
    assert share["cost_usd"] > 0
    assert made.files()["docs/stock.md"].startswith("# Stock levels\n")
    assert len(made.pulls()) == 1
    assert task["spend"]["calls"] > len([one for one in made.roles if one != "share"])


@pytest.mark.faults
@pytest.mark.parametrize("slow", [True, False])
def test_a_start_that_is_held_up_comes_too_late(
    splits: Callable[..., Any],
    nodes: Callable[..., None],
    until: Callable[..., None],
    slow: bool,
) -> None:
    """The author hears of it when it is over, or when it has handed in; a late run ends as TakenBack, nothing paid."""
    made = splits(all_of_it=slow)
    nodes(**{f"a4{slow}": ("backend", 1), f"b4{slow}": ("docs", 1)})
    made.pause("docs", paused=True)
    if slow:
        made.slow("author", 10)
    try:
        task = made.end(made.begin())
        share = made.share(task["task_id"])
    finally:
        made.pause("docs", paused=False)
    when = "in time" if slow else "when the rest was done"
    assert (task["outcome"], share["state"], share["reason"]) == (
        "opened",
        "taken_back",
        f"nobody had begun with it {when}",
    )
    assert made.asked("yours now")
    assert made.files()["docs/stock.md"].startswith("# Stock levels\n")
    until(lambda: made.runs(task["task_id"])[0]["state"]["type"] in _ENDED, 200)
    assert [one["state"]["name"] for one in made.runs(task["task_id"])] == ["TakenBack"]
    assert "share" not in made.roles
    assert task["spend"]["calls"] == len(made.roles)
    (body,) = made.pulls()
    assert "Who did what" not in body


def test_one_slot_for_both_specialties(splits: Callable[..., Any], nodes: Callable[..., None]) -> None:
    """The only slot is the author's own: no plan is asked for, nothing is offered, and the work ends."""
    made = splits(all_of_it=True)
    nodes(a2=("backend,docs", 1))
    task = made.end(made.begin())
    assert (task["outcome"], task["routing"]["secondary"][0]) == ("opened", "docs"), task
    assert set(made.roles) == {"author", "reviewer"}
    assert (made.runs(task["task_id"]), task.get("shares")) == ([], None)
    assert sorted(made.files()) == ["README.md", "docs/stock.md", "shop/levels.py", "tests/test_levels.py"]


@pytest.mark.faults
def test_what_was_offered_is_looked_up_by_the_next_run(
    splits: Callable[..., Any], nodes: Callable[..., None], until: Callable[..., None]
) -> None:
    """The author's node dies: one plan, one part, done once; its files are in the pull request of another node."""
    made = splits()
    nodes(a6=("backend", 1), b6=("docs", 1))
    made.slow("author", 8)
    task_id = made.begin()
    until(lambda: made.share(task_id).get("state") == "done", 300, lambda: made.cluster.task(task_id))
    assert made.cluster.task(task_id)["status"] == "running"
    made.cluster.kill(made.cluster.nodes["a6"])
    made.cluster.stage.rehearsal.model.mend()
    nodes(c6=("backend", 1))
    task = made.end(task_id)
    assert (task["outcome"], task["node"]) == ("opened", "c6"), task
    assert [made.roles.count(role) for role in ("planner", "share")] == [1, 3]
    assert len(made.runs(task_id)) == 1
    assert made.files()["docs/stock.md"].startswith("# Stock\n")
    assert len(made.pulls()) == 1


@pytest.mark.faults
def test_a_task_that_is_stopped_stops_its_parts(
    splits: Callable[..., Any], nodes: Callable[..., None], until: Callable[..., None]
) -> None:
    """Whatever the part's specialist does at that moment; the node has its slot back."""
    made = splits()
    nodes(a5=("backend", 1), b5=("docs", 1))
    for role in ("author", "share"):
        made.slow(role, 120)
    task_id = made.begin()
    until(lambda: made.share(task_id).get("node") == "b5" or made.runs(task_id), 300)
    until(lambda: made.runs(task_id)[0]["state"]["type"] == "RUNNING", 200, lambda: made.runs(task_id))
    assert made.cluster.api("DELETE", f"/api/tasks/{task_id}").json()["status"] == "cancelled"
    until(lambda: made.runs(task_id)[0]["state"]["type"] in _ENDED, 60, lambda: made.runs(task_id))
    assert made.runs(task_id)[0]["state"]["type"] in {"CANCELLED", "COMPLETED"}
    assert made.pulls() == []


@pytest.mark.faults
def test_the_second_node_is_busy(
    splits: Callable[..., Any], nodes: Callable[..., None], until: Callable[..., None]
) -> None:
    """It has an issue of its own, which goes on undisturbed."""
    made, other = splits(all_of_it=True), splits(all_of_it=True)
    nodes(a3=("backend", 1), b3=("docs", 1))
    other.slow("author", 30)
    body = {"repo": SHOP, "issue": other.issue, "requirements": ["docs"]}
    busy = made.cluster.api("POST", "/api/tasks", body).json()["task_id"]
    until(lambda: made.cluster.task(busy)["step"] == "generate", 300)
    made.cluster.stage.rehearsal.model.mend()
    task = made.end(made.begin())
    assert (task["outcome"], task["node"]) == ("opened", "a3"), task
    assert not {"planner", "share"} & set(made.roles)
    assert made.runs(task["task_id"]) == []
    assert other.end(busy)["node"] == "b3"
