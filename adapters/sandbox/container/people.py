"""The processes of one user, as /proc tells everybody."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from domain.frozen import Frozen

_ROOT = 0


class Person(Frozen):
    """A process that has not ended: how many threads it has, and its resident memory in bytes."""

    pid: int
    threads: int
    memory: int


def processes_of(uid: int) -> Iterator[Person]:
    """Everything that runs as this user.

    Who a process is stands in its status: the owner of its folder is root once it forbids to be looked at.
    """
    with os.scandir("/proc") as entries:
        pids = [entry.name for entry in entries if entry.name.isdigit()]
    for pid in pids:
        with suppress(OSError):
            if os.stat(f"/proc/{pid}").st_uid in (uid, _ROOT) and (found := _read(pid, uid)):  # noqa: PTH116 - fast
                yield found


def _read(pid: str, uid: int) -> Person | None:
    lines = Path(f"/proc/{pid}/status").read_text(errors="replace").splitlines()
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    if fields["Uid"].split()[0] != str(uid) or fields["State"].split()[0] in "ZX":
        return None
    memory = int(fields.get("VmRSS", "0").split()[0]) * 1024
    return Person(pid=int(pid), threads=int(fields["Threads"]), memory=memory)
