"""`restore`: a backup becomes a coordinator's state again."""

import os
import re
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from adapters.cases.schema import refuse_newer
from cluster.backup.archive import staging, unpack
from cluster.backup.manifest import CHECKPOINTS, TOKEN, Manifest
from cluster.backup.places import given, is_embedded, of_files, own_server, refuse_other_owner
from cluster.backup.stores import Store
from cluster.coordinator.alone import RESTORING, only_one
from cluster.coordinator.children import state_folder
from cluster.coordinator.postgres import data_folder
from cluster.coordinator.token import token_file
from cluster.server import running_server
from domain.errors import ConfigurationError, UsageError
from domain.settings import Settings


async def put_back(
    settings: Settings, database_url: str | None, source: Path, say: Callable[[str], None], *, force: bool
) -> Manifest:
    """Databases, token and transcripts as they were; `force` puts what is there now aside, or replaces it.

    Raises:
        ConfigurationError: it is no whole backup, a newer version wrote it, it is of another kind of database, there
            is data already, or a coordinator runs.
    """
    home = settings.home
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    refuse_other_owner(home)
    with staging(home) as folder:
        say(f"checking {source}")
        manifest = unpack(source, folder)
        _refuse_newer(manifest)
        with only_one(home):
            _refuse_running(home)
            await _refuse_to_replace(home, manifest, database_url, force=force)
            if database_url is not None:
                await (await given(home, database_url)).check(folder)
            with _marked(home, source):
                async with _target(home, manifest, database_url, say) as store:
                    say("restoring the databases")
                    await store.restore(folder)
                    await _refuse_other(store, manifest)
                _put_files(home, folder, manifest)
    state_folder(home)
    return manifest


def _refuse_newer(manifest: Manifest) -> None:
    refuse_newer(manifest.ledger_schema)
    ours = version("prefect")
    if _numbers(manifest.prefect) > _numbers(ours):
        words = f"the backup is of Prefect {manifest.prefect}, here is {ours}: it can't read a newer one's database"
        raise ConfigurationError(words, "update claude-cluster on this machine")


def _numbers(release: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", release)[:3]))


def _refuse_running(home: Path) -> None:
    if url := running_server(home):
        raise ConfigurationError(f"a Prefect server runs on {home} ({url})", "stop `claude-cluster serve` first")


async def _refuse_to_replace(home: Path, manifest: Manifest, database_url: str | None, *, force: bool) -> None:
    if (home / RESTORING).exists():
        there = "" if force else "a half-finished restore"
    elif database_url is not None:
        store = await given(home, database_url)
        if store.kind != manifest.kind:
            raise UsageError(f"the backup is of {manifest.kind}, --database-url names {store.kind}", "give one of it")
        there = "" if force or not await store.contents() else "the database has tasks in it"
    elif manifest.kind == "sqlite" and is_embedded(home):
        raise UsageError("the backup is of SQLite, here is PostgreSQL", "restore into an empty CLAUDE_CLUSTER_HOME")
    else:
        there = f"there is data in {home}" if is_embedded(home) or (home / "ledger.db").exists() else ""
    if there and not force:
        words = "restore into an empty place, or replace what is there with --force"
        raise ConfigurationError(f"nothing was restored: {there}", words)


@contextmanager
def _marked(home: Path, source: Path) -> Iterator[None]:
    """A restore that is broken off leaves a mark, and no coordinator starts on what it left."""
    marker = home / RESTORING
    marker.write_text(f"{source.absolute()}\n", encoding="utf-8")
    yield
    marker.unlink()


@asynccontextmanager
async def _target(
    home: Path, manifest: Manifest, database_url: str | None, say: Callable[[str], None]
) -> AsyncIterator[Store]:
    if database_url is not None:
        yield await given(home, database_url)
        return
    if manifest.kind == "sqlite":
        yield of_files(home)
        return
    data = data_folder(home)
    if data.exists():
        aside = data.with_name(f"data.before-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
        data.rename(aside)
        say(f"what was there is kept in {aside}: remove it when the restored cluster works")
    async with own_server(home) as store:
        yield store


async def _refuse_other(store: Store, manifest: Manifest) -> None:
    """What arrived is what was written."""
    contents = await store.contents()
    found = contents.tasks if contents else {}
    if found != manifest.tasks:
        raise ConfigurationError(f"the restored ledger has {found}, the backup {manifest.tasks}", "take another backup")


def _put_files(home: Path, folder: Path, manifest: Manifest) -> None:
    if manifest.has(TOKEN):
        fresh = folder / "token.fresh"
        handle = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write((folder / TOKEN).read_bytes())
        fresh.replace(token_file(home))
    shutil.rmtree(home / CHECKPOINTS, ignore_errors=True)
    if (folder / CHECKPOINTS).exists():
        shutil.move(folder / CHECKPOINTS, home / CHECKPOINTS)
        for path in (home / CHECKPOINTS, *(home / CHECKPOINTS).rglob("*")):
            path.chmod(0o700 if path.is_dir() else 0o600)
