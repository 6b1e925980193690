"""A repository that asks a person first: the run waits, and goes on however the word is given."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from adapters.cases.database import Database
from adapters.cases.ledger import SqlCases
from domain.case import CaseFile

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
_TURNS = 4  # of the rehearsed model: create, submit, submit, review


def _repository_asks(stage: Any, *before: str) -> int:
    """An issue of a repository whose settings ask for approval before these steps."""
    rules = f"[approval]\nbefore = {list(before)}\n"
    stage.rehearsal.forge.commit("rehearsal/shop", "main", {".claude-cluster.toml": rules}, "Rules")
    stage.writes("Write the news")
    return int(stage.issue("Write the news", "Please add a NEWS.md."))


def _file(stage: Any) -> CaseFile:
    return asyncio.run(SqlCases(Database(stage.home)).recent(1))[0]


def _begun(stage: Any, issue: int) -> Any:
    """A command that has come to where it asks."""
    running = stage.start("claude-cluster", "workflow", "--issue", issue, "--repo", "rehearsal/shop", "--json")
    running.says("waiting for approval")
    return running


def _opened(stage: Any, done: Any) -> None:
    told = done.object()
    assert (done.code, told["outcome"]) == (0, "opened"), done.stderr
    assert (len(stage.traces().pulls), len(stage.traces().comments), stage.paid()) == (1, 1, _TURNS)


def test_approve_lets_a_waiting_command_go_on(stage: Any, until: Any) -> None:
    """Before it there is no branch and no pull request, and the issue says how to go on; the wait is no work."""
    running = _begun(stage, _repository_asks(stage, "pull_request"))
    file = _file(stage)
    assert (file.status, stage.traces().branches, stage.traces().pulls) == ("suspended", (), ())
    until(lambda: f"`claude-cluster approve {file.case.id}`" in "".join(stage.traces().comments))
    approved = stage.cli("approve", file.case.id)
    assert (approved.code, approved.stdout) == (0, ""), approved.stderr
    _opened(stage, running.wait())
    (approval,) = _file(stage).approvals
    assert (approval.before, bool(approval.granted), bool(approval.by)) == ("pull_request", True, True)


def test_resume_in_the_ui_is_a_yes(stage: Any, until: Any) -> None:
    """The button of Prefect's page calls this address."""
    running = _begun(stage, _repository_asks(stage, "pull_request"))
    run = _file(stage).flow_run_id
    until(lambda: stage.prefect.run(run)["state"]["type"] == "PAUSED")
    resumed = stage.prefect.post(f"/flow_runs/{run}/resume", {})
    assert resumed["status"] == "ACCEPT"
    _opened(stage, running.wait())
    assert [one.by for one in _file(stage).approvals] == ["prefect"]


@pytest.mark.slow
def test_a_wait_that_was_broken_off_goes_on_with_approve(stage: Any) -> None:
    """Ctrl-C while it waits: `approve` itself takes the task to its end, and the model is not asked again."""
    running = _begun(stage, _repository_asks(stage, "pull_request"))
    running.interrupt()
    assert running.wait(20).code == 130
    file = _file(stage)
    assert (file.status, stage.traces().pulls) == ("suspended", ())
    _opened(stage, stage.cli("approve", file.case.id, "--json"))


@pytest.mark.slow
def test_nothing_is_paid_before_generate_is_approved(stage: Any) -> None:
    """Asked before the first call; approved once, it does not ask again."""
    running = _begun(stage, _repository_asks(stage, "generate"))
    assert stage.paid() == 0
    assert stage.cli("approve", _file(stage).case.id).code == 0
    _opened(stage, running.wait())


@pytest.mark.slow
def test_nobody_says_yes_within_seven_days(stage: Any) -> None:
    """Then the task ends as blocked, exit code 3, with nothing on the forge but the comment that says so."""
    running = _begun(stage, _repository_asks(stage, "generate"))
    running.interrupt()
    running.wait(20)
    file = _file(stage)
    long_ago = file.approvals[0].model_copy(update={"asked": file.approvals[0].asked - timedelta(days=8)})
    asyncio.run(SqlCases(Database(stage.home)).write(file.model_copy(update={"approvals": (long_ago,)})))
    done = stage.cli("resume", file.case.id, "--json")
    told = done.object()
    assert (done.code, told["outcome"], told["reason"]) == (3, "blocked", "nobody approved it within 7 days")
    assert (stage.paid(), stage.traces().branches, len(stage.traces().comments)) == (0, (), 1)


def test_approve_of_a_task_that_asks_nobody_is_a_mistake(stage: Any) -> None:
    """It says what the task does instead."""
    stage.writes("Write the news")
    task = stage.cli("create-task", "--issue", stage.issue("Write the news", "Add."), "--repo", "rehearsal/shop")
    done = stage.cli("approve", task.stdout.strip())
    assert done.code == 2
    assert "waits for nobody's approval: it is queued" in done.error


@pytest.mark.slow
def test_a_workers_run_is_suspended_and_its_slot_is_free(stage: Any, until: Any) -> None:
    """The process ends; another issue is worked on meanwhile; `approve` brings the first back to the worker."""
    serving = stage.start("claude-cluster", "serve", "--max-tasks", 1)
    serving.says("ready: ")
    issue = _repository_asks(stage, "pull_request")
    given = ("-p", "repo=rehearsal/shop", "-p", f"issue={issue}")
    stage.start("prefect", "deployment", "run", "issue-to-pr/docs", *given).wait()
    until(lambda: _latest(stage) and _file(stage).status == "suspended", 120)
    file = _file(stage)
    until(lambda: stage.prefect.run(file.flow_run_id)["state"]["name"] == "Suspended")
    until(lambda: not [one for one in serving.family() if "bwrap" in one.name()], 30)
    assert stage.cli("approve", file.case.id).code == 0
    until(lambda: stage.prefect.run(file.flow_run_id)["state"]["type"] == "COMPLETED", 120)
    assert (len(stage.traces().pulls), stage.paid(), _file(stage).outcome) == (1, _TURNS, "opened")
    serving.end()


def _latest(stage: Any) -> tuple[CaseFile, ...]:
    return asyncio.run(SqlCases(Database(stage.home)).recent(1)) if stage.home.exists() else ()
