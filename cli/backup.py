"""`backup` and `restore`: what a coordinator, or one PC, knows as one file, and back."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.output import progress_console
from wiring.configuration import load_settings

if TYPE_CHECKING:
    from cluster.backup.manifest import Manifest
    from domain.settings import Settings

_database = click.option(
    "--database-url", help="As start-coordinator has it; default CLAUDE_CLUSTER_DATABASE_URL, else the state folder's."
)
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.command()
@click.option(
    "--to",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write; default claude-cluster-TIME.tar.gz here.",
)
@_database
@_json
def backup(target: Path | None, database_url: str | None, as_json: bool) -> int:  # noqa: FBT001 - click passes options by name
    """Ledger, Prefect's database, token and transcripts of unfinished work, in one file. The coordinator may run.

    The file is as secret as the token in it.
    """
    from cluster.backup.take import take_backup, usual_name  # noqa: PLC0415 - `--help` needs none of it

    settings = load_settings()
    target = (target or Path(usual_name(datetime.now(UTC)))).absolute()
    done = asyncio.run(take_backup(settings, _url(settings, database_url), target, _say))
    _show(target, done, "wrote", as_json=as_json)
    return 0


@click.command()
@click.argument("source", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Also where there is data: it is put aside, or replaced on a given server.")
@_database
@_json
def restore(source: Path, force: bool, database_url: str | None, as_json: bool) -> int:  # noqa: FBT001 - click passes options by name
    """A coordinator's state from a backup. The coordinator must not run; start it afterwards as before."""
    from cluster.backup.put_back import put_back  # noqa: PLC0415 - `--help` needs none of it

    settings = load_settings()
    done = asyncio.run(put_back(settings, _url(settings, database_url), source.absolute(), _say, force=force))
    if missing := _missing(settings, done):
        _say(f"not in a backup, to be set here as it was there: {', '.join(missing)}")
    _show(source.absolute(), done, "restored", as_json=as_json)
    return 0


def _url(settings: "Settings", flag: str | None) -> str | None:
    known = settings.database_url
    return flag or (known.get_secret_value() if known else None)


def _missing(settings: "Settings", manifest: "Manifest") -> list[str]:
    """Variables that the backed-up coordinator had and this shell has not; what the backup brings is no matter."""
    brought = {"CLAUDE_CLUSTER_API_TOKEN", "CLAUDE_CLUSTER_DATABASE_URL"}
    from cluster.variables import sections  # noqa: PLC0415 - `--help` needs none of it

    fields = {one.name: one.field for section in sections() for one in section.variables}
    return [
        name
        for name in manifest.secrets
        if name in fields and name not in brought and not getattr(settings, fields[name])
    ]


def _show(path: Path, manifest: "Manifest", word: str, *, as_json: bool) -> None:
    if as_json:
        told = manifest.model_dump(mode="json", exclude={"parts"})
        click.echo(json.dumps({"file": str(path), "bytes": path.stat().st_size, **told}, indent=2))
        return
    tasks = ", ".join(f"{count} {status}" for status, count in manifest.tasks.items()) or "none"
    click.echo(f"{word} {path}: {path.stat().st_size:,} bytes, tasks: {tasks}")


def _say(line: str) -> None:
    progress_console().print(line, markup=False, soft_wrap=True)
