"""`status`: tasks as people and as programs read them."""

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adapters.cases.database import Database
from adapters.cases.ledger import SqlCases
from domain.case import CaseFile, Failure, WorkRequest
from domain.outcome import Outcome, PullRequestLink, Result
from domain.routing import Routing, Score
from domain.spend import Spend

_URL = "https://forge.example/acme/shop/pull/8"


@pytest.fixture
def kept(a_file: Callable[..., CaseFile]) -> Callable[..., CaseFile]:
    """Put a case into the ledger of the isolated home."""

    def keep(**more: Any) -> CaseFile:
        cases = SqlCases(Database(Path(os.environ["CLAUDE_CLUSTER_HOME"])))
        file = a_file(**more)
        opened = asyncio.run(cases.open(file.case, WorkRequest(repo="acme/shop", issue=7)))
        file = file.model_copy(update={"case": opened.case})
        asyncio.run(cases.write(file))
        return file

    return keep


def _result(outcome: Outcome, **more: Any) -> Result:
    fields = {"task_id": "task-20261122-001", "flow_run_id": None, "repo": "acme/shop", "issue": 7, "reason": None}
    return Result(**{**fields, "outcome": outcome, "attempt": 1, **more})


def test_no_task_yet(run: Callable[..., Any]) -> None:
    """The table says how to begin; the object has an empty list."""
    assert "claude-cluster workflow --issue N --repo owner/name" in " ".join(run("status").stdout.split())
    assert json.loads(run("status", "--json").stdout) == {"tasks": []}


def test_a_task_under_way(run: Callable[..., Any], kept: Callable[..., CaseFile]) -> None:
    """Where it stands, what it cost so far and what the agent just did."""
    routing = Routing(primary="backend", secondary=(), scores=(Score(agent="backend", score=1, reasons=("api",)),))
    spend = Spend(cost_usd=0.5, calls=3)
    file = kept(status="running", step="generate", action="bash: pytest", spend=spend, routing=routing)
    told = json.loads(run("status", "--task-id", file.case.id, "--json").stdout)
    assert (told["task_id"], told["repo"], told["issue"], told["attempt"]) == (file.case.id, "acme/shop", 7, 1)
    assert (told["status"], told["step"], told["action"]) == ("running", "generate", "bash: pytest")
    assert told["outcome"] is None
    assert told["spend"]["cost_usd"] == 0.5
    shown = run("status", "--task-id", file.case.id).stdout
    for words in ("task-", "Totals are wrong", "running", "generate", "bash: pytest", "backend", "$0.5000 of $3.00"):
        assert words in shown


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ({"status": "completed", "outcome": "opened", "pull": True}, ("opened", _URL)),
        ({"status": "refused", "outcome": "needs_information", "reason": "Which?"}, ("needs information", "Which?")),
        ({"status": "failed", "failure": "Rate limit exceeded"}, ("failed", "Rate limit exceeded")),
    ],
    ids=lambda value: str(value)[:30],
)
def test_how_it_ended(
    run: Callable[..., Any],
    kept: Callable[..., CaseFile],
    monkeypatch: pytest.MonkeyPatch,
    file: dict[str, Any],
    words: tuple[str, ...],
) -> None:
    """Outcome with the pull request or the reason, in the list and alone, within 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")
    more: dict[str, Any] = {"status": file["status"]}
    if "outcome" in file:
        link = PullRequestLink(number=8, url=_URL, draft=False, branch="claude/issue-7", head_sha="b" * 40)
        outcome = Outcome(file["outcome"])
        result = _result(outcome, pull_request=link if "pull" in file else None, reason=file.get("reason"))
        more |= {"outcome": outcome, "result": result}
    else:
        more["failure"] = Failure(reason=file["failure"])
    task = kept(**more).case.id
    for shown in (run("status").stdout, run("status", "--task-id", task).stdout):
        assert [word for word in words if _joined(word) not in _joined(shown)] == []
        assert [line for line in shown.splitlines() if len(line) > 80] == []


def test_texts_of_others_are_no_markup(run: Callable[..., Any], kept: Callable[..., CaseFile]) -> None:
    """What an issue or a model wrote is shown as it is."""
    kept(status="running", step="generate", action="bash: echo [red]x[/red] [/nothing]")
    assert _joined("echo [red]x[/red] [/nothing]") in _joined(run("status").stdout)


def _joined(text: str) -> str:
    """Without what a table puts between the parts of a text that it folds."""
    return "".join(text.replace("│", "").split())
