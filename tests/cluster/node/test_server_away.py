"""A node whose Prefect server is out of reach for a while."""

import asyncio
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest

pytestmark = pytest.mark.slow


class Line:
    """A TCP line to a server that can be cut: what goes over it breaks, and nobody answers."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._loop = asyncio.new_event_loop()
        self._open: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self.port = self._do(self._listen(0))

    def cut(self) -> None:
        """From now on connections are refused."""
        self._do(self._close())

    def mend(self) -> None:
        """As before."""
        self._do(self._listen(self.port))

    def end(self) -> None:
        """Nothing is left."""
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _do(self, what: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(10)

    async def _listen(self, port: int) -> int:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", port)
        return int(self._server.sockets[0].getsockname()[1])

    async def _close(self) -> None:
        if self._server:
            self._server.close()
        for one in self._open:
            one.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            there = await asyncio.open_connection("127.0.0.1", self._to)
            self._open |= {writer, there[1]}
            await asyncio.gather(self._copy(reader, there[1]), self._copy(there[0], writer))

    @staticmethod
    async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(1 << 16):
                target.write(data)
                await target.drain()
        target.close()


@pytest.fixture
def line(prefect: Any) -> Iterator[Line]:
    """A line to the Prefect server."""
    made = Line(urlsplit(prefect.url).port or 0)
    yield made
    made.end()


def test_a_run_and_its_node_outlive_it(make_node: Any, line: Line, until: Any) -> None:
    """The run under way ends Completed, nothing is lost, and the next one is taken once the server is back."""
    node = make_node(variables={"PREFECT_API_URL": f"http://127.0.0.1:{line.port}/api"})
    run = node.asks(seconds=3)
    assert run.facts
    line.cut()
    later = node.asks()
    time.sleep(8)
    assert (run.end is not None, later.told.exists(), node.process.poll()) == (True, False, None)
    line.mend()
    run.becomes("Completed", 40)
    later.becomes("Completed", 40)
    until(lambda: set(node.gone) == {run.id, later.id}, 10, lambda: (node.gone, run.id, later.id, node.log))
    assert "prefect server away" in node.log


def test_a_node_that_stops_meanwhile(make_node: Any, line: Line) -> None:
    """It ends in time, with its runs, and says that nobody could be told."""
    patient = {"PREFECT_API_URL": f"http://127.0.0.1:{line.port}/api", "PREFECT_CLIENT_MAX_RETRIES": "60"}
    node = make_node(variables=patient, drain_s=1)
    family_of = node.asks(seconds=600, child=True).facts
    line.cut()
    time.sleep(1)
    began = time.monotonic()
    node.signal(signal.SIGTERM)
    node.process.wait(30)
    took = time.monotonic() - began
    assert took < 11, node.log
    assert not psutil.pid_exists(family_of["pid"])
    assert not psutil.pid_exists(family_of["helper"])
    assert "not handed back" in node.log
