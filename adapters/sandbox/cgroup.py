"""A control group of its own for each sandbox, where this process may make one: caps that hold for root too."""

import contextlib
import itertools
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

from adapters.sandbox.bounds import Bounds

_ROOT = Path("/sys/fs/cgroup")
_OWN = Path("/proc/self/cgroup")
_NAME = "claude-cluster-"
_DELEGATED = ("user.delegate", "trusted.delegate")
_numbers = itertools.count()


class Cgroup:
    """One sandbox's group; `refused` tells what the kernel has had to refuse."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen = {"processes": 0, "memory": 0}

    def take(self, pids: Iterable[int]) -> None:
        """Put processes into it; what they start from now on is in it from birth."""
        for pid in pids:
            with contextlib.suppress(OSError):
                (self._folder / "cgroup.procs").write_text(str(pid))

    def refused(self) -> Literal["processes", "memory"] | None:
        """Which cap has been reached since the last call."""
        for limit, file, word in (("processes", "pids.events", "max"), ("memory", "memory.events", "oom_kill")):
            count = _events(self._folder / file, word)
            if count > self._seen[limit]:
                self._seen[limit] = count
                return "processes" if limit == "processes" else "memory"
        return None

    def remove(self) -> bool:
        """Let it go; false while processes are still in it (it then goes when the next one is made)."""
        with contextlib.suppress(OSError):
            self._folder.rmdir()
        return not self._folder.exists()


def make_cgroup(bounds: Bounds, pids: Iterable[int] = (), *, root: Path = _ROOT, own: Path = _OWN) -> Cgroup | None:
    """A group with the caps of `bounds`, and these processes in it; None where no group can be made.

    Only where groups are ours to make: below a group that systemd has delegated (its documentation, "Control
    Group APIs and Delegation"), or below our own of version 1, for the processes of root alone: the kernel
    counts those of other users without a group, and moving into one takes it 10 ms and more.
    """
    for base in _bases(root, own):
        with contextlib.suppress(OSError):
            _sweep(base)
            folder = base / f"{_NAME}{os.getpid()}-{next(_numbers)}"
            folder.mkdir()
            try:
                (folder / "pids.max").write_text(str(bounds.kernel_processes))
                if (folder / "memory.max").exists():
                    (folder / "memory.max").write_text(str(bounds.kernel_memory))
            except OSError:
                folder.rmdir()
                raise
            made = Cgroup(folder)
            made.take(pids)
            return made
    return None


def _bases(root: Path, own: Path) -> Iterator[Path]:
    if sys.platform != "linux" or not own.exists():
        return
    for line in own.read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "pids" and os.geteuid() == 0:
            yield root / "pids" / path.lstrip("/")
        elif not controllers:
            here = root / path.lstrip("/")
            for base in (here, here.parent):
                if _delegated(base):
                    with contextlib.suppress(OSError):
                        (base / "cgroup.subtree_control").write_text("+pids +memory")
                    yield base


def _delegated(base: Path) -> bool:
    for name in _DELEGATED:
        with contextlib.suppress(OSError):
            if os.getxattr(base, name) == b"1":
                return True
    return False


def _sweep(base: Path) -> None:
    """Remove what ended sandboxes have left; a group with a process in it can't be removed."""
    for folder in base.glob(f"{_NAME}*"):
        pid = folder.name.removeprefix(_NAME).split("-")[0]
        if pid == str(os.getpid()) or not Path("/proc", pid).exists():
            with contextlib.suppress(OSError):
                folder.rmdir()


def _events(file: Path, word: str) -> int:
    with contextlib.suppress(OSError):
        for line in file.read_text().splitlines():
            name, _, count = line.partition(" ")
            if name == word:
                return int(count)
    return 0
