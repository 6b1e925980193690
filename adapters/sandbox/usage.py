"""What processes use, counted often: straight from /proc where the kernel lists children, else through psutil."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

from domain.frozen import Frozen

_CHILDREN = Path("/proc/thread-self/children")


class Usage(Frozen):
    """How many threads there are, those of one-threaded processes counted too; resident memory in bytes."""

    processes: int
    memory: int


def processes_below(root: psutil.Process) -> set[psutil.Process]:
    """All below `root`, itself not counted; to ask every process of the machine for its parent takes much longer."""
    if not _CHILDREN.exists():
        return set(root.children(recursive=True))
    found: set[psutil.Process] = set()
    for pid, _ in _family(root):
        with suppress(psutil.NoSuchProcess):
            found.add(psutil.Process(pid))
    return found


def usage_below(root: psutil.Process) -> Usage:
    """What all below `root` use now, itself not counted."""
    return _counted(root) if _CHILDREN.exists() else _asked(root)


def _counted(root: psutil.Process) -> Usage:
    page = os.sysconf("SC_PAGESIZE")
    threads = pages = 0
    for pid, count in _family(root):
        threads += count
        with suppress(OSError):
            pages += int(Path(f"/proc/{pid}/statm").read_bytes().split()[1])
    return Usage(processes=threads, memory=pages * page)


def _family(root: psutil.Process) -> Iterator[tuple[int, int]]:
    """The numbers of all below `root`, each with how many threads it has."""
    pending = _children(root.pid)[1] if root.is_running() else []  # its number may be somebody else's by now
    while pending:
        pid = pending.pop()
        count, below = _children(pid)
        pending += below
        yield pid, count


def _children(pid: int) -> tuple[int, list[int]]:
    """How many threads a process has, and the children of all of them; nothing of one that is gone."""
    threads: list[str] = []
    found: list[int] = []
    with suppress(OSError):
        with os.scandir(f"/proc/{pid}/task") as entries:
            threads = [entry.name for entry in entries]
        for thread in threads:
            found += map(int, Path(f"/proc/{pid}/task/{thread}/children").read_bytes().split())
    return len(threads), found


def _asked(root: psutil.Process) -> Usage:
    threads = memory = 0
    with suppress(psutil.Error):
        for process in root.children(recursive=True):
            with suppress(psutil.Error):
                threads += process.num_threads()
                memory += process.memory_info().rss
    return Usage(processes=threads, memory=memory)
