"""Where the databases of a state folder are: a given server, the embedded one, or files."""

import os
import pwd
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from cluster.backup.programs import Programs
from cluster.backup.stores import PostgresStore, SqliteStore, Store
from cluster.coordinator.alone import only_one
from cluster.coordinator.options import Options
from cluster.coordinator.postgres import LEDGER, PREFECT, Postgres, data_folder, running_url
from domain.errors import ConfigurationError


def refuse_other_owner(home: Path) -> None:
    """Raises `ConfigurationError` for another user's state folder: root would make what is in it root's."""
    if home.exists() and (owner := home.stat().st_uid) != os.geteuid():
        try:
            name = pwd.getpwuid(owner).pw_name
        except KeyError:
            name = f"#{owner}"
        command = f"sudo -u {name} env CLAUDE_CLUSTER_HOME={home} ..."
        raise ConfigurationError(f"{home} belongs to the user {name}", f"run it as that user: {command}")


def is_embedded(home: Path) -> bool:
    """Whether this state folder has a PostgreSQL of its own."""
    return (data_folder(home) / "PG_VERSION").exists()


@asynccontextmanager
async def as_it_is(home: Path, database_url: str | None) -> AsyncIterator[Store]:
    """The databases to read from, whether a coordinator works on them or not.

    Raises:
        ConfigurationError: there are none, or they don't answer.
    """
    if database_url is not None:
        yield await given(home, database_url)
    elif is_embedded(home):
        async with _embedded(home) as store:
            yield store
    elif (home / "ledger.db").exists():
        yield of_files(home)
    else:
        words = f"there is nothing to back up in {home}"
        raise ConfigurationError(words, "set CLAUDE_CLUSTER_HOME, or give --database-url as start-coordinator has it")


async def given(home: Path, database_url: str) -> Store:
    """What `--database-url` names."""
    url = Options(database_url=database_url).ledger_url or ""
    if url.startswith("sqlite"):
        return SqliteStore(Path(url.partition("///")[2]), home / "prefect" / "prefect.db")
    return PostgresStore(url, url, await Programs.find(home))


def of_files(home: Path) -> Store:
    """What one PC has."""
    prefect = Path(os.environ.get("PREFECT_HOME") or home / "prefect")
    return SqliteStore(home / "ledger.db", prefect / "prefect.db")


@asynccontextmanager
async def own_server(home: Path) -> AsyncIterator[Store]:
    """The embedded server, started for us; made anew if there is none. Nobody else may be on this state folder."""
    server = await Postgres.start(home)
    try:
        yield PostgresStore(server.url(LEDGER), server.url(PREFECT), await Programs.find(home))
    finally:
        await server.stop()


@asynccontextmanager
async def _embedded(home: Path) -> AsyncIterator[Store]:
    ledger, prefect = (running_url(home, name) for name in (LEDGER, PREFECT))
    if ledger and prefect:
        yield PostgresStore(ledger, prefect, await Programs.find(home))
        return
    with only_one(home):
        async with own_server(home) as store:
            yield store
