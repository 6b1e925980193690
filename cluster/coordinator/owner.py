"""PostgreSQL refuses to run as root: who runs it instead, and where its files can be."""

import hashlib
import os
import pwd
from pathlib import Path

from domain.errors import ConfigurationError

_USERS = ("postgres", "nobody")
_ELSEWHERE = Path("/var/lib/claude-cluster")


class Owner:
    """The user of the database's files; `user` is None where we run as an ordinary one ourselves."""

    def __init__(self, home: Path) -> None:
        self.user = _unprivileged() if os.geteuid() == 0 else None
        self.folder = home / "postgres"
        if self.user and not _reachable(home):
            name = hashlib.sha256(str(home).encode()).hexdigest()[:12]
            self.folder = _ELSEWHERE / name

    def prepare(self) -> None:
        """Make the folder, for this user alone."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.user:
            if self.folder.parent == _ELSEWHERE:
                _ELSEWHERE.chmod(0o755)
            else:  # others may pass through the state folder, and read nothing on the way
                self.folder.parent.chmod(0o711)
            os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)

    def process(self) -> dict[str, object]:
        """What `subprocess` needs to start a program as this user."""
        if self.user is None:
            return {}
        return {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}

    def variables(self) -> dict[str, str]:
        """The environment of those programs: nothing of ours, so no key; their libraries lie beside them."""
        found = sorted(self.folder.glob(".pg0/installation/*/lib"))
        libraries = {"LD_LIBRARY_PATH": str(found[-1])} if found else {}
        here = {"HOME": str(self.folder), "TMPDIR": str(self.folder)}  # what unpacks leaves an empty folder behind
        return {**here, "PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", **libraries}


def _unprivileged() -> pwd.struct_passwd:
    for name in _USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise ConfigurationError("PostgreSQL does not run as root, and there is no other user", "add a user `postgres`")


def _reachable(home: Path) -> bool:
    """Whether any user may pass through the folders above; our own is opened for that by us."""
    return all(folder.stat().st_mode & 0o001 for folder in home.parents if folder.exists())
