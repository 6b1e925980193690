"""Children: they end with whoever started them, even when that one was killed, and with all they started themselves."""

import ctypes
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import psutil

_PR_SET_PDEATHSIG = 1


def ends_with_parent(number: signal.Signals = signal.SIGTERM) -> Callable[[], None]:
    """For `preexec_fn`: on Linux the child gets this signal when its parent is gone; elsewhere nothing happens."""

    def ask() -> None:
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number)

    return ask


def end_family(process: "subprocess.Popen[Any]", seconds: float) -> None:
    """Ask it to end, wait so long, then end it and every process that it had below it."""
    with suppress(psutil.NoSuchProcess):
        family = psutil.Process(process.pid).children(recursive=True)
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
        for one in family:
            with suppress(psutil.NoSuchProcess):
                one.kill()
    if process.poll() is None:
        process.kill()
        process.wait()
