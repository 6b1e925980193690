"""`claude-cluster logs`: the log of everything that runs here."""

import re
import sys
import time
from pathlib import Path

import click

from domain.case import parse_task_id
from domain.errors import ClusterError, UsageError
from domain.settings import Settings
from tasks.log_file import KEPT, log_file
from wiring.configuration import load_settings

_BEGINS = re.compile(rb'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d|\{"time": ')
_POLL_SECONDS = 0.3


@click.command()
@click.option("--task-id", help="Only the lines of this task.")
@click.option("-f", "--follow", is_flag=True, help="Keep showing new lines, until Ctrl-C.")
def logs(task_id: str | None, follow: bool) -> int:  # noqa: FBT001 - click passes options by name
    """The log, of one task or of all; of a task of a cluster, where its log is."""
    if task_id and parse_task_id(task_id) is None:
        raise UsageError(f"{task_id!r} is not a task id", "they look like task-20261122-001")
    settings = load_settings()
    path, chosen = log_file(settings.home), _Lines(task_id)
    for number in range(KEPT, 0, -1):
        _show(path.with_name(f"{path.name}.{number}"), 0, chosen)
    position = _show(path, 0, chosen)
    if not follow and not chosen.taken:
        click.echo(_elsewhere(settings, path, task_id), err=True)
    while follow:
        time.sleep(_POLL_SECONDS)
        position = _show(path, position, chosen)
    return 0


class _Lines:
    """Which lines are meant; a trace belongs to the line that it stands below."""

    def __init__(self, task_id: str | None) -> None:
        self._pattern = re.compile(rb"\b" + task_id.encode() + rb"(?!\d)") if task_id else None
        self._inside = self._pattern is None
        self.taken = 0

    def take(self, line: bytes) -> bool:
        if self._pattern and _BEGINS.match(line):
            self._inside = self._pattern.search(line) is not None
        self.taken += self._inside
        return self._inside


def _show(path: Path, position: int, chosen: _Lines) -> int:
    """Print what is new since a byte position; gives the next one. A file that was turned over begins again."""
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


def _elsewhere(settings: Settings, path: Path, task_id: str | None) -> str:
    """What a coordinator knows of a task whose lines are not on this machine."""
    if task_id is None:
        return f"no log yet at {path}"
    from cluster.remote.api import RemoteApi  # noqa: PLC0415 - only where nothing was found

    try:
        told = RemoteApi(settings, None, None).task(task_id)
    except ClusterError:
        return f"no line of {task_id} in {path}, and no coordinator that knows it"
    node = f"run `claude-cluster logs --task-id {task_id}` on {told['node']}" if told.get("node") else "not begun yet"
    run = f"; its run in the Prefect UI: {told['flow_run_id']}" if told.get("flow_run_id") else ""
    return f"no line of {task_id} on this machine ({told['status']}): {node}{run}"
