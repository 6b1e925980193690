"""Two databases of the embedded server, and one for both on a given server: either takes the other's backup."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from adapters.cases.database import Database
from cluster.backup.put_back import put_back
from cluster.backup.take import take_backup
from cluster.coordinator.owner import Owner
from cluster.coordinator.postgres import LEDGER, PREFECT, Postgres
from domain.errors import ConfigurationError
from domain.settings import Settings

PREFECTS = """
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
    CREATE TABLE flow_run (id SERIAL PRIMARY KEY, name TEXT);
    INSERT INTO flow_run (name) VALUES ('a run')
"""
OURS = (
    "INSERT INTO remarks (task_id, author, text, source) VALUES ('task-20261122-001', 'ann', 'ja', md5(random()::text))"
)


@pytest.fixture(scope="module")
def homes() -> Iterator[list[Path]]:
    """Two state folders."""
    pytest.importorskip("pg0", reason="the wheel with PostgreSQL is not for this machine")
    made = [Path(tempfile.mkdtemp(prefix="backup-")) for _ in range(2)]
    yield made
    for home in made:
        shutil.rmtree(Owner(home).folder, ignore_errors=True)  # as root the database's files lie elsewhere
        shutil.rmtree(home, ignore_errors=True)


async def _execute(url: str, words: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        if words.startswith("SELECT"):
            return list(await connection.fetch(words))
        await connection.execute(words)
        return []
    finally:
        await connection.close()


def test_from_an_embedded_server_to_a_given_one_and_back(homes: list[Path], tmp_path: Path) -> None:
    """Rows, and the counters that number the next ones; what is strange in the target is left alone."""
    first, second = homes
    settings = [Settings(_env_file=None, CLAUDE_CLUSTER_HOME=home) for home in homes]  # type: ignore[call-arg]
    files = [tmp_path / "one.tar.gz", tmp_path / "two.tar.gz"]

    async def work() -> None:
        server = await Postgres.start(first)
        await Database(first, server.url(LEDGER)).read(lambda _: None)
        await _execute(server.url(LEDGER), OURS)
        await _execute(server.url(PREFECT), PREFECTS)
        await _execute(server.url(LEDGER), "CREATE DATABASE in_one")
        await _execute(server.url(LEDGER), "CREATE DATABASE strange")
        await take_backup(settings[0], None, files[0], lambda _: None)
        both, strange = server.url("in_one"), server.url("strange")
        await _execute(strange, "CREATE TABLE accounts (id INTEGER)")
        with pytest.raises(ConfigurationError, match="tables that the backup does not know: accounts"):
            await put_back(settings[1], strange, files[0], lambda _: None, force=True)
        await put_back(settings[1], both, files[0], lambda _: None, force=False)
        with pytest.raises(ConfigurationError, match="nothing was restored: the database has tasks"):
            await put_back(settings[1], both, files[0], lambda _: None, force=False)
        await _execute(both, "UPDATE ledger SET version = 99")
        await put_back(settings[1], both, files[0], lambda _: None, force=True)
        await take_backup(settings[1], both, files[1], lambda _: None)
        await server.stop()
        await put_back(settings[1], None, files[1], lambda _: None, force=False)
        again = await Postgres.start(second)
        await _execute(again.url(LEDGER), OURS)
        found = await _execute(again.url(LEDGER), "SELECT number FROM remarks ORDER BY number")
        assert [row["number"] for row in found] == [1, 2]
        await _execute(again.url(PREFECT), "INSERT INTO flow_run (name) VALUES ('next')")
        runs = await _execute(again.url(PREFECT), "SELECT id FROM flow_run ORDER BY id")
        assert [row["id"] for row in runs] == [1, 2]
        assert await _execute(again.url(LEDGER), "SELECT 1 FROM pg_tables WHERE tablename = 'flow_run'") == []
        await again.stop()

    asyncio.run(work())
