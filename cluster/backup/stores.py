"""The two databases, the ledger's and Prefect's, wherever they are: written to files, and taken from them."""

import asyncio
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar

from sqlalchemy import URL, Connection, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from adapters.cases.engine import engine_for
from adapters.cases.schema import STEPPED, version_of
from adapters.cases.tables import METADATA
from cluster.backup.programs import Programs
from domain.errors import ConfigurationError
from domain.frozen import Frozen

Found = TypeVar("Found")
_LEDGER = (*sorted(METADATA.tables), STEPPED)


class Contents(Frozen):
    """What a ledger has: its schema, and tasks by status; `stored` names the secrets on the Prefect server."""

    ledger_schema: int
    tasks: dict[str, int]
    stored: tuple[str, ...]


class Store(Protocol):
    """Two databases of one kind."""

    kind: str

    async def contents(self) -> Contents | None:
        """None if there is no ledger in it."""

    async def dump(self, folder: Path) -> None:
        """Prefect's first: what the ledger orders later than that is ordered again, and nothing is forgotten."""

    async def check(self, folder: Path) -> None:
        """Raises `ConfigurationError` if what `dump` wrote can't be restored here; nothing is changed."""

    async def restore(self, folder: Path) -> None:
        """Take both from what `dump` wrote, all of each or nothing."""


class PostgresStore:
    """Two databases of a server, or one for both; the dumps are the same, so either takes the other's."""

    kind = "postgresql"

    def __init__(self, ledger: str, prefect: str, programs: Programs) -> None:
        self._ledger, self._prefect, self._programs = make_url(ledger), make_url(prefect), programs

    async def contents(self) -> Contents | None:
        """None if there is no ledger in it."""
        return await _contents(self._ledger, self._prefect)

    async def dump(self, folder: Path) -> None:
        """Each of one moment, while others work on it."""
        not_ours = [f"--exclude-table={name}" for name in (*_LEDGER, *(f"{one}_*_seq" for one in _LEDGER))]
        await self._programs.dump(self._prefect, folder / "prefect.dump", not_ours)
        await self._programs.dump(self._ledger, folder / "ledger.dump", [f"--table={name}" for name in _LEDGER])

    async def check(self, folder: Path) -> None:
        """Tables that it does not bring would stay as they are, and fit nothing."""
        brought = set().union(*[await self._programs.tables(dump) for _, dump in self._pairs(folder)])
        for url, _ in self._pairs(folder):
            there = await _read(url, lambda connection: set(inspect(connection).get_table_names()))
            if strange := sorted(there - brought):
                words = f"{url.database} has tables that the backup does not know: {', '.join(strange[:5])}"
                raise ConfigurationError(words, "restore into an empty database")

    async def restore(self, folder: Path) -> None:
        """What is there of the same name is dropped in the same transaction."""
        for url, dump in self._pairs(folder):
            await self._programs.restore(url, dump)

    def _pairs(self, folder: Path) -> tuple[tuple[URL, Path], ...]:
        return ((self._prefect, folder / "prefect.dump"), (self._ledger, folder / "ledger.dump"))


class SqliteStore:
    """Two files."""

    kind = "sqlite"

    def __init__(self, ledger: Path, prefect: Path) -> None:
        self._ledger, self._prefect = ledger, prefect

    async def contents(self) -> Contents | None:
        """None if there is no ledger."""
        if not self._ledger.exists():
            return None
        prefect = make_url(f"sqlite:///{self._prefect}") if self._prefect.exists() else None
        return await _contents(make_url(f"sqlite:///{self._ledger}"), prefect)

    async def dump(self, folder: Path) -> None:
        """SQLite's own way to copy what others write to meanwhile."""
        for source, name in ((self._prefect, "prefect.db"), (self._ledger, "ledger.db")):
            if source.exists():
                await asyncio.to_thread(_copied, source, folder / name)

    async def check(self, folder: Path) -> None:
        """Files fit anywhere."""

    async def restore(self, folder: Path) -> None:
        """The old files go with what SQLite keeps beside them."""
        for target, name in ((self._prefect, "prefect.db"), (self._ledger, "ledger.db")):
            for old in (target, *(target.with_name(target.name + end) for end in ("-wal", "-shm"))):
                old.unlink(missing_ok=True)
            if (folder / name).exists():
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                shutil.move(folder / name, target)
                target.chmod(0o600)


def _copied(source: Path, target: Path) -> None:
    target.touch(mode=0o600)
    origin, copy = sqlite3.connect(source, timeout=30), sqlite3.connect(target)
    try:
        origin.backup(copy, pages=1_000)
        copy.execute("PRAGMA journal_mode=DELETE").close()
    except sqlite3.Error as error:
        raise ConfigurationError(f"{source} can't be copied: {error}", "check the file and its disk") from error
    finally:
        origin.close()
        copy.close()


async def _contents(ledger: URL, prefect: URL | None) -> Contents | None:
    found = await _read(ledger, _counted)
    if found is None or prefect is None:
        return found
    names = await _read(prefect, _blocks)
    return found.model_copy(update={"stored": names})


def _counted(connection: Connection) -> Contents | None:
    version = version_of(connection)
    if version is None:
        return None
    rows = connection.execute(text("SELECT status, count(*) FROM cases GROUP BY status ORDER BY status")).all()
    return Contents(ledger_schema=version, tasks={row[0]: row[1] for row in rows}, stored=())


def _blocks(connection: Connection) -> tuple[str, ...]:
    """Saved by people under a name; Prefect's own are anonymous."""
    there = inspect(connection).get_table_names()
    if "block_document" not in there:
        return ()
    words = (
        "SELECT block_type.name, block_document.name FROM block_document"
        " JOIN block_type ON block_type.id = block_document.block_type_id WHERE NOT is_anonymous ORDER BY 1, 2"
    )
    return tuple(f"{kind}/{name}" for kind, name in connection.execute(text(words)).all())


async def _read(url: URL, work: Callable[[Connection], Found]) -> Found:
    try:
        return await engine_for(url).run(work, writes=False)
    except (OSError, SQLAlchemyError) as error:
        where: Any = url.database if url.get_backend_name() == "sqlite" else url.host
        raise ConfigurationError(f"the database at {where} does not answer: {error}", "check that it runs") from error
