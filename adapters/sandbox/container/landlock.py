"""Landlock: a process shuts itself out of all files but those named, where the kernel offers that to everybody.

It stands behind the walls of users and groups, which must hold without it. Numbers as in linux/landlock.h.
"""

import os
import struct
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from adapters.sandbox.container.kernel import call

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
_ASK_VERSION, _PATH_BENEATH = 1, 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_TRUNCATE, _DEVICE_CALLS = 1 << 14, 1 << 15
# How many kinds of access each version knows; from the sixth on also sockets without a file, and signals.
_KINDS = (13, 14, 15, 15, 16)
_SCOPED_SINCE, _SCOPES = 6, 3
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _DEVICE_CALLS
_READING = _EXECUTE | _READ_FILE | _READ_DIR


@lru_cache(maxsize=1)
def version() -> int:
    """Which version of it the kernel offers; 0 for none."""
    try:
        return call(_CREATE, None, 0, _ASK_VERSION)
    except OSError:
        return 0


def shut_out(reads: Iterable[Path], writes: Iterable[Path]) -> None:
    """Leave this process, and all it starts, only these files and folders; nothing happens without Landlock.

    What is missing among them is left out. Raises `OSError`.
    """
    known = version()
    if not known:
        return
    every = (1 << _KINDS[min(known, len(_KINDS)) - 1]) - 1
    scoped = known >= _SCOPED_SINCE
    rules = struct.pack("=QQQ", every, 0, _SCOPES) if scoped else struct.pack("=Q", every)
    ruleset = call(_CREATE, rules, len(rules), 0)
    try:
        for paths, allowed in ((reads, _READING), (writes, every)):
            for path in paths:
                _allow(ruleset, path, allowed & every)
        call(_RESTRICT, ruleset, 0)
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: Path, allowed: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        kinds = allowed if os.path.isdir(f"/proc/self/fd/{place}") else allowed & _OF_FILES  # noqa: PTH112 - a link
        call(_ADD_RULE, ruleset, _PATH_BENEATH, struct.pack("=Qi", kinds, place), 0)
    finally:
        os.close(place)
