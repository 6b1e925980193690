"""What this machine itself must have: git, Python, a sandbox, room for the state, no secrets lying open."""

import os
import platform
import shutil
import stat
import sys
import tempfile
from pathlib import Path

from adapters.sandbox.choose import choose_sandbox
from cluster.checkup.finding import Finding
from domain.errors import ConfigurationError
from domain.settings import SandboxKind

_OLDEST_GIT = (2, 30)
_OLDEST_PYTHON = (3, 11)
_GIB = 2**30
_LEAST_GIB = 1.0
_ENOUGH_GIB = 5.0
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def check_git() -> Finding:
    """Git is there and knows partial clones with every option that is used here."""
    found = shutil.which("git")
    if found is None:
        return Finding(check="git", verdict="failed", result="not found", remedy="install git 2.30 or newer")
    try:
        from git import Git  # noqa: PLC0415 - it runs git when imported
    except ImportError:
        return Finding(check="git", verdict="failed", result=f"{found} does not run", remedy="install git anew")
    version = Git().version_info
    words = f"{'.'.join(map(str, version))} ({found})"
    if version < _OLDEST_GIT:
        return Finding(check="git", verdict="failed", result=words, remedy="install git 2.30 or newer")
    return Finding(check="git", verdict="ok", result=words)


def check_python() -> Finding:
    """The interpreter that runs this."""
    words = f"{platform.python_version()} ({sys.executable})"
    if sys.version_info < _OLDEST_PYTHON:
        return Finding(check="Python", verdict="failed", result=words, remedy="install Python 3.11 or newer")
    return Finding(check="Python", verdict="ok", result=words)


def check_sandbox(kind: SandboxKind) -> Finding:
    """Which sandbox this machine gets; bubblewrap is tried for real."""
    try:
        words = choose_sandbox(kind).describe()
    except ConfigurationError as error:
        return Finding.failure("sandbox", error)
    if kind == "none":
        return Finding(
            check="sandbox",
            verdict="warning",
            result=words,
            remedy="unset CLAUDE_CLUSTER_SANDBOX, unless every repository and every issue's author is trusted",
        )
    return Finding(check="sandbox", verdict="ok", result=words)


def check_state(home: Path) -> Finding:
    """The state folder can be written, and its disk has room for clones and environments."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=home):
            free = shutil.disk_usage(home).free / _GIB
    except OSError as error:
        words = f"{home} can't be written: {error.strerror}"
        return Finding(
            check="state folder", verdict="failed", result=words, remedy="set CLAUDE_CLUSTER_HOME to another folder"
        )
    words = f"{home}, {free:.1f} GiB free"
    if free < _ENOUGH_GIB:
        verdict = "failed" if free < _LEAST_GIB else "warning"
        remedy = "free disk space there, or set CLAUDE_CLUSTER_HOME to a folder on a larger disk"
        return Finding.model_validate({"check": "state folder", "verdict": verdict, "result": words, "remedy": remedy})
    return Finding(check="state folder", verdict="ok", result=words)


def check_env_file(path: Path) -> Finding | None:
    """A `.env` with keys is for its owner alone; None if there is no such file."""
    try:
        status = path.stat()
    except OSError:
        return None
    if status.st_mode & _OTHERS and status.st_uid == os.getuid():
        return Finding(
            check=".env", verdict="warning", result="other users can read it", remedy=f"chmod 600 {path.name}"
        )
    return Finding(check=".env", verdict="ok", result=f"read from {path.absolute().parent}")
