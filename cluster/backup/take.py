"""`backup`: one file with everything that a coordinator knows, taken while it works."""

import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from pydantic import SecretStr

from cluster.backup.archive import pack, staging
from cluster.backup.manifest import CHECKPOINTS, TOKEN, Manifest
from cluster.backup.places import as_it_is, refuse_other_owner
from cluster.backup.stores import Contents, Store
from cluster.coordinator.alone import refuse_half_restored
from cluster.coordinator.token import known_token
from cluster.variables import sections
from domain.errors import ConfigurationError
from domain.settings import Settings

_RESERVE = "reserve"  # room held for a full disk, nothing in it


def usual_name(now: datetime) -> str:
    """Sorted by name, they are sorted by age."""
    return f"claude-cluster-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.tar.gz"


async def take_backup(
    settings: Settings, database_url: str | None, target: Path, say: Callable[[str], None]
) -> Manifest:
    """Write `target`, which is there whole or not at all; nothing else changes.

    Raises:
        ConfigurationError: there is nothing to back up, or a database or the target can't be used.
        DiskFull: there is no room for it.
    """
    refuse_other_owner(settings.home)
    refuse_half_restored(settings.home)
    async with as_it_is(settings.home, database_url) as store:
        contents = await store.contents()
        if contents is None:
            raise ConfigurationError("the database has no ledger", "check CLAUDE_CLUSTER_HOME and --database-url")
        with staging(target.parent) as folder:
            say("dumping the databases")
            await store.dump(folder)
            say("copying the token and the transcripts of unfinished work")
            _copy_files(settings, folder)
            say(f"writing {target}")
            return pack(folder, _manifest(settings, store, contents), target)


def _copy_files(settings: Settings, folder: Path) -> None:
    if token := known_token(settings):
        handle = os.open(folder / TOKEN, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(token.get_secret_value())
    root = settings.home / CHECKPOINTS
    for path in root.rglob("*") if root.is_dir() else ():
        copy = folder / CHECKPOINTS / path.relative_to(root)
        if path.name == _RESERVE or not path.is_file():
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(path, copy)
        except FileNotFoundError:  # its task has ended meanwhile
            copy.unlink(missing_ok=True)


def _manifest(settings: Settings, store: Store, contents: Contents) -> Manifest:
    known = [variable for section in sections() for variable in section.variables]
    used = [one.name for one in known if isinstance(getattr(settings, one.field), SecretStr)]
    return Manifest.model_validate(
        {
            "kind": store.kind,
            "created": datetime.now(UTC),
            "release": version("claude-cluster"),
            "prefect": version("prefect"),
            "ledger_schema": contents.ledger_schema,
            "tasks": contents.tasks,
            "secrets": (*used, *contents.stored),
        }
    )
