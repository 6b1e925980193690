"""What a user can leave that no process holds: files in folders of everybody, and System V's memory and queues."""

import ctypes
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

# Where everybody may write. /run/lock is one of them on Debian.
PUBLIC = tuple(map(Path, ("/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run/lock")))  # noqa: S108 - cleaned
_REMOVE = 0
_libc = ctypes.CDLL(None, use_errno=True)


def remove_segments(uid: int) -> None:
    """Remove the user's shared memory, semaphores and message queues (sysvipc(7)); we must be that user."""
    for number in _owned("shm", uid):
        _libc.shmctl(number, _REMOVE, None)
    for number in _owned("msg", uid):
        _libc.msgctl(number, _REMOVE, None)
    for number in _owned("sem", uid):
        _libc.semctl(number, 0, _REMOVE)


def _owned(kind: str, uid: int) -> Iterator[int]:
    """Ids, in the second column of a table whose first line names the columns, owner and creator among them."""
    with suppress(OSError):
        head, *rows = Path("/proc/sysvipc", kind).read_text().splitlines()
        names = head.split()
        for row in rows:
            values = row.split()
            fields = dict(zip(names, values, strict=False))
            if str(uid) in (fields.get("uid"), fields.get("cuid")):
                yield int(values[1])
