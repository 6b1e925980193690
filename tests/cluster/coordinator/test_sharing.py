"""The coordinator offers parts: in the ledger first, then with one run each; what runs are asked for is looked at."""

import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from adapters.cases.database import Database
from adapters.cases.ledger import SqlCases
from adapters.cases.nodes import SqlNodes
from adapters.cases.shares import SqlShares
from cluster.coordinator.prefect_api import PrefectApi
from cluster.coordinator.sharing import Sharing
from cluster.web import Listen, serving
from domain.area import Area
from domain.case import Case, CaseFile, WorkRequest
from domain.issue import Issue
from domain.node import Capabilities, NodeCard
from domain.repository import Repository
from domain.share import Part


class Desk:
    """What a Prefect server answers to the calls of an offer; `asked` are the bodies, `broken` makes it fail."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.states: list[dict[str, Any]] = []
        self.broken = False

    def app(self) -> Starlette:
        """Deployments by name, runs, and their states."""

        async def deployment(request: Request) -> Response:
            flow, name = (request.path_params[part] for part in ("flow", "name"))
            return JSONResponse({"id": f"{flow}-{name}", "work_pool_name": name})

        async def create(request: Request) -> Response:
            if self.broken:
                return JSONResponse({}, 503)
            body = await request.json()
            self.asked.append({**body, "deployment": request.path_params["id"]})
            return JSONResponse({"id": body["idempotency_key"], "state": {"type": "SCHEDULED", "name": "Scheduled"}})

        async def run(request: Request) -> Response:
            return JSONResponse({"id": request.path_params["id"], "state": {"type": "RUNNING", "name": "Running"}})

        async def set_state(request: Request) -> Response:
            self.states.append(await request.json())
            return JSONResponse({})

        return Starlette(
            routes=[
                Route("/api/deployments/name/{flow}/{name}", deployment),
                Route("/api/deployments/{id}/create_flow_run", create, methods=["POST"]),
                Route("/api/flow_runs/{id}", run),
                Route("/api/flow_runs/{id}/set_state", set_state, methods=["POST"]),
            ]
        )


@pytest.fixture
def desk() -> Desk:
    """A server that has not been asked for anything."""
    return Desk()


@pytest.fixture
async def prefect(desk: Desk) -> AsyncIterator[PrefectApi]:
    """The API of it, over HTTP."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    async with serving(desk.app(), Listen(host="127.0.0.1", port=port), "the test's server"):
        api = PrefectApi(f"http://127.0.0.1:{port}/api")
        yield api
        await api.close()


@pytest.fixture
async def file(tmp_path: Path) -> CaseFile:
    """A case in Go, and two nodes that serve docs and testing, one of them with the toolchain."""
    database = Database(tmp_path)
    for name, tools in (("plain", ()), ("gopher", ("go",))):
        able = Capabilities(platform="linux-x86_64", sandbox="bubblewrap", toolchains=tools)
        pools = ("docs", "testing")
        names = {"specialties": pools, "pools": pools, "max_tasks": 1, "release": "1"}
        await SqlNodes(database).join(NodeCard(id=name, start="1", capabilities=able, **names))
    case = Case(
        id="",
        forge="forge.example",
        repository=Repository(name="acme/shop", id=7, default_branch="main", can_push=True, language="Go"),
        issue=Issue(repo="acme/shop", number=3, title="The API is wrong", body="The backend endpoint."),
        base="main",
        base_sha="a" * 40,
        model="a-model",
        created=datetime(2026, 11, 22, 9, tzinfo=UTC),
    )
    return await SqlCases(database).open(case, WorkRequest(repo="acme/shop", issue=3))


def _sharing(prefect: PrefectApi, home: Path, within_s: float = 30.0) -> Sharing:
    database = Database(home)
    shares = SqlShares(database, "author:1:1.00", quiet_s=0)
    return Sharing(prefect, shares, SqlCases(database), SqlNodes(database), "process", within_s)


def _part(specialist: str, path: str) -> Part:
    return Part(specialist=specialist, area=Area(globs=(path,)), what="Write.")


async def test_a_part_gets_one_run_on_a_node_that_can(
    prefect: PrefectApi, desk: Desk, file: CaseFile, tmp_path: Path
) -> None:
    """With what the repository needs; the slot without it does not count, so the second part is left out."""
    sharing, task = _sharing(prefect, tmp_path), file.case.id
    assert await sharing.free(task, ("docs", "testing", "their-own", "frontend")) == ("docs", "testing")
    parts = (_part("docs", "docs"), _part("testing", "tests"))
    (share,) = await sharing.offer(task, 1, parts)
    assert (share.part, share.state, share.run_id) == (parts[0], "offered", f"{task}-1-share-1")
    assert await sharing.offer(task, 1, parts) == (share,)
    (asked,) = desk.asked
    assert asked["deployment"] == "specialist-share-docs"
    assert asked["parameters"] == {"task_id": task, "attempt": 1, "number": 1}
    assert set(asked["tags"]) == {"repo:acme/shop", "issue:3", task, "needs:go"}


async def test_an_offer_whose_run_was_not_made_gets_it_when_asked_again(
    prefect: PrefectApi, desk: Desk, file: CaseFile, tmp_path: Path
) -> None:
    """A Prefect server that is away costs the offer at most: nobody begins with it."""
    sharing, parts = _sharing(prefect, tmp_path), (_part("docs", "docs"),)
    desk.broken = True
    (share,) = await sharing.offer(file.case.id, 1, parts)
    assert (share.state, share.run_id) == ("offered", None)
    desk.broken = False
    (share,) = await sharing.offer(file.case.id, 1, parts)
    assert share.run_id is not None


async def test_where_nothing_may_be_split_nobody_is_free(prefect: PrefectApi, file: CaseFile, tmp_path: Path) -> None:
    """The coordinator was started with --share-seconds 0."""
    assert await _sharing(prefect, tmp_path, within_s=0).free(file.case.id, ("docs",)) == ()


async def test_parts_of_a_stopped_task_are_stopped(
    prefect: PrefectApi, desk: Desk, file: CaseFile, tmp_path: Path
) -> None:
    """Their runs are ended, and the shares are nobody's."""
    sharing = _sharing(prefect, tmp_path)
    await sharing.offer(file.case.id, 1, (_part("docs", "docs"),))
    await sharing.give_up(file.case.id, 1)
    assert [one["state"]["type"] for one in desk.states] == ["CANCELLING"]
    (share,) = await SqlShares(Database(tmp_path), "author:1:1.00").look(file.case.id, 1)
    assert share.state == "taken_back"
