"""The keeper of one run: its only parent, which ends it with everything it started, and tells how it ended.

`python -P -m cluster.node.keeper` keeps a run in a fresh interpreter: the plain start.
"""

import ctypes
import os
import select
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil

_GRACE_SECONDS = 5.0  # from the first signal to the end of everything
_LOOK_SECONDS, _SOON_SECONDS = 1.0, 0.05
_SWEEPS = 100
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_ORDERS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Keeper:
    """Watches the run's process; made before the run starts."""

    def __init__(self, link: socket.socket | None = None) -> None:
        self._parent = os.getppid() if link is None else None
        self._alarm, self._bell = socket.socketpair()
        self._bell.settimeout(0)
        self._heard = [self._alarm, link] if link else [self._alarm]
        self._until: float | None = None
        self._family: set[psutil.Process] = set()
        adopt_orphans()
        signal.set_wakeup_fd(self._bell.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGCHLD, *_ORDERS):
            signal.signal(number, lambda *_: None)

    def keep(self, pid: int) -> int:
        """Until the run and all its children have ended; gives its status as of `os.waitpid`."""
        while True:
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                break
            if self._until is not None and time.monotonic() > self._until:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self._listen(pid)
        self._sweep()
        return status

    def forget(self) -> None:
        """In the run's own process: leave nothing of the keeper behind."""
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, *_ORDERS):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for one in (*self._heard, self._bell):
            one.close()

    def _listen(self, pid: int) -> None:
        ready, _, _ = select.select(self._heard, [], [], _LOOK_SECONDS if self._until is None else _SOON_SECONDS)
        for one in ready:
            words = self._words(one)
            if not words:
                self._heard.remove(one)
                self._until = 0.0  # whoever asked for the run is gone
            for number in set(words) & set(_ORDERS):
                self._order(pid, number)
        if self._parent not in {None, os.getppid()}:
            self._until = 0.0

    @staticmethod
    def _words(one: socket.socket) -> bytes:
        try:
            return one.recv(64)
        except ConnectionError:
            return b""

    def _order(self, pid: int, number: int) -> None:
        self._family |= _children()
        if self._until is None:
            self._until = time.monotonic() + _GRACE_SECONDS
        with suppress(ProcessLookupError):
            os.kill(pid, number)

    def _sweep(self) -> None:
        """Kill what the run has left; on Linux orphans are ours, elsewhere those seen before are known."""
        for _ in range(_SWEEPS):
            left = [one for one in self._family | _children() if one.is_running()]
            for one in left:
                with suppress(psutil.NoSuchProcess):
                    one.kill()
            with suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    continue
            if not left:
                return
            time.sleep(0.01)


def adopt_orphans() -> None:
    """Linux: whoever loses its parent below us becomes our child, and can't get away."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)


def die_with(parent: int) -> None:
    """Linux: this process is killed when its parent ends, in whatever way."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def note(place: str, run: str, pid: int) -> None:
    """Write down the run's process where the node looks for it: it tells whose claim is over."""
    Path(place, run).write_text(str(pid), encoding="ascii")


def _children() -> set[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        return set(psutil.Process().children(recursive=True))
    return set()


def main(place: str) -> None:
    """Keep a run that is started plainly; end as it has ended."""
    keeper = Keeper()
    mother = os.getpid()
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "prefect.engine"],
        start_new_session=True,
        preexec_fn=lambda: die_with(mother),  # noqa: PLW1509 - one thread
    )
    note(place, os.environ["PREFECT__FLOW_RUN_ID"], process.pid)
    status = keeper.keep(process.pid)
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        with suppress(OSError):
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main(sys.argv[1])
