"""What two nodes share through the coordinator: the model's rate limit, and the day's money."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from demo.model.mishap import Mishap
from demo.model.script import script_from
from demo.wire.faults import Fault
from tests.e2e.distributed.chaos.books import read_books

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
SHOP = "rehearsal/shop"
_MESSAGES = r"/v1/messages$"
_ANSWERS_S, _HELD_S = 2.0, 15
_DAY_USD = 0.3
_ENDED = ("completed", "refused", "stuck", "failed")


def _long_issue(cluster: Any, title: str, specialist: str) -> tuple[str, str]:
    """The id of a task whose author writes a file and then reads on and on, and its issue's title."""
    create = {"tool": "str_replace_based_edit_tool", "command": "create", "path": "/workspace/NEWS.md"}
    reads = [{"use": [{"tool": "bash", "command": f"seq {n}00 {n}99999 | head -c 9000"}]} for n in range(1, 40)]
    author = [{"use": [create | {"file_text": "News\n"}]}, *reads]
    cluster.stage.rehearsal.model.scripts.append(script_from(title, {"match": [title], "author": author}))
    issue = cluster.stage.issue(title, "Please add a NEWS.md.")
    body = {"repo": SHOP, "issue": issue, "requirements": [specialist]}
    return str(cluster.api("POST", "/api/tasks", body).raise_for_status().json()["task_id"]), title


def _two_nodes(building: Callable[..., Any], **given: str) -> Any:
    cluster = building(extra=given)
    cluster.start()
    cluster.join("node-a", "backend", "--max-tasks", 1)
    cluster.join("node-b", "docs", "--max-tasks", 1)
    return cluster


def _asked(cluster: Any, title: str, since: float = 0.0) -> list[float]:
    """When the model was asked for an issue, and answered."""
    entries = cluster.stage.rehearsal.model.journal.entries("POST", _MESSAGES)
    return [one.at for one in entries if one.whole and one.at >= since and title in json.dumps(one.json())]


def test_one_429_slows_both_nodes(building: Callable[..., Any], until: Callable[..., None]) -> None:
    """One of them is told to wait; nobody asks before that time is over, and then both go on."""
    cluster = _two_nodes(building)
    model = cluster.stage.rehearsal.model
    model.mishap(Mishap(kind="delay", role="author", delay_ms=int(_ANSWERS_S * 1_000), times=None))
    tasks = [_long_issue(cluster, "Write the news", "backend"), _long_issue(cluster, "Write the gazette", "docs")]
    titles = [title for _, title in tasks]
    until(lambda: all(len(_asked(cluster, title)) >= 2 for title in titles), 300)
    assert [cluster.task(task_id)["node"] for task_id, _ in tasks] == ["node-a", "node-b"]
    limited = {"type": "error", "error": {"type": "rate_limit_error", "message": "Too many"}}
    model.fail(Fault(path=_MESSAGES, status=429, body=limited, headers=(("retry-after", str(_HELD_S)),)))
    told = time.monotonic()

    def refused() -> list[float]:
        entries = model.journal.entries("POST", _MESSAGES)
        return [one.at for one in entries if one.status == 429]

    until(refused, 60)
    (at,) = refused()
    until(lambda: all(_asked(cluster, title, at + _HELD_S) for title in titles), 120)
    under_way = at + _ANSWERS_S + 1.0
    early = [one - at for title in titles for one in _asked(cluster, title) if under_way < one < at + _HELD_S]
    assert (early, told <= at) == ([], True)


def test_the_day_s_money_is_one_for_both_nodes(building: Callable[..., Any]) -> None:
    """Both work at the same time and both stop; together they have spent no more than the day allows."""
    cluster = _two_nodes(building, CLAUDE_CLUSTER_DAILY_COST_USD=str(_DAY_USD))
    tasks = [_long_issue(cluster, "Write the news", "backend"), _long_issue(cluster, "Write the gazette", "docs")]
    ended = [cluster.until(task_id, *_ENDED) for task_id, _ in tasks]
    assert {one["node"] for one in ended} == {"node-a", "node-b"}
    assert [(one["outcome"], one["reason"]) for one in ended] == [
        ("over_budget", "today's money for all tasks is used up")
    ] * 2
    spent = sum(one["spend"]["cost_usd"] for one in ended)
    booked = sum(one.booked for one in read_books(cluster, ()).money.values()) / 1e6
    assert 0.1 < spent <= _DAY_USD
    assert booked == pytest.approx(spent, abs=1e-4)


@pytest.mark.faults
def test_what_a_dead_node_held_is_spent(building: Callable[..., Any], until: Callable[..., None]) -> None:
    """Its call was under way and may have been paid: the whole reservation stays booked, and is nobody's."""
    cluster = _two_nodes(building)
    task_id, title = _long_issue(cluster, "Write the news", "backend")
    until(lambda: len(_asked(cluster, title)) >= 3, 300)
    cluster.stage.rehearsal.model.mishap(Mishap(kind="delay", role="author", delay_ms=60_000, times=None))
    until(lambda: _quiet(cluster, title, 5.0), 60)
    cluster.kill(cluster.nodes["node-a"])
    left = read_books(cluster, ()).money[task_id]
    spent = cluster.task(task_id)["spend"]["cost_usd"] * 1e6
    assert left.open == 1
    assert left.booked > spent
    cluster.stage.rehearsal.model.mend()
    cluster.join("node-c", "backend", "--max-tasks", 1)
    task = cluster.until(task_id, *_ENDED, seconds=400)
    books = read_books(cluster, ()).money[task_id]
    held = left.booked - spent
    assert books.open == 1
    assert books.booked >= task["spend"]["cost_usd"] * 1e6 + held * 0.9


def _quiet(cluster: Any, title: str, seconds: float) -> bool:
    """Whether the model's last answer is some time ago, so that the next is under way."""
    return time.monotonic() - max(_asked(cluster, title)) > seconds
