"""Processes that are known by a number in a file: whether it is still theirs."""

from collections.abc import Set as AbstractSet

import psutil


def still_runs(pid: int, words: AbstractSet[str]) -> bool:
    """Whether the process has these words in its command line: numbers of processes come again.

    A program that has just begun has no command line yet (Linux gives an empty one until the kernel has
    placed its arguments), and counts as running.
    """
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        said = process.cmdline()
        return words <= set(said) if said else bool(process.exe())
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False
