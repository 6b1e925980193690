"""A machine whose clock is hours off takes its times from the coordinator."""

import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import Any

import pytest
from starlette.applications import Starlette

from adapters.cases_http.ledger import HttpCases
from adapters.cases_http.line import Address, Line
from adapters.cases_http.outbox import Outbox
from cluster.coordinator.internal import Internal
from cluster.web import Listen, serving
from domain import clock
from domain.case import Case, WorkRequest
from domain.errors import UnknownTask

_HOURS = 3 * 3_600


@pytest.fixture(autouse=True)
def own_clock() -> Iterator[None]:
    """Whatever a test learns is forgotten."""
    yield
    clock.learn(time.time(), time.time())


@pytest.fixture
async def ahead(ports: dict[str, Callable[[str], Any]], free_port: int) -> AsyncIterator[Line]:
    """The line to a coordinator whose clock is three hours ahead of this machine's."""
    app = Starlette(routes=[Internal(ports, now=lambda: time.time() + _HOURS).route()])
    async with serving(app, Listen(host="127.0.0.1", port=free_port), "the test's API"):
        yield Line(Address(f"http://127.0.0.1:{free_port}", None), "node:1:1.00", version("claude-cluster"))


async def test_every_answer_tells_the_time(ahead: Line, case: Case, tmp_path: Any) -> None:
    """A refusal too; from then on case files are written by the coordinator's clock."""
    assert clock.ahead_s() == 0
    cases = HttpCases(ahead, Outbox(tmp_path / "outbox"))
    with pytest.raises(UnknownTask):
        await cases.read("task-20200101-001")
    assert clock.ahead_s() == pytest.approx(_HOURS, abs=30)
    file = await cases.open(case, WorkRequest(repo="acme/shop", issue=3))
    await cases.write(file.model_copy(update={"updated": clock.now()}))
    stored = await cases.read(file.case.id)
    assert abs(stored.updated - datetime.now(UTC) - timedelta(seconds=_HOURS)) < timedelta(seconds=30)


def test_a_slow_answer_is_no_other_clock() -> None:
    """What the way took explains the difference."""
    clock.learn(time.time(), time.time() - 40)
    assert clock.ahead_s() == 0


@pytest.mark.parametrize("seconds", [-7_200.0, -5.0, 5.0, 90_000.0])
def test_fast_and_slow_clocks(seconds: float) -> None:
    """Either way; a clock that was set right is right at once."""
    clock.learn(time.time() + seconds, time.time())
    assert clock.ahead_s() == pytest.approx(seconds, abs=1)
    clock.learn(time.time(), time.time())
    assert clock.ahead_s() == 0
