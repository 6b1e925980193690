"""The ledger's database: where it is, its schema, and transactions in which there is one writer at a time."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

from filelock import AsyncFileLock
from sqlalchemy import URL, Connection, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, SQLAlchemyError

from adapters.cases.engine import BUSY_MS, Found, Work, engine_for
from adapters.cases.schema import bring_up, refuse_newer
from adapters.cases.tables import SCHEMA
from domain.errors import CaseError, ConfigurationError, DiskFull, Transient

_PASSING = ("08", "40", "53", "57")  # connection, rollback by the server, resources, operator
_NO_ROOM = "53100"


class Database:
    """The ledger of a state folder: `ledger.db` in it (SQLite), or the database at `url`.

    What is done in it is a function of a connection: it runs in one transaction, away from the event loop,
    so it must not touch anything else.
    """

    def __init__(self, home: Path, url: str | None = None) -> None:
        own = URL.create("sqlite", database=str(home / "ledger.db"))
        self._url = make_url(url) if url else own
        self._engine = engine_for(self._url)
        self._ready = False

    async def read(self, work: Work[Found]) -> Found:
        """What `work` gives in a transaction that only reads, from one moment's state.

        Raises:
            Transient: the database is busy for longer than half a minute, or out of reach.
            DiskFull: there is no room for the database.
            CaseError: anything else that the database refuses.
        """
        await self._prepare()
        with _translated():
            return await self._engine.run(work, writes=False)

    async def write(self, work: Work[Found]) -> Found:
        """What `work` gives while nobody else writes; rolled back if it raises.

        Raises as `read` does, and `ConfigurationError` when a newer program has upgraded the ledger meanwhile.
        """

        def alone(connection: Connection) -> Found:
            # Holds the row on a server; in a file the transaction began as the only writer.
            refuse_newer(connection.execute(select(SCHEMA.c.version).with_for_update()).scalar_one())
            return work(connection)

        await self._prepare()
        with _translated():
            return await self._engine.run(alone, writes=True)

    async def _prepare(self) -> None:
        """The schema of this version, once; a lock (a file's, or the server's) keeps processes apart."""
        if self._ready:
            return
        with _translated():
            if self._url.get_backend_name() == "sqlite" and self._url.database:
                async with _alone(Path(self._url.database)):
                    await self._engine.run(bring_up, writes=True)
            else:
                await self._engine.run(bring_up, writes=True)
        self._ready = True


def _state(error: DBAPIError) -> str:
    """What kind of error a server says it is (SQLSTATE; PostgreSQL's appendix A); empty of a file."""
    return str(getattr(error.orig, "sqlstate", None) or "")


@asynccontextmanager
async def _alone(path: Path) -> AsyncIterator[None]:
    """The database file, ours alone on disk and for the moment in this process only."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    async with AsyncFileLock(path.with_suffix(".lock"), timeout=BUSY_MS / 1_000):
        # Case files hold private issues: the file is closed to others before anything is in it. One that is
        # there is left alone: closing it would drop all locks that SQLite holds on it in this process.
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        yield


@contextmanager
def _translated() -> Iterator[None]:
    """The database's errors as ours; a broken constraint stays itself, for whoever expects it."""
    try:
        yield
    except IntegrityError:
        raise
    except DBAPIError as error:
        words = str(error.orig)
        gone = error.connection_invalidated or isinstance(error, InterfaceError)
        if "disk is full" in words or _state(error) == _NO_ROOM:
            raise DiskFull("the disk that the ledger is on is full") from error
        if gone or "locked" in words or _state(error).startswith(_PASSING):
            raise Transient(f"the ledger does not answer: {words}") from error
        raise CaseError(f"the ledger refuses: {words}", "check the disk that CLAUDE_CLUSTER_HOME is on") from error
    except SQLAlchemyError as error:
        raise CaseError(f"the ledger can't be used: {error}") from error
    except (TimeoutError, ConnectionError) as error:
        raise Transient(f"the ledger is out of reach: {error}") from error
    except OSError as error:
        raise ConfigurationError(f"the ledger can't be opened: {error}", "check CLAUDE_CLUSTER_HOME") from error
