"""What is shown in Prefect's UI never stands in the way of the work."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import prefect
import pytest
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_CLIENT_CSRF_SUPPORT_ENABLED,
    PREFECT_CLIENT_MAX_RETRIES,
    temporary_settings,
)
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from demo.wire.server import Server
from domain.case import Case
from domain.change import Change, FileChange
from domain.issue import Issue
from domain.receipt import Receipt, Tally
from domain.repository import Repository, RepositoryRules
from domain.routing import Routing, Score
from domain.spend import Spend
from tasks import artifacts
from tasks.artifacts import (
    all_shown,
    change_artifact,
    progress_artifact,
    receipt_artifact,
    routing_artifact,
    spend_artifact,
)

_CASE = Case(
    id="task-20261122-001",
    forge="forge.example",
    repository=Repository(name="acme/shop", id=42, default_branch="main", can_push=True),
    issue=Issue(repo="acme/shop", number=7, title="Totals are wrong", body="They are."),
    base="main",
    base_sha="a" * 40,
    model="a-model",
    created=datetime(2026, 11, 22, tzinfo=UTC),
)


async def _sent(show: Callable[[], None], status: int = 503) -> list[dict[str, Any]]:
    """What a server is sent that answers everything with one status."""
    sent: list[dict[str, Any]] = []

    async def answer(request: Request) -> JSONResponse:
        if request.method == "GET":  # the client asks which version it talks to
            return JSONResponse(prefect.__version__)
        sent.append(json.loads(await request.body()))
        return JSONResponse({"detail": "no"}, status_code=status)

    server = Server()
    server.start(Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])]))
    try:
        updates = {PREFECT_API_URL: f"{server.url}/api", PREFECT_CLIENT_MAX_RETRIES: 0}
        with temporary_settings(updates={**updates, PREFECT_CLIENT_CSRF_SUPPORT_ENABLED: False}):
            async with all_shown():
                show()
    finally:
        server.stop()
    return sent


async def _shown_by(status: int) -> list[dict[str, Any]]:
    return await _sent(lambda: progress_artifact(_CASE, "verify"), status)


@pytest.mark.parametrize("status", [500, 503])
async def test_a_server_in_trouble_shows_nothing_for_now(status: int) -> None:
    """It was asked, and the step goes on."""
    assert await _shown_by(status)


async def test_a_server_that_is_away_shows_nothing_for_now() -> None:
    """The same where nobody listens."""
    with temporary_settings(updates={PREFECT_API_URL: "http://127.0.0.1:1/api", PREFECT_CLIENT_MAX_RETRIES: 0}):
        async with all_shown():
            progress_artifact(_CASE, "verify")


async def test_what_the_server_refuses_is_told() -> None:
    """A request that makes no sense is our mistake."""
    with pytest.raises(httpx.HTTPStatusError):
        await _shown_by(422)


async def test_what_went_wrong_with_the_work_is_told_first() -> None:
    """Though the server refused an artifact, which is waited for all the same."""

    def fails() -> None:
        progress_artifact(_CASE, "verify")
        raise RuntimeError("the work")

    with pytest.raises(RuntimeError, match="the work"):
        await _sent(fails, 422)


async def test_all_is_shown_in_its_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside the work, one after the other."""
    monkeypatch.setattr(artifacts, "_LAST_S", 60.0)  # Prefect's client pauses after an error

    def show() -> None:
        change_artifact(_CASE, _CHANGE, shown=True)
        routing_artifact(_CASE, Routing(primary="backend", secondary=(), scores=()))
        spend_artifact(_CASE, Spend())

    sent = await _sent(show, 500)
    assert [one["key"].rpartition("-")[2] for one in sent] == ["diff", "routing", "spend"]


_CHANGE = Change(
    base_sha="a" * 40,
    tree="b" * 40,
    diff="--- a/x|y.py\n+++ b/x|y.py\n@@ -1 +1 @@\n-```\n+@everybody\n",
    files=(FileChange(path="x|y.py", status="modified", added=1, removed=1),),
)


async def test_a_difference_is_shown_as_it_is() -> None:
    """A table of the files, and the difference in a fence that nothing in it can leave."""
    (sent,) = await _sent(lambda: change_artifact(_CASE, _CHANGE, shown=True))
    assert (sent["key"], sent["type"]) == ("task-20261122-001-diff", "markdown")
    assert "| `x\\|y.py` | modified | 1 | 1 |" in sent["data"]
    assert f"````diff\n{_CHANGE.diff.rstrip()}\n````" in sent["data"]


async def test_a_difference_that_must_not_leave_is_not_shown() -> None:
    """Of what the guard stopped, the files are named and no line is quoted."""
    (sent,) = await _sent(lambda: change_artifact(_CASE, _CHANGE, shown=False))
    assert "modified" in sent["data"]
    assert "everybody" not in sent["data"]


async def test_why_a_specialist_works_is_read_whole() -> None:
    """Reasons quote the issue: they are text, whatever is in them, and a table's cell can't be left."""
    score = Score(agent="backend", score=0.5, reasons=('title: "a|b"', "label @everybody"))
    (sent,) = await _sent(lambda: routing_artifact(_CASE, Routing(primary="backend", secondary=(), scores=(score,))))
    (row,) = sent["data"].splitlines()[2:]
    assert re.split(r"(?<!\\)\|", row)[1:3] == [" backend ", " 0.5 "]
    assert len(re.split(r"(?<!\\)\|", row)) == 5
    assert "`@everybody`" in row


async def test_the_receipt_is_the_pull_requests() -> None:
    """In the issue's language, findings as sentences."""
    case = _CASE.model_copy(
        update={"issue": _CASE.issue.model_copy(update={"title": "合計が違う", "body": "合計が違います。"})}
    )
    receipt = Receipt(command="pytest", base=Tally(passed=1), head=Tally(passed=2), fixed=("t.py::test_a",))
    (sent,) = await _sent(lambda: receipt_artifact(case, RepositoryRules(), receipt))
    assert "| 成功 | 1 | 2 |" in sent["data"]
    assert "`t.py::test_a`" in sent["data"]


async def test_the_bill_can_be_read() -> None:
    """A row a figure: cost and cap first, then calls and tokens."""
    table = (await _sent(lambda: spend_artifact(_CASE, Spend(cost_usd=0.5, calls=3))))[0]
    rows = {row["what"]: row["used"] for row in json.loads(table["data"])}
    assert list(rows.items())[:3] == [
        ("cost, US dollars", "0.50"),
        ("cap, US dollars", "3.00"),
        ("calls of the model", "3"),
    ]
