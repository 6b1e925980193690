"""What is shown in Prefect's UI never stands in the way of the work."""

from datetime import UTC, datetime

import httpx
import pytest
from prefect.settings import PREFECT_API_URL, PREFECT_CLIENT_MAX_RETRIES, temporary_settings
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from demo.wire.server import Server
from domain.case import Case
from domain.issue import Issue
from domain.repository import Repository
from tasks.artifacts import progress_artifact

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


async def _shown_by(status: int) -> list[str]:
    """The paths that a server was asked for which answers everything with one status."""
    asked: list[str] = []

    async def answer(request: Request) -> JSONResponse:
        asked.append(request.url.path)
        return JSONResponse({"detail": "no"}, status_code=status)

    server = Server()
    server.start(Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])]))
    try:
        with temporary_settings(updates={PREFECT_API_URL: f"{server.url}/api", PREFECT_CLIENT_MAX_RETRIES: 0}):
            await progress_artifact(_CASE, "verify")
    finally:
        server.stop()
    return asked


@pytest.mark.parametrize("status", [500, 503])
async def test_a_server_in_trouble_shows_nothing_for_now(status: int) -> None:
    """It was asked, and the step goes on."""
    assert await _shown_by(status)


async def test_a_server_that_is_away_shows_nothing_for_now() -> None:
    """The same where nobody listens."""
    with temporary_settings(updates={PREFECT_API_URL: "http://127.0.0.1:1/api", PREFECT_CLIENT_MAX_RETRIES: 0}):
        await progress_artifact(_CASE, "verify")


async def test_what_the_server_refuses_is_told() -> None:
    """A request that makes no sense is our mistake."""
    with pytest.raises(httpx.HTTPStatusError):
        await _shown_by(422)
