"""Whether a tree of files is what it was: by the file system's own records, without reading a file.

A command that only looks at files is followed by a snapshot all the same; this makes that one cheap.
"""

import hashlib
import os
import time
from pathlib import Path

# Files are stamped by a clock that ticks at least a hundred times a second: one that is younger than a few
# ticks may change again without another stamp, as in git's "racy" index entries.
_SETTLED_NS = 100_000_000


def fingerprint(root: Path, salt: str) -> str | None:
    """A digest of every name, kind, size, inode and time of change below `root`, its own `.git` left out.

    None while a file is so young that the digest could miss its next change, or when the tree moves
    under our eyes. `salt` keeps equal trees of different purpose apart.
    """
    digest = hashlib.blake2b(salt.encode(), digest_size=16)
    try:
        newest = _look(root, digest, top=True)
    except OSError:
        return None
    return None if newest > time.time_ns() - _SETTLED_NS else digest.hexdigest()


def _look(folder: Path | str, digest: "hashlib.blake2b", *, top: bool = False) -> int:
    newest = 0
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        if top and entry.name == ".git":
            continue
        if entry.is_dir(follow_symlinks=False):
            digest.update(os.fsencode(entry.name) + b"/\0")
            newest = max(newest, _look(entry.path, digest))
            digest.update(b"..\0")
            continue
        stat = entry.stat(follow_symlinks=False)
        record = f"\0{stat.st_mode} {stat.st_size} {stat.st_ino} {stat.st_mtime_ns} {stat.st_ctime_ns}\0"
        digest.update(os.fsencode(entry.name) + record.encode())
        newest = max(newest, stat.st_ctime_ns)
    return newest
