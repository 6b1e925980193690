"""The index as a file: what its entries say of files without anybody reading them.

In a sandbox our files belong to somebody else. To git that is a change: without this it reads every file of the
repository anew when it first looks from in there (12 s for 50,000 files), and the agent's own git does too.
Format: gitformat-index(5), versions 2 and 3; any other is left as it is, which is slow and right.
"""

import hashlib
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_HEADER = struct.Struct(">4sII")
_OWNER = struct.Struct(">II")
_TIMES = 16  # seconds and nanoseconds of ctime and mtime
_OWNER_AT = 28  # after ctime, mtime (8 bytes each), dev, ino and mode
_FLAGS_AT = 60  # after the owner, the size and the object's name
_NAME_AT = 62
_EXTENDED = 0x4000
_CHECKSUM = 20


@dataclass(frozen=True, slots=True)
class Owner:
    """A user and a group, as numbers."""

    user: int
    group: int


def give_to(index: Path, owner: Owner) -> None:
    """Write an owner into every entry."""
    data = bytearray(index.read_bytes())
    for at, _ in _entries(data):
        _OWNER.pack_into(data, at + _OWNER_AT, owner.user, owner.group)
    _write(index, data)


def forget(index: Path, paths: frozenset[str]) -> None:
    """Make git read these files anew when it next looks, whatever their times say."""
    names = {os.fsencode(path) for path in paths}
    data = bytearray(index.read_bytes())
    for at, name in _entries(data):
        if name in names:
            data[at : at + _TIMES] = bytes(_TIMES)
    _write(index, data)


def _entries(data: bytearray) -> Iterator[tuple[int, bytes]]:
    """Where each entry begins, and its path; none for a format that is not known, or that was tampered with."""
    if len(data) < _HEADER.size + _CHECKSUM:
        return
    signature, version, count = _HEADER.unpack_from(data)
    if signature != b"DIRC" or version not in {2, 3}:
        return
    at = _HEADER.size
    for _ in range(count):
        extended = int.from_bytes(data[at + _FLAGS_AT : at + _NAME_AT], "big") & _EXTENDED
        start = at + _NAME_AT + (2 if extended else 0)
        end = data.find(b"\x00", start)
        if end < 0:
            return
        yield at, bytes(data[start:end])
        at += (end - at) // 8 * 8 + 8


def _write(index: Path, data: bytearray) -> None:
    """Put it in its place, if it is an index; the file keeps its time, by which git knows what is younger."""
    if not any(True for _ in _entries(data)):
        return
    data[-_CHECKSUM:] = hashlib.sha1(data[:-_CHECKSUM], usedforsecurity=False).digest()
    before = index.stat()
    fresh = index.with_name(f"{index.name}.new")
    fresh.write_bytes(data)
    os.utime(fresh, ns=(before.st_atime_ns, before.st_mtime_ns))
    fresh.replace(index)
