"""`claude-cluster logs`: the log of everything that runs here."""

import sys
import time
from pathlib import Path

import click

from cluster.launch import log_file
from domain.case import parse_task_id
from domain.errors import UsageError
from wiring.configuration import load_settings


@click.command()
@click.option("--task-id", help="Only the lines of this task.")
@click.option("-f", "--follow", is_flag=True, help="Keep showing new lines, until Ctrl-C.")
def logs(task_id: str | None, follow: bool) -> int:  # noqa: FBT001 - click passes options by name
    """The log, of one task or of all."""
    if task_id and parse_task_id(task_id) is None:
        raise UsageError(f"{task_id!r} is not a task id", "they look like task-20261122-001")
    path = log_file(load_settings().home)
    if not path.exists() and not follow:
        click.echo(f"no log yet at {path}", err=True)
        return 0
    _show(path, task_id, follow=follow)
    return 0


def _show(path: Path, task_id: str | None, *, follow: bool) -> None:
    position = 0
    while True:
        if path.exists():
            if path.stat().st_size < position:
                position = 0
            with path.open("rb") as file:
                file.seek(position)
                for line in file:
                    if task_id is None or task_id.encode() in line:
                        sys.stdout.buffer.write(line)
                position = file.tell()
            sys.stdout.flush()
        if not follow:
            return
        time.sleep(0.3)
