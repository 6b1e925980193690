"""How the ledger's transactions are run: one file in a thread, a server on its own driver."""

import asyncio
import os
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from sqlalchemy import URL, Connection, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import QueuePool

from adapters.cases.json_text import read, written

BUSY_MS = 30_000
_CONNECTIONS = 10
_WRITES = "ledger_writes"
Found = TypeVar("Found")
Work = Callable[[Connection], Found]


class Engine(Protocol):
    """Runs a function in a transaction; `writes` says that it wants to be alone with it from the start."""

    async def run(self, work: Work[Found], *, writes: bool) -> Found:
        """What `work` gives; rolled back if it raises."""


def engine_for(url: URL) -> Engine:
    """The engine for an address: `sqlite` in any spelling, or a server with an asynchronous driver."""
    if url.get_backend_name() == "sqlite":
        return _File(url)
    return _Server(url)


class _File:
    """SQLite. A hop to a thread for each statement would cost more than the statement, so there is one for all."""

    def __init__(self, url: URL) -> None:
        # Unlimited, because threads of any number of event loops use it; one is kept open.
        pool = {"poolclass": QueuePool, "pool_size": 1, "max_overflow": -1}
        self._engine = create_engine(url.set(drivername="sqlite"), **pool)
        event.listen(self._engine, "connect", _set_up)
        event.listen(self._engine, "checkout", _not_after_a_fork)
        event.listen(self._engine, "begin", _begin)

    async def run(self, work: Work[Found], *, writes: bool) -> Found:
        """In a thread; when the caller is cancelled, the transaction still comes to its end."""
        return await asyncio.to_thread(self._run, work, writes=writes)

    def _run(self, work: Work[Found], *, writes: bool) -> Found:
        with self._engine.connect().execution_options(**{_WRITES: writes}) as connection, connection.begin():
            return work(connection)


class _Server:
    """A pool of connections for each event loop: they can't be shared, and making one takes longer than most work."""

    def __init__(self, url: URL) -> None:
        self._url = url
        self._engines: list[tuple[asyncio.AbstractEventLoop, AsyncEngine]] = []

    async def run(self, work: Work[Found], *, writes: bool) -> Found:  # noqa: ARG002 - the server locks rows
        """On the driver's own event loop. Raises `ConnectionError` while the server can't take a connection."""
        import asyncpg  # noqa: PLC0415 - only where the ledger is on a server

        away = (asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError, asyncpg.InsufficientResourcesError)
        try:
            async with self._engine().begin() as connection:
                return await connection.run_sync(work)
        except (*away, asyncpg.InterfaceError) as error:  # SQLAlchemy leaves errors of a new connection as they are
            raise ConnectionError(str(error)) from error
        except asyncpg.PostgresError as error:
            raise OSError(str(error)) from error

    def _engine(self) -> AsyncEngine:
        loop = asyncio.get_running_loop()
        for known, engine in self._engines:
            if known is loop:
                return engine
        self._engines = [one for one in self._engines if not one[0].is_closed()]
        # A server that was restarted has closed what the pool holds.
        pool = {"pool_size": _CONNECTIONS, "max_overflow": _CONNECTIONS, "pool_pre_ping": True}
        engine = create_async_engine(self._url, **pool, json_serializer=written, json_deserializer=read)
        self._engines.append((loop, engine))
        return engine


def _set_up(connection: Any, record: Any) -> None:
    # The driver's own BEGIN comes too late and is never IMMEDIATE, so `_begin` sends ours.
    connection.isolation_level = None
    record.info["pid"] = os.getpid()
    for setting in (f"busy_timeout={BUSY_MS}", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {setting}").close()


def _not_after_a_fork(_connection: Any, record: Any, proxy: Any) -> None:
    """SQLite must not carry a connection into a child: there it is left as it is, and a new one is made."""
    if record.info["pid"] != os.getpid():
        record.dbapi_connection = proxy.dbapi_connection = None
        raise DisconnectionError("the connection belongs to the parent process")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
