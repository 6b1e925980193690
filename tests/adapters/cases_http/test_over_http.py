"""The ledger's ports from another machine: real HTTP on loopback, the real ledger behind it."""

import asyncio
import math
import re
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.cases_http.ledger import HttpBudget, HttpCases, HttpCheckpoints, HttpClaims
from adapters.cases_http.line import Address, Line
from adapters.cases_http.outbox import Outbox
from domain.case import Case, WorkRequest
from domain.errors import ClaimLost, ClusterError, ConfigurationError, Transient, UnknownTask
from domain.outcome import Outcome
from domain.transcript import RoundKey, Transcript

REQUEST = WorkRequest(repo="acme/shop", issue=3)
KEY = RoundKey(task_id="task-20261122-001", attempt=1, round=0)

_RELEASE = version("claude-cluster")


@pytest.fixture
def cases(line: Callable[..., Line], tmp_path: Path) -> HttpCases:
    """The port as a node has it."""
    return HttpCases(line(), Outbox(tmp_path / "node" / "outbox"))


async def test_a_case_file_comes_back_as_it_was_written(cases: HttpCases, case: Case) -> None:
    """Japanese text and all; lists too."""
    file = await cases.open(case, REQUEST)
    newer = file.model_copy(update={"status": "running", "action": "読む"})
    await cases.write(newer)
    assert await cases.read(file.case.id) == newer
    assert await cases.recent(5) == (newer,)
    assert await cases.of_issue("forge.example", 7, 3) == (newer,)


async def test_an_error_is_raised_here_as_it_was_raised_there(cases: HttpCases) -> None:
    """With its class, reason and remedy."""
    with pytest.raises(UnknownTask) as caught:
        await cases.read("task-20200101-001")
    assert (caught.value.reason, caught.value.remedy) == (
        "no task is called task-20200101-001",
        "claude-cluster status lists them",
    )


async def test_the_holder_is_the_node_and_not_the_coordinator(line: Callable[..., Line], case: Case) -> None:
    """Two nodes can't hold one issue; the first proves and releases what it holds."""
    first, second = HttpClaims(line("a:1:1.00")), HttpClaims(line("b:1:1.00"))
    claim = await first.acquire(case, 60)
    assert claim.holder == "a:1:1.00"
    with pytest.raises(ClaimLost, match="process 1 on a"):
        await second.acquire(case, 60)
    await first.prove(claim, 60)
    await first.release(claim)
    assert (await second.acquire(case, 60)).fence == claim.fence + 1


async def test_money_without_a_cap_goes_over_the_wire(line: Callable[..., Line]) -> None:
    """An infinite cap is one; what is reserved here is gone there."""
    budget = HttpBudget(line())
    assert await budget.reserve("task-20261122-001", 0.4, math.inf, 0.5)
    assert await budget.left("task-20261122-001", math.inf, 0.5) == 0.1
    assert await budget.reserve("task-20261122-001", 0.2, math.inf, 0.5) is None


async def test_files_beside_a_transcript_are_any_bytes(line: Callable[..., Line]) -> None:
    """A git pack is no text."""
    there = HttpCheckpoints(line())
    await there.save(KEY, Transcript(steps=3))
    await there.keep_files(KEY, bytes(range(256)) * 100)
    assert (await there.load(KEY), await there.files(KEY)) == (Transcript(steps=3), bytes(range(256)) * 100)
    await there.forget(KEY.task_id)
    assert (await there.load(KEY), await there.files(KEY)) == (None, None)


async def test_the_same_call_is_carried_out_once(url: str, ports: dict[str, Any]) -> None:
    """A call whose answer was lost is sent again under its number: the money is reserved once."""
    headers = {"X-Call": "one", "X-Release": version("claude-cluster"), "Content-Type": "application/json"}
    body = {"task_id": "t", "usd": 1.0, "run_cap": 3.0, "daily_cap": 50.0}
    async with httpx.AsyncClient(base_url=url) as client:
        calls = (client.post("/api/internal/1/Budget.reserve", json=body, headers=headers) for _ in range(5))
        answers = await asyncio.gather(*calls)
    assert len({answer.text for answer in answers}) == 1
    assert await ports["Budget"]("").left("t", 3.0, 50.0) == 2.0


async def test_a_coordinator_that_forgot_reserves_once(url: str, ports: dict[str, Any]) -> None:
    """It was started again between two sendings and knows no call's number any more; the reservation's name tells."""
    body = {"task_id": "t", "usd": 1.0, "run_cap": 3.0, "daily_cap": 50.0, "name": "r1"}
    async with httpx.AsyncClient(base_url=url) as client:
        for number in ("one", "two"):
            headers = {"X-Call": number, "X-Release": version("claude-cluster"), "Content-Type": "application/json"}
            answer = await client.post("/api/internal/1/Budget.reserve", json=body, headers=headers)
            assert answer.json() == {"value": "r1"}, answer.text
    assert await ports["Budget"]("").left("t", 3.0, 50.0) == 2.0


async def test_another_version_is_refused_with_both_named(line: Callable[..., Line], tmp_path: Path) -> None:
    """A node that was not updated does no harm."""
    old = HttpCases(line(release="0.0.1"), Outbox(tmp_path / "outbox"))
    with pytest.raises(
        ConfigurationError, match=rf"is version {re.escape(version('claude-cluster'))}, this node is version 0\.0\.1"
    ):
        await old.recent(1)


@pytest.mark.parametrize(
    ("address", "body"),
    [
        ("Cases.recent", "{}"),
        ("Cases.recent", "not json"),
        ("Cases.recent", '{"limit": "many"}'),
        ("Cases._database", "{}"),
        ("Cases.nothing", "{}"),
        ("Sandbox.run", "{}"),
        ("__class__", "{}"),
    ],
)
async def test_nonsense_is_refused(url: str, address: str, body: str) -> None:
    """400 with words, and nothing but the ports' own methods can be called."""
    headers = {"X-Release": version("claude-cluster")}
    async with httpx.AsyncClient(base_url=url) as client:
        answer = await client.post(f"/api/internal/1/{address}", content=body, headers=headers)
    assert answer.status_code == 400
    assert address.split(".", maxsplit=1)[0] in answer.json()["reason"]


async def test_a_coordinator_that_is_away_is_waited_for(free_port: int, ports: dict[str, Any]) -> None:
    """The call comes through when it is back; past the patience the error says who does not answer."""
    from starlette.applications import Starlette

    from cluster.coordinator.internal import Internal
    from cluster.web import Listen, serving

    address = Address(f"http://127.0.0.1:{free_port}", None)
    with pytest.raises(Transient, match=f"127.0.0.1:{free_port} does not answer"):
        await HttpBudget(Line(address, "a:1:1.00", _RELEASE, 0.3)).left("t", 1.0, 1.0)
    waiting = asyncio.ensure_future(HttpBudget(Line(address, "a:1:1.00", _RELEASE, 20)).left("t", 1.0, 1.0))
    await asyncio.sleep(0.5)
    app = Starlette(routes=[Internal(ports).route()])
    async with serving(app, Listen(host="127.0.0.1", port=free_port), "the test's API"):
        assert await waiting == 1.0


async def test_an_outcome_outlives_an_absent_coordinator(
    cases: HttpCases, case: Case, free_port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is kept on the node, is what the node reads, and goes out later."""
    file = await cases.open(case, REQUEST)
    ended = file.model_copy(update={"status": "stuck", "outcome": Outcome.STUCK})
    monkeypatch.setattr("adapters.cases_http.ledger._OUTCOME_S", 0.3)
    outbox = Outbox(tmp_path / "node" / "outbox")
    gone = HttpCases(Line(Address("http://127.0.0.1:1", None), "a:1:1.00", _RELEASE), outbox)
    await gone.write(ended)
    assert (await gone.read(file.case.id), outbox.waiting()) == (ended, (ended,))
    await cases.write(ended)
    assert (await cases.read(file.case.id), outbox.waiting()) == (ended, ())


async def test_what_stands_at_the_address_may_be_something_else(free_port: int) -> None:
    """One line instead of a trace."""
    from starlette.applications import Starlette

    from cluster.web import Listen, serving

    address = Address(f"http://127.0.0.1:{free_port}", None)
    async with serving(Starlette(), Listen(host="127.0.0.1", port=free_port), "something"):
        with pytest.raises(ClusterError, match="answered 404"):
            await HttpBudget(Line(address, "a:1:1.00", _RELEASE, 1)).left("t", 1.0, 1.0)
