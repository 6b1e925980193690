"""What is done with a slot from outside: by children of the helper that have its user's rights, and can't be hit.

A warden acts as the slot's user. Its real user is another: who may kill or trace a process is asked of that.
"""

import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from adapters.sandbox.container import kernel
from adapters.sandbox.container.leftovers import PUBLIC, remove_segments
from adapters.sandbox.container.people import processes_of
from adapters.sandbox.container.tree import clean, settle, weigh

_LONGEST_S = 900
_PAUSE_S = 0.005
_FAILED = 1

Act = Callable[["Warden"], None]
Folders = Sequence[tuple[Path, int]]


class Warden:
    """Acts for the slot of `uid`; each act is run in a child that is its warden, see `run`."""

    def __init__(self, uid: int, warden: int) -> None:
        self._uid, self._warden = uid, warden

    def run(self, groups: Sequence[int], act: Act) -> int:
        """Start a child that acts and ends with 0 if that went well; gives its process id."""
        pid = os.fork()
        if pid:
            return pid
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(_LONGEST_S)
            self._become(groups)
            act(self)
            os._exit(0)
        except (OSError, ValueError, LookupError) as error:
            sys.stderr.write(f"claude-cluster-sandbox: slot {self._uid}: {error}\n")
            sys.stderr.flush()
        finally:
            os._exit(_FAILED)

    def kill_all(self) -> None:
        """End every process of the slot, until there is none."""
        while any(processes_of(self._uid)):
            os.kill(-1, signal.SIGKILL)
            time.sleep(_PAUSE_S)

    def kill_but(self, spared: int) -> None:
        """End every process of the slot but one, once."""
        for one in processes_of(self._uid):
            if one.pid != spared:
                try:
                    os.kill(one.pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue

    def settle(self, folders: Folders) -> None:
        """Open what the slot has made in each folder to the folder's group, and so to the worker."""
        for folder, gid in folders:
            settle(folder, gid)

    def end(self, folders: Folders, own: Path) -> None:
        """End the slot: no process, nothing in folders of everybody; what it made in `folders` is settled."""
        self.kill_all()
        self.settle(folders)
        clean((own / "home", own / "tmp", *PUBLIC))
        remove_segments(self._uid)

    def weigh(self, folders: Sequence[Path], own: Path) -> int:
        """Bytes that the slot holds on disks."""
        return weigh((*folders, own / "home", own / "tmp"), PUBLIC)

    def _become(self, groups: Sequence[int]) -> None:
        os.setgroups(sorted({self._uid, *groups}))
        os.setresgid(self._uid, self._uid, self._uid)
        os.setresuid(self._warden, self._uid, self._warden)
        kernel.have_no_capabilities()
