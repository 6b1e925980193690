"""A node listens to its coordinator, over real HTTP."""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from adapters.cases_http.ledger import HttpCases
from adapters.cases_http.line import Address, Line
from adapters.cases_http.outbox import Outbox
from cluster.coordinator.bell import Bell
from cluster.coordinator.places import node_routes
from cluster.membership import member as membership
from cluster.membership.member import Member, card_release
from cluster.web import Listen, serving
from domain.node import Capabilities, NodeCard, Rung


class Ear:
    """What a node has heard."""

    def __init__(self) -> None:
        self.pools: list[str] = []
        self._heard = asyncio.Event()

    def ring(self, pools: Sequence[str]) -> None:
        """The hook that a node's workers give."""
        self.pools += pools
        if pools:
            self._heard.set()

    async def next(self) -> list[str]:
        """What it hears next."""
        await asyncio.wait_for(self._heard.wait(), 20)
        self._heard.clear()
        heard, self.pools = self.pools, []
        return heard


async def test_a_ring_is_heard_at_once_and_again_after_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only for pools that the node serves; a coordinator that stops does not wait for the open question."""
    monkeypatch.setattr(membership, "_DEAF_S", 0.1)
    port, ear = _free_port(), Ear()
    listening = asyncio.ensure_future(_member(tmp_path, port).listen(("docs", "testing"), ear.ring))
    try:
        for pool in ("docs", "testing"):
            async with _coordinator(port) as bell:
                await _somebody_listens(bell)
                bell.ring("backend")
                bell.ring(pool)
                assert await ear.next() == [pool]
                await _somebody_listens(bell)
                closing = time.monotonic()
                bell.close()
            assert time.monotonic() - closing < 3  # the time that the server gives open questions
    finally:
        listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listening


class _Counted(Bell):
    listeners = 0

    async def heard(self, pools: Sequence[str], since: int, seconds: float) -> Rung:
        self.listeners += 1
        try:
            return await super().heard(pools, since, seconds)
        finally:
            self.listeners -= 1


@asynccontextmanager
async def _coordinator(port: int) -> AsyncIterator["_Counted"]:
    app, bell = FastAPI(), _Counted()
    none: Any = None
    app.include_router(node_routes(none, none, bell, "process", card_release(), none))
    async with serving(app, Listen(host="127.0.0.1", port=port), "the coordinator"):
        yield bell


async def _somebody_listens(bell: "_Counted") -> None:
    async with asyncio.timeout(20):
        while not bell.listeners:  # noqa: ASYNC110 - the request comes from outside
            await asyncio.sleep(0.02)


def _member(home: Path, port: int) -> Member:
    address, outbox = Address(f"http://127.0.0.1:{port}", None), Outbox(home / "outbox")
    able = Capabilities(platform="linux", sandbox="none", toolchains=(), memory_gb=1.0, cores=1)
    card = NodeCard(
        id="node-1",
        start="1",
        host="here",
        agent_port=1,
        specialties=("docs",),
        max_tasks=1,
        release=card_release(),
        capabilities=able,
    )
    return Member(address, card, outbox, HttpCases(Line(address, "here:1:1", card_release(), 5), outbox))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
