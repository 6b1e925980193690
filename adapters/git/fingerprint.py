"""One look at a tree of files: what is in it, and whether it is what it was, without reading a file.

A command that only looks at files is followed by a snapshot all the same; this makes that one cheap.
"""

import hashlib
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

# Files are stamped by a clock that ticks at least a hundred times a second: one that is younger than a few
# ticks may change again without another stamp, as in git's "racy" index entries.
_SETTLED_NS = 100_000_000


@dataclass(frozen=True)
class Seen:
    """What a look at a tree of files found.

    `fingerprint` is a digest of every name, kind, size, inode and time of change; None while a file is so young
    that the digest could miss its next change, or when the tree moved under our eyes. `files` are the paths of
    everything that is no folder, and `changed` says when each was last changed (nanoseconds since 1970). `nested`
    are those that are named `.git`, in any case of letters, below the top.
    """

    fingerprint: str | None
    files: tuple[str, ...]
    nested: tuple[str, ...]
    changed: tuple[int, ...] = ()


def look(root: Path, salt: str) -> Seen:
    """Walk once through everything below `root`, its own `.git` left out.

    `salt` keeps equal trees of different purpose apart. Nothing is raised for what vanishes meanwhile.
    """
    walk = _Walk(hashlib.blake2b(salt.encode(), digest_size=16))
    top = os.fsencode(root)
    left = [b""]  # a list, for an agent can nest folders deeper than Python can call
    while left:
        folder = left.pop()
        try:
            with os.scandir(os.path.join(top, folder)) as found:  # noqa: PTH118 - bytes, and fast
                entries = sorted(found, key=lambda entry: entry.name)
            left += walk.enter(folder, entries)
        except OSError:
            walk.moved = True
    return walk.seen()


@dataclass
class _Walk:
    digest: "hashlib.blake2b"
    files: list[str] = field(default_factory=list)
    nested: list[str] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)
    moved: bool = False

    def enter(self, folder: bytes, entries: Sequence["os.DirEntry[bytes]"]) -> list[bytes]:
        """Note what is in a folder (ending in a slash, or the top); gives the folders below it."""
        inner = []
        for entry in entries:
            path = folder + entry.name
            if path == b".git":
                continue
            if entry.name.lower() == b".git":
                self.nested.append(os.fsdecode(path))
            if entry.is_dir(follow_symlinks=False):
                inner.append(path + b"/")
                self.digest.update(path + b"/\x00")
            else:
                self._note(path, entry)
        return inner

    def _note(self, path: bytes, entry: "os.DirEntry[bytes]") -> None:
        stat = entry.stat(follow_symlinks=False)
        numbers = (stat.st_mode, stat.st_size, stat.st_ino, stat.st_mtime_ns, stat.st_ctime_ns)
        self.digest.update(path + b"\x00%d %d %d %d %d\x00" % numbers)
        self.files.append(os.fsdecode(path))
        self.changed.append(stat.st_ctime_ns)

    def seen(self) -> Seen:
        """What was found in all."""
        young = max(self.changed, default=0) > time.time_ns() - _SETTLED_NS
        fingerprint = None if self.moved or young else self.digest.hexdigest()
        return Seen(fingerprint, tuple(self.files), tuple(self.nested), tuple(self.changed))
