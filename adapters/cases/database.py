"""The ledger's database: where it is, its schema, and transactions in which there is one writer at a time."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import AsyncFileLock
from sqlalchemy import URL, Connection, event, func, insert, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from adapters.cases.tables import METADATA, SCHEMA, VERSION
from domain.errors import CaseError, ConfigurationError, Transient

_BUSY_MS = 30_000
_WRITES = "ledger_writes"
_SCHEMA_LOCK = 0x1ED6E4


class Database:
    """The ledger of a state folder: `ledger.db` in it (SQLite), or the database at `url`.

    A connection lives for one transaction, so any number of event loops and processes may share it.
    """

    def __init__(self, home: Path, url: str | None = None) -> None:
        own = URL.create("sqlite+aiosqlite", database=str(home / "ledger.db"))
        self._url = make_url(url) if url else own
        self._engine = create_async_engine(self._url, poolclass=NullPool)
        self._ready = False
        if self._engine.dialect.name == "sqlite":
            event.listen(self._engine.sync_engine, "connect", _set_up_connection)
            event.listen(self._engine.sync_engine, "begin", _begin)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that only reads, from one moment's state.

        Raises:
            Transient: the database is busy for longer than half a minute, or out of reach.
            CaseError: anything else that the database refuses.
        """
        await self._prepare()
        with _translated():
            async with self._engine.begin() as connection:
                yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction in which nobody else writes; rolled back if the block raises. Raises as `reading` does."""
        await self._prepare()
        with _translated():
            async with self._engine.connect() as connection:
                await connection.execution_options(**{_WRITES: True})
                async with connection.begin():
                    await connection.execute(select(SCHEMA.c.version).with_for_update())
                    yield connection

    async def _prepare(self) -> None:
        """Create the schema once; a lock (a file's, or the server's) keeps processes that start together apart."""
        if self._ready:
            return
        with _translated():
            if self._engine.dialect.name == "sqlite" and self._url.database:
                async with _alone(Path(self._url.database)):
                    found = await self._create()
            else:
                found = await self._create()
        if found > VERSION:
            raise ConfigurationError(
                f"the ledger was written by a newer version (schema {found}, this version knows {VERSION})",
                "update claude-cluster on this machine",
            )
        self._ready = True

    async def _create(self) -> int:
        async with self._engine.connect() as connection:
            await connection.execution_options(**{_WRITES: True})
            async with connection.begin():
                if self._engine.dialect.name == "postgresql":
                    await connection.execute(select(func.pg_advisory_xact_lock(_SCHEMA_LOCK)))
                await connection.run_sync(METADATA.create_all)
                found = (await connection.execute(select(SCHEMA.c.version))).scalar_one_or_none()
                if found is None:
                    await connection.execute(insert(SCHEMA).values(version=VERSION))
        return VERSION if found is None else int(found)


@asynccontextmanager
async def _alone(path: Path) -> AsyncIterator[None]:
    """The database file, ours alone on disk and for the moment in this process only."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    async with AsyncFileLock(path.with_suffix(".lock"), timeout=_BUSY_MS / 1_000):
        # Case files hold private issues: the file is closed to others before anything is in it. One that is
        # there is left alone: closing it would drop all locks that SQLite holds on it in this process.
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        yield


def _set_up_connection(connection: Any, _record: object) -> None:
    # The driver's own BEGIN comes too late and is never IMMEDIATE, so `_begin` sends ours.
    connection.isolation_level = None
    cursor = connection.cursor()
    for setting in (f"busy_timeout={_BUSY_MS}", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {setting}")
    cursor.close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _translated() -> Iterator[None]:
    """The database's errors as ours; a broken constraint stays itself, for whoever expects it."""
    try:
        yield
    except IntegrityError:
        raise
    except DBAPIError as error:
        words = str(error.orig)
        if error.connection_invalidated or isinstance(error, InterfaceError) or "locked" in words:
            raise Transient(f"the ledger does not answer: {words}") from error
        raise CaseError(f"the ledger refuses: {words}", "check the disk that CLAUDE_CLUSTER_HOME is on") from error
    except SQLAlchemyError as error:
        raise CaseError(f"the ledger can't be used: {error}") from error
    except (TimeoutError, ConnectionError) as error:
        raise Transient(f"the ledger is out of reach: {error}") from error
    except OSError as error:
        raise ConfigurationError(f"the ledger can't be opened: {error}", "check CLAUDE_CLUSTER_HOME") from error
