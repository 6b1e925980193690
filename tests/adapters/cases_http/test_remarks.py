"""Remarks on their way from the coordinator to a node."""

import time
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.cases_http.line import Address, Line
from adapters.cases_http.remarks import HttpRemarks
from adapters.cases_http.wire import PATH, shape
from demo.wire.server import Server
from domain.delivery import Remark
from domain.errors import Transient

TASK = "task-20261122-001"
WORDS = Remark(number=7, author="ann", text="円で、お願い 😀")


class Coordinator:
    """Answers the port's calls as the internal API does."""

    def __init__(self) -> None:
        self.server = Server()
        self.calls: list[tuple[str, dict[str, object]]] = []

    async def answer(self, request: Request) -> Response:
        """One call."""
        name = request.path_params["name"]
        form = shape(name)
        assert form is not None
        arguments = form.unpacked(await request.body())
        self.calls.append((name, arguments))
        return Response(form.answer((WORDS,) if name == "Remarks.take" else None))


@pytest.fixture
def coordinator() -> Iterator[Coordinator]:
    """One that serves."""
    made = Coordinator()
    made.server.start(Starlette(routes=[Route(f"{PATH}/{{name}}", made.answer, methods=["POST"])]))
    yield made
    made.server.stop()


async def test_remarks_cross_the_wire(coordinator: Coordinator) -> None:
    """As they are."""
    remarks = HttpRemarks(Line(Address(coordinator.server.url, None), "host:1:0", "0.1"))
    await remarks.say(TASK, "ann", "text", "d-1")
    assert await remarks.take(TASK, 6) == (WORDS,)
    assert coordinator.calls == [
        ("Remarks.say", {"task_id": TASK, "author": "ann", "text": "text", "source": "d-1"}),
        ("Remarks.take", {"task_id": TASK, "known": 6}),
    ]


async def test_a_coordinator_that_is_away_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step must not wait for words that may not even be there."""
    gone = Server()
    gone.stop()
    monkeypatch.setattr("adapters.cases_http.remarks._PATIENCE_S", 0.3)
    remarks = HttpRemarks(Line(Address(gone.url, None), "host:1:0", "0.1"))
    began = time.monotonic()
    with pytest.raises(Transient, match="does not answer"):
        await remarks.take(TASK, 0)
    assert time.monotonic() - began < 5
