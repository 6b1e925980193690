"""Money runs out: what is done is salvaged, and no cap is passed."""

import asyncio
import math
from typing import Any

import pytest

from adapters.cases.budget import SqlBudget
from adapters.cases.database import Database
from demo.model import Mishap
from demo.model.script import script_from

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
_MANY = 40


def _never_ends(stage: Any, title: str) -> int:
    """An issue whose author writes one file and then reads for ever, which costs."""
    create = {"tool": "str_replace_based_edit_tool", "command": "create", "path": "/workspace/NEWS.md"}
    reads = [{"use": [{"tool": "bash", "command": f"seq {n}00 {n}99999 | head -c 9000"}]} for n in range(1, _MANY)]
    author = [{"use": [create | {"file_text": "News\n"}]}, *reads]
    stage.rehearsal.model.scripts.append(script_from(title, {"match": [title], "author": author}))
    return int(stage.issue(title, "Please add a NEWS.md."))


def test_the_cap_of_a_run_leaves_a_draft(stage: Any) -> None:
    """Exit code 3 and `over_budget`; the diff is a draft pull request with its receipt; the cap was not passed."""
    issue = _never_ends(stage, "Write the news")
    done = stage.workflow(issue, "--max-cost", "0.2")
    told = done.object()
    assert (done.code, told["outcome"], told["reason"]) == (3, "over_budget", "the money for this task is used up")
    assert told["pull_request"]["draft"] is True
    assert 0 < told["spend"]["cost_usd"] <= 0.2
    assert told["spend"]["calls"] == stage.paid() < _MANY
    assert (told["receipt"]["head"]["failed"], told["review"]) == (0, None)
    pull = stage.rehearsal.forge.pulls("rehearsal/shop")[-1]
    assert (pull.number, pull.pull.draft) == (told["pull_request"]["number"], True)
    assert stage.rehearsal.forge.repository("rehearsal/shop").git.branches()[f"claude/issue-{issue}"]
    assert len(stage.traces().comments) == 1


def test_answers_that_break_off_do_not_pass_the_cap(stage: Any) -> None:
    """Each is booked as if it had been paid in full, and asked for again from what is left."""
    for turn in (1, 3):
        stage.rehearsal.model.mishap(Mishap(kind="broken_stream", role="author", turn=turn))
    done = stage.workflow(_never_ends(stage, "Write the news"), "--max-cost", "1")
    told = done.object()
    assert (done.code, told["outcome"], told["reason"]) == (3, "over_budget", "the money for this task is used up")
    assert told["spend"]["calls"] == stage.paid()
    booked = 50 - asyncio.run(SqlBudget(Database(stage.home)).left("another", math.inf, 50))
    assert 0.6 < booked <= 1.0
    assert booked == pytest.approx(told["spend"]["cost_usd"], abs=1e-5)


def test_the_day_s_cap_is_shared_by_two_runs(stage: Any) -> None:
    """Both run at the same time and both stop; together they have spent no more than the day allows."""
    issues = [_never_ends(stage, "Write the news"), _never_ends(stage, "Write the gazette")]
    cap = {"CLAUDE_CLUSTER_DAILY_COST_USD": "0.3"}
    running = [
        stage.start("claude-cluster", "workflow", "--issue", one, "--repo", "rehearsal/shop", "--json", env=cap)
        for one in issues
    ]
    done = [one.wait() for one in running]
    told = [one.object() for one in done]
    assert [(one.code, what["outcome"]) for one, what in zip(done, told, strict=True)] == [(3, "over_budget")] * 2
    assert [what["reason"] for what in told] == ["today's money for all tasks is used up"] * 2
    spent = [what["spend"]["cost_usd"] for what in told]
    assert 0.1 < sum(spent) <= 0.3
    left = asyncio.run(SqlBudget(Database(stage.home)).left("another", math.inf, 0.3))
    assert left == pytest.approx(0.3 - sum(spent), abs=1e-5)
