"""A coordinator's internal API over a ledger in a folder, and the line of a node to it."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette

from adapters.cases.budget import SqlBudget
from adapters.cases.checkpoints import FolderCheckpoints
from adapters.cases.claims import SqlClaims
from adapters.cases.database import Database
from adapters.cases.ledger import SqlCases
from adapters.cases.nodes import SqlNodes
from adapters.cases.shares import SqlShares
from adapters.cases_http.line import Address, Line
from cluster.coordinator.internal import Internal
from cluster.web import Listen, serving
from domain.case import Case
from domain.issue import Issue
from domain.repository import Repository


@pytest.fixture
def case() -> Case:
    """A case that is not opened yet."""
    return Case(
        id="task-20261122-001",
        forge="forge.example",
        repository=Repository(name="acme/shop", id=7, default_branch="main", can_push=True),
        issue=Issue(repo="acme/shop", number=3, title="Totals are wrong", body="See 合計"),
        base="main",
        base_sha="a" * 40,
        model="a-model",
        created=datetime(2026, 11, 22, 9, tzinfo=UTC),
    )


@pytest.fixture
def ports(tmp_path: Path) -> dict[str, Callable[[str], Any]]:
    """What the coordinator carries out."""
    database = Database(tmp_path / "coordinator")
    cases, budget = SqlCases(database), SqlBudget(database)
    checkpoints = FolderCheckpoints(tmp_path / "coordinator" / "checkpoints")
    return {
        "Cases": lambda _: cases,
        "Budget": lambda _: budget,
        "Checkpoints": lambda _: checkpoints,
        "Claims": lambda holder: SqlClaims(database, holder),
        "Nodes": lambda _: SqlNodes(database),
        "Shares": SqlShares(database, quiet_s=0).of,
    }


@pytest.fixture
async def url(ports: dict[str, Callable[[str], Any]], free_port: int) -> AsyncIterator[str]:
    """The internal API, served over HTTP on loopback."""
    app = Starlette(routes=[Internal(ports).route()])
    async with serving(app, Listen(host="127.0.0.1", port=free_port), "the test's API"):
        yield f"http://127.0.0.1:{free_port}"


@pytest.fixture
def free_port() -> int:
    """A port that nobody has now."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def line(url: str) -> Callable[..., Line]:
    """The line of a node, by its holder's name."""

    def made(holder: str = "node:1:1.00", release: str = version("claude-cluster"), patience_s: float = 5.0) -> Line:
        return Line(Address(url, None), holder, release, patience_s)

    return made
