"""The processes that a sandbox started: counted, weighed and killed from outside."""

from contextlib import suppress

import psutil

from adapters.sandbox.launch import MARK
from domain.frozen import Frozen

_PASSES = 20


class Usage(Frozen):
    """How many processes there are, and their resident memory together in bytes."""

    processes: int
    memory: int


class Family:
    """All below the process `pid`, and, if there is a `mark`, all that carry it in their environment.

    Below bubblewrap nothing gets lost: orphans become children of the namespace's init. Without it they
    become children of the machine's init, and only the mark finds them.
    """

    def __init__(self, pid: int, mark: str | None = None) -> None:
        self._mark = mark
        self._spared: frozenset[psutil.Process] = frozenset()
        self._root: psutil.Process | None = None
        with suppress(psutil.NoSuchProcess):
            self._root = psutil.Process(pid)

    def spare_present(self) -> None:
        """Those alive now belong to the sandbox itself: only `kill` ends them."""
        self._spared = frozenset(self._members())

    def usage(self) -> Usage:
        """What they use now."""
        memory = [_resident(member) for member in self._members()]
        return Usage(processes=len(memory), memory=sum(memory))

    def kill_commands(self) -> None:
        """Kill all but the root and the spared, once; what forks meanwhile needs another call."""
        for member in self._members() - self._spared:
            _kill(member)

    def kill(self) -> None:
        """Kill all, the root first: with bubblewrap the kernel then ends its whole pid namespace."""
        members = self._members()
        if self._root:
            _kill(self._root)
        for member in members:
            _kill(member)
        for _ in range(_PASSES):
            for member in (late := self._marked()):
                _kill(member)
            if not late:
                return

    def _members(self) -> set[psutil.Process]:
        found = self._marked()
        if self._root:
            with suppress(psutil.NoSuchProcess):
                found.update(self._root.children(recursive=True))
            found.discard(self._root)
        return found

    def _marked(self) -> set[psutil.Process]:
        if not self._mark:
            return set()
        return {process for process in psutil.process_iter() if _mark(process) == self._mark}


def _mark(process: psutil.Process) -> str | None:
    try:
        return None if process.status() == psutil.STATUS_ZOMBIE else process.environ().get(MARK)
    except (psutil.Error, OSError):
        return None


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def _kill(process: psutil.Process) -> None:
    with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
        process.kill()
