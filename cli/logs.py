"""`claude-cluster logs`: the log of everything that runs here."""

import re
import sys
import time
from pathlib import Path

import click

from cluster.launch import log_file
from domain.case import parse_task_id
from domain.errors import UsageError
from wiring.configuration import load_settings

_BEGINS = re.compile(rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_POLL_SECONDS = 0.3


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
    chosen = _Lines(task_id)
    position = _show(path, 0, chosen)
    while follow:
        time.sleep(_POLL_SECONDS)
        position = _show(path, position, chosen)
    return 0


class _Lines:
    """Which lines are meant; a trace belongs to the line that it stands below."""

    def __init__(self, task_id: str | None) -> None:
        self._pattern = re.compile(rb"\b" + task_id.encode() + rb"(?!\d)") if task_id else None
        self._inside = self._pattern is None

    def take(self, line: bytes) -> bool:
        if self._pattern and _BEGINS.match(line):
            self._inside = self._pattern.search(line) is not None
        return self._inside


def _show(path: Path, position: int, chosen: _Lines) -> int:
    """Print what is new since a byte position; gives the next one. A rotated file begins again."""
    if not path.exists():
        return 0
    with path.open("rb") as file:
        file.seek(position if path.stat().st_size >= position else 0)
        for line in file:
            if chosen.take(line):
                sys.stdout.buffer.write(line)
        position = file.tell()
    sys.stdout.flush()
    return position
