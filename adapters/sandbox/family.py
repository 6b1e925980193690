"""The processes that a sandbox started: counted, weighed and killed from outside."""

from contextlib import suppress
from pathlib import Path

import psutil

from adapters.sandbox.launch import MARK
from adapters.sandbox.usage import Usage, processes_below, usage_below

_PASSES = 20
_FIRST_TO_GO = 900


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

    def begun(self) -> None:
        """Those alive now belong to the sandbox itself: only `kill` ends them.

        If the machine runs out of memory, the kernel ends these and what they start before anything else.
        """
        self._spared = frozenset(self._below())
        for pid in self.pids():
            with suppress(OSError):
                Path(f"/proc/{pid}/oom_score_adj").write_text(str(_FIRST_TO_GO))

    def pids(self) -> tuple[int, ...]:
        """The root and those below it."""
        return tuple(member.pid for member in {*self._below(), *([self._root] if self._root else [])})

    def usage(self) -> Usage:
        """What those below the root use now; to look for the mark as well would be dear."""
        return usage_below(self._root) if self._root else Usage(processes=0, memory=0)

    def kill_commands(self) -> None:
        """Kill all but the root and the spared, once; what forks meanwhile needs another call."""
        for member in (self._below() | self._marked()) - self._spared - {self._root}:
            _kill(member)

    def kill(self) -> None:
        """Kill all. With bubblewrap its own death is enough: the kernel then ends the pid namespace at once."""
        below = self._below() if self._mark else set()
        for member in below | ({self._root} if self._root else set()):
            _kill(member)
        for _ in range(_PASSES):
            for member in (late := self._marked()):
                _kill(member)
            if not late:
                return

    def _below(self) -> set[psutil.Process]:
        try:
            return processes_below(self._root) if self._root else set()
        except psutil.NoSuchProcess:
            return set()

    def _marked(self) -> set[psutil.Process]:
        if not self._mark:
            return set()
        return {process for process in psutil.process_iter() if _mark(process) == self._mark}


def _mark(process: psutil.Process) -> str | None:
    try:
        return None if process.status() == psutil.STATUS_ZOMBIE else process.environ().get(MARK)
    except (psutil.Error, OSError):
        return None


def _kill(process: psutil.Process) -> None:
    with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
        process.kill()
