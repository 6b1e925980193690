"""The model's bad days, seen from the command: what passes is waited out, what does not is told in one line."""

import asyncio
import math
from dataclasses import replace
from typing import Any

import pytest

from adapters.cases.budget import SqlBudget
from adapters.cases.database import Database
from demo.model import Mishap

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
_TURNS = 4  # of the rehearsed model: create, submit, submit, review


def _news(stage: Any, before: int = 0) -> int:
    """An issue that is solved in four turns, with so many commands before them."""
    stage.writes("Write the news")
    script = stage.rehearsal.model.scripts.pop()
    look = ({"type": "tool_use", "name": "bash", "input": {"command": "ls"}},)
    stage.rehearsal.model.scripts.append(replace(script, author=(*[look] * before, *script.author)))
    return int(stage.issue("Write the news", "Please add a NEWS.md."))


def test_what_passes_is_waited_out(stage: Any) -> None:
    """429 with a short wait, 500, 529 and an answer that breaks off: the same command ends in the pull request.

    Only the answer that broke off may have been paid: it counts, and the books and the result agree.
    """
    issue = _news(stage)
    for turn, kind in enumerate(("rate_limit", "server_error", "overloaded")):
        wait = 1 if kind == "rate_limit" else None
        stage.rehearsal.model.mishap(Mishap(kind=kind, role="author", turn=turn, retry_after=wait))
    stage.rehearsal.model.mishap(Mishap(kind="broken_stream", role="reviewer"))
    done = stage.workflow(issue)
    told = done.object()
    assert (done.code, told["outcome"]) == (0, "opened"), done.stderr
    assert told["spend"]["calls"] == _TURNS + 1
    assert stage.paid() == _TURNS + 4
    booked = 50 - asyncio.run(SqlBudget(Database(stage.home)).left("another", math.inf, 50))
    assert booked == pytest.approx(told["spend"]["cost_usd"], abs=1e-5)


def test_what_the_model_gets_wrong_is_told_to_it(stage: Any) -> None:
    """A tool that is not there, input that makes no sense, words cut off, an empty answer: it goes on all the same."""
    for turn, kind in enumerate(("unknown_tool", "malformed_input", None, "max_tokens", "empty")):
        if kind:
            stage.rehearsal.model.mishap(Mishap(kind=kind, role="author", turn=turn))
    done = stage.workflow(_news(stage, before=4))
    told = done.object()
    assert (done.code, told["outcome"]) == (0, "opened"), done.stderr
    assert told["spend"]["calls"] == _TURNS + 4 + 1


def test_a_full_context_goes_on_from_a_summary(stage: Any) -> None:
    """There is no old result to clear, so notes are asked for, without tools; the work begins anew from them."""
    stage.rehearsal.model.mishap(Mishap(kind="model_context_window_exceeded", role="author", turn=1))
    done = stage.workflow(_news(stage))
    told = done.object()
    assert (done.code, told["outcome"]) == (0, "opened"), done.stderr
    tools = [bool(request.get("tools")) for request in stage.rehearsal.model.requests()]
    assert tools == [True, True, False, True, True, True, False]
    assert told["spend"]["calls"] == len(tools)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("refusal", "the model refused to work on this"),
        ("empty", "the model's answers could not be used"),
        ("unknown_tool", "the model's answers could not be used"),
        ("model_context_window_exceeded", "the work outgrew the model's context"),
    ],
)
@pytest.mark.slow
def test_a_model_that_is_of_no_use_ends_as_stuck(stage: Any, kind: Any, reason: str) -> None:
    """Exit code 4 with the reason, which the issue is told too; there is no branch and no pull request."""
    stage.rehearsal.model.mishap(Mishap(kind=kind, role="author", times=None))
    done = stage.workflow(1)
    told = done.object()
    assert (done.code, told["outcome"], told["reason"]) == (4, "stuck", reason), done.stderr
    assert (stage.traces().branches, stage.traces().pulls) == ((), ())
    assert len(stage.traces().comments) == 1
    assert stage.paid() <= 3


@pytest.mark.slow
def test_a_model_that_never_stops_ends_at_the_step_limit(stage: Any) -> None:
    """After so many calls the work is salvaged as it is; without any change there is nothing to deliver."""
    stage.rehearsal.model.mishap(Mishap(kind="pause_turn", role="author", times=None))
    done = stage.workflow(1, env={"CLAUDE_CLUSTER_MAX_STEPS": "5"})
    told = done.object()
    assert (done.code, told["outcome"]) == (3, "over_budget"), done.stderr
    assert told["reason"] == "the steps for this task are used up"
    assert stage.paid() == 5
    assert stage.traces().pulls == ()


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        pytest.param("spend_limit", "spend limit", marks=pytest.mark.faults),
        ("billing", "Claude asks for payment"),
    ],
)
def test_an_account_error_in_the_middle_stops_at_once_and_is_gone_on_with(stage: Any, kind: Any, line: str) -> None:
    """One call, one line, exit code 1; when the account is right again, nothing that was answered is asked again.

    The issue was told of the work, so it is told of the failure, and in the same comment of what came of it.
    """
    issue = _news(stage)
    stage.rehearsal.model.mishap(Mishap(kind=kind, role="author", turn=1))
    failed = stage.cli("workflow", "--issue", issue, "--repo", "rehearsal/shop")
    assert (failed.code, failed.stdout) == (1, ""), failed.stderr
    assert line in failed.error
    assert stage.paid() == 2
    assert (stage.traces().branches, stage.traces().pulls) == ((), ())
    (comment,) = stage.traces().comments
    assert "**The work failed.**" in comment
    assert "run `claude-cluster resume task-" in comment
    done = stage.workflow(issue)
    told = done.object()
    assert (done.code, told["outcome"], told["attempt"]) == (0, "opened", 1), done.stderr
    assert stage.paid() == _TURNS + 1
    assert (told["spend"]["calls"], len(stage.traces().comments)) == (_TURNS, 1)


def test_a_wrong_key_is_corrected_and_the_case_goes_on(stage: Any) -> None:
    """With the wrong key nothing is paid and nothing is on the forge; `resume` with the right one ends it."""
    issue = _news(stage)
    failed = stage.workflow(issue, env={"ANTHROPIC_API_KEY": "sk-not-this-one"})
    told = failed.object()
    assert (failed.code, told["outcome"], told["spend"]["calls"]) == (1, "failed", 0)
    assert "Claude authentication failed" in told["reason"]
    assert "sk-not-this-one" not in failed.stdout + failed.stderr
    assert stage.traces() == type(stage.traces())()
    done = stage.cli("resume", told["task_id"], "--json")
    again = done.object()
    assert (done.code, again["outcome"], again["task_id"], again["attempt"]) == (0, "opened", told["task_id"], 1)
    assert again["spend"]["calls"] == _TURNS
