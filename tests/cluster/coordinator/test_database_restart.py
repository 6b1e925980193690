"""The coordinator's PostgreSQL goes while the ledger is in use, and comes back at the same port."""

import asyncio
import shutil
import signal
from pathlib import Path

import psutil
import pytest

from adapters.cases.database import Database
from adapters.cases.nodes import SqlNodes
from adapters.cases.turns import SqlTurns
from cluster.coordinator.owner import Owner
from cluster.coordinator.postgres import LEDGER, Postgres
from domain.errors import Transient

pytestmark = pytest.mark.slow

_CALLERS = 20


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGQUIT], ids=lambda one: one.name)
async def test_whoever_uses_the_ledger_is_told_to_ask_again(tmp_path: Path, how: signal.Signals) -> None:
    """Reads, writes and new connections fail as what passes, and as nothing else; then all of them work again."""
    home = tmp_path / "state"
    home.mkdir()
    postgres = await Postgres.start(home)
    database = Database(home, postgres.url(LEDGER))
    over = asyncio.Event()
    refused: list[Exception] = []

    async def call(number: int) -> None:
        nodes, turns = SqlNodes(database), SqlTurns(database)
        while not over.is_set():
            try:
                await (nodes.all() if number % 2 else turns.turn(f"key-{number}", 0.01))
            except Exception as error:  # noqa: BLE001 - which they are is what is asked
                refused.append(error)
                await asyncio.sleep(0.01)

    callers = [asyncio.create_task(call(number)) for number in range(_CALLERS)]
    try:
        for _ in range(2):
            await asyncio.sleep(0.5)
            (process,) = (one for one in psutil.Process().children() if f"port={postgres.port}" in one.cmdline())
            process.send_signal(how)
            while postgres.alive:  # noqa: ASYNC110 - a process tells nobody
                await asyncio.sleep(0.02)
            postgres = await Postgres.start(home, postgres.port)
        await asyncio.sleep(0.5)
    finally:
        over.set()
        await asyncio.wait(callers, timeout=30)
        left = len(refused)
        await SqlTurns(database).turn("afterwards", 0.01)
        await postgres.stop()
        shutil.rmtree(Owner(home).folder, ignore_errors=True)  # as root the database's files lie elsewhere
    assert left > 0
    assert {type(one) for one in refused} == {Transient}, [one for one in refused if type(one) is not Transient][:3]
