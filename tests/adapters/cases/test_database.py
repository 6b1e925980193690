"""The database itself: private, durable, versioned, and honest about what it can't do."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, text, update

from adapters.cases import engine
from adapters.cases.database import Database
from adapters.cases.ledger import SqlCases
from adapters.cases.tables import SCHEMA, VERSION
from domain.case import Case, WorkRequest
from domain.errors import CaseError, ConfigurationError, Transient

Build = Callable[..., Case]


async def test_a_new_ledger_is_private_and_durable(database: Database, tmp_path: Path) -> None:
    """Its folder and files are the owner's; it writes ahead, waits for others and syncs every commit."""
    names = ("journal_mode", "busy_timeout", "synchronous", "foreign_keys")
    found = await database.write(
        lambda connection: [connection.execute(text(f"PRAGMA {name}")).scalar_one() for name in names]
    )
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "state").glob("ledger.db*")}
    assert found == ["wal", 30_000, 2, 1]
    assert await _versions(database) == [VERSION]
    assert modes == {"ledger.db": 0o600, "ledger.db-wal": 0o600, "ledger.db-shm": 0o600}
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700


async def test_a_newer_ledger_is_refused(database: Database, tmp_path: Path) -> None:
    """An older program does not write into tables it does not know."""
    await database.write(lambda connection: connection.execute(update(SCHEMA).values(version=VERSION + 1)))
    with pytest.raises(ConfigurationError, match="update claude-cluster"):
        await _versions(Database(tmp_path / "state"))


async def test_a_failed_block_leaves_nothing(database: Database) -> None:
    """A transaction whose block raises is rolled back, and the error comes through."""
    with pytest.raises(KeyError):
        await database.write(_insert_and_raise)
    assert await _versions(database) == [VERSION]


def _insert_and_raise(connection: Connection) -> None:
    connection.execute(insert(SCHEMA).values(version=99))
    raise KeyError("stop")


async def _versions(database: Database) -> list[int]:
    return list(await database.read(lambda connection: connection.execute(select(SCHEMA.c.version)).scalars().all()))


async def test_a_busy_ledger_is_transient(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another writer that does not finish in time is worth another try later."""
    monkeypatch.setattr(engine, "BUSY_MS", 50)
    await _versions(database)
    other = sqlite3.connect(tmp_path / "state" / "ledger.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Transient, match="the ledger does not answer: database is locked"):
        await database.write(lambda _: None)
    assert await _versions(database) == [VERSION]
    other.close()


async def test_a_file_that_is_no_ledger_is_refused(tmp_path: Path) -> None:
    """Garbage is not overwritten."""
    (tmp_path / "ledger.db").write_bytes(b"garbage" * 1_000)
    with pytest.raises(CaseError, match="not a database"):
        await _versions(Database(tmp_path))
    assert (tmp_path / "ledger.db").read_bytes() == b"garbage" * 1_000


async def test_a_state_folder_that_can_t_be_made_is_named(tmp_path: Path) -> None:
    """A file where the folder should be is a ledger error that names the variable."""
    (tmp_path / "state").write_text("")
    with pytest.raises(ConfigurationError, match="CLAUDE_CLUSTER_HOME"):
        await _versions(Database(tmp_path / "state"))


def test_one_ledger_serves_several_event_loops(home: Path, case: Build, request_: WorkRequest) -> None:
    """No transaction is bound to the loop that began it."""
    cases = SqlCases(Database(home))
    ids = [asyncio.run(cases.open(case(), request_)).case.id for _ in range(2)]
    assert ids == ["task-20261122-001", "task-20261122-002"]


def test_a_fork_gets_a_connection_of_its_own(
    home: Path, case: Build, request_: WorkRequest, in_processes: Callable[..., list[Any]]
) -> None:
    """A child never uses what its parent had open: each opens cases, and the parent goes on."""
    cases = SqlCases(Database(home))
    asyncio.run(cases.open(case(), request_))
    made = in_processes(3, lambda: asyncio.run(cases.open(case(), request_)).case.id)
    assert sorted(made) == [f"task-20261122-00{number}" for number in (2, 3, 4)]
    assert asyncio.run(cases.open(case(), request_)).case.id == "task-20261122-005"


def test_a_killed_writer_leaves_a_whole_ledger(home: Path, case: Build, request_: WorkRequest) -> None:
    """After kill -9 in the middle of writes, every write that had returned is there and the database is sound."""
    cases = SqlCases(Database(home))
    file = asyncio.run(cases.open(case(), request_))
    code = """
        import asyncio, sys
        from pathlib import Path
        from adapters.cases.ledger import SqlCases
        from adapters.cases.database import Database
        async def main():
            cases = SqlCases(Database(Path(sys.argv[1])))
            file = await cases.read(sys.argv[2])
            for number in range(100_000):
                await cases.write(file.model_copy(update={"comment_id": number, "action": "x" * 20_000}))
                print(number, flush=True)
        asyncio.run(main())
    """
    argv = [sys.executable, "-c", textwrap.dedent(code), str(home), file.case.id]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        for _ in range(20):
            process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)
        printed = process.stdout.read().split()
    last = int(printed[-1]) if printed else 19
    assert asyncio.run(cases.read(file.case.id)).comment_id in {last, last + 1}
    database = sqlite3.connect(home / "ledger.db")
    assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    database.close()
