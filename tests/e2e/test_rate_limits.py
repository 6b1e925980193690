"""A rate limit or a refused account holds no slot: the run goes back into the schedule, and on where it stood."""

import asyncio
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from prefect.deployments.flow_runs import arun_deployment
from prefect.settings import PREFECT_API_URL, temporary_settings

from adapters.cases.database import Database
from adapters.cases.ledger import SqlCases
from demo.model import Mishap
from domain.steps import STEPS

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("e2e-serve"), pytest.mark.timeout(300)]
_TRIES = 3  # of one call, before the limit is handed up


def test_a_worker_s_run_comes_back_and_goes_on(shared: Any, until: Any) -> None:
    """Meanwhile nothing of it runs and the issue is nobody's; then the same run ends the same attempt, paid once.

    The issue is told of the wait, a command that watches says until when and watches on, and no work is counted.
    """
    shared.rehearsal.model.mishap(Mishap(kind="delay", role="author", turn=1, delay_ms=8_000))
    run = _asked(shared, until, Mishap(kind="rate_limit", role="author", turn=2, times=_TRIES, retry_after=1))
    watching = shared.start("claude-cluster", "workflow", "--issue", 1, "--repo", "rehearsal/shop")
    watching.says("this is that run")
    until(lambda: _state(shared, run) == "AwaitingRetry", 120)
    task = _task(shared, 1)
    assert (task["status"], task["step"], task["outcome"]) == ("queued", "generate", None)
    assert task["action"].startswith("waiting until ")
    assert task["action"].endswith(" UTC: rate limit")
    (comment,) = shared.traces().comments
    assert re.search(r"\*\*This waits until \d{4}-\d\d-\d\d \d\d:\d\d UTC: a rate limit was reached\.\*\*", comment)
    watching.says(f"{task['action']}; then it goes on by itself")
    until(lambda: shared.prefect.run(run)["state"]["type"] in {"COMPLETED", "FAILED", "CRASHED"}, 150)
    assert _state(shared, run) == "opened", shared.prefect.run(run)["state"]
    watched, after = watching.wait(), _task(shared, 1)
    assert (watched.code, watched.stdout) == (0, f"{after['pull_request']['url']}\n"), watched.stderr
    took = datetime.fromisoformat(after["updated"]) - datetime.fromisoformat(after["created"])
    assert 0 < after["timing"]["total_s"] < took.total_seconds() - 25
    assert (after["task_id"], after["attempt"], after["flow_run_id"]) == (task["task_id"], 1, run)
    assert shared.prefect.run(run)["parameters"]["task_id"] == task["task_id"]
    assert (len(shared.traces().pulls), len(shared.traces().comments)) == (1, 1)
    assert shared.paid() == after["spend"]["calls"] + _TRIES


def test_a_refused_account_stops_the_queue(shared: Any, until: Any) -> None:
    """The first run tells it in one line and is resumed by a person; the second waits with that line, unasked."""
    first, second = (_news(shared, title) for title in ("Write the gazette", "Write the journal"))
    refused = _asked(shared, until, Mishap(kind="billing", role="author", turn=0), issue=first)
    until(lambda: shared.prefect.run(refused)["state"]["type"] == "FAILED", 120)
    failed, paid = _task(shared, first), shared.paid()
    line = _reason(shared, failed["task_id"])
    assert line.startswith("Claude asks for payment: Your credit balance is too low to access the API. (req_")
    assert line.endswith(") - check the billing of the Anthropic account")
    waiting = _asked(shared, until, None, issue=second)
    until(lambda: _state(shared, waiting) == "AwaitingRetry", 120)
    task = _task(shared, second)
    assert (failed["status"], task["status"], task["step"]) == ("failed", "queued", "preflight")
    assert re.fullmatch(rf"waiting until (\S+ )?\d\d:\d\d UTC: {re.escape(line)}", task["action"])
    assert shared.prefect.run(waiting)["state"]["message"] == line
    assert shared.paid() == paid
    resumed = shared.cli("resume", failed["task_id"], "--json")
    assert (resumed.code, resumed.object()["outcome"]) == (0, "opened"), resumed.stderr
    shared.prefect.post(f"/flow_runs/{waiting}/set_state", {"state": {"type": "SCHEDULED"}, "force": True})
    until(lambda: shared.prefect.run(waiting)["state"]["type"] in {"COMPLETED", "FAILED", "CRASHED"}, 120)
    assert _state(shared, waiting) == "opened", shared.prefect.run(waiting)["state"]


def test_a_long_wait_is_at_most_an_hour_and_can_be_cancelled(shared: Any, until: Any) -> None:
    """The slot is free at once, whatever the service asks for; `cancel` ends the waiting run too.

    The last that this server's account is asked for: its limit holds for everybody.
    """
    mishap = Mishap(kind="rate_limit", role="author", turn=0, retry_after=7200)
    run = _asked(shared, until, mishap, issue=2)
    until(lambda: _state(shared, run) == "AwaitingRetry", 120)
    details = shared.prefect.run(run)["state"]["state_details"]
    seconds = (datetime.fromisoformat(details["scheduled_time"]) - datetime.now(UTC)).total_seconds()
    assert 3500 < seconds <= 3600
    assert shared.cli("cancel", _task(shared, 2)["task_id"]).code == 0
    until(lambda: shared.prefect.run(run)["state"]["type"] == "CANCELLED", 60)
    assert _task(shared, 2)["status"] == "cancelled"
    assert "claude/issue-2" not in shared.traces().branches


def test_a_command_s_run_says_when_to_resume(stage: Any) -> None:
    """Nobody would take it up again, so it ends in one line, and nothing is on the forge."""
    stage.rehearsal.model.mishap(Mishap(kind="rate_limit", times=None, retry_after=7200))
    done = stage.cli("workflow", "--issue", 1, "--repo", "rehearsal/shop")
    assert (done.code, done.stdout) == (1, ""), done.stderr
    assert done.error.startswith("Error: Rate limit exceeded")
    assert " UTC (nothing is lost: claude-cluster resume task-" in done.error
    assert "the limit is over at " in done.error
    assert stage.paid() == 1
    assert stage.traces() == type(stage.traces())()


def _news(stage: Any, title: str) -> int:
    stage.writes(title, path=f"{title.rsplit(maxsplit=1)[-1].upper()}.md")
    return int(stage.issue(title, "Please add it."))


def _reason(stage: Any, task_id: str) -> str:
    failure = asyncio.run(SqlCases(Database(stage.home)).read(task_id)).failure
    return failure.reason if failure else ""


def _asked(stage: Any, until: Any, mishap: Mishap | None, issue: int = 1) -> str:
    """The id of a run that a worker has been given, with something to go wrong in it."""
    if not stage.started:
        stage.start("claude-cluster", "serve").says("ready: ")
    if mishap:
        stage.rehearsal.model.mishap(mishap)
    parameters = {"repo": "rehearsal/shop", "issue": issue}
    with temporary_settings(updates={PREFECT_API_URL: stage.prefect.url}):
        run = str(asyncio.run(arun_deployment("issue-to-pr/auto", parameters=parameters, timeout=0)).id)
    until(lambda: _state(stage, run) == "Running", 120)
    return run


def _state(stage: Any, run: str) -> str:
    return str(stage.prefect.run(run)["state"]["name"])


def _task(stage: Any, issue: int) -> dict[str, Any]:
    tasks = stage.cli("status", "--json").object()["tasks"]
    found: dict[str, Any] = next(one for one in tasks if one["issue"] == issue)
    assert not found["step"] or found["step"] in STEPS
    return found
