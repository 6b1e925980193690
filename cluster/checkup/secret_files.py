"""Files with secrets are for their owner alone."""

import os
import stat
from pathlib import Path

from cluster.checkup.asked import Asked
from cluster.checkup.finding import Finding
from domain.settings import Settings

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def check_secret_files(settings: Settings, asked: Asked) -> Finding | None:
    """Token, database password, the App's and the certificate's key; None if none of them is there."""
    ours = (settings.home / name for name in ("token", "postgres-password"))
    files = [one for one in (*ours, settings.github_app_private_key_file, asked.key) if one and _is_there(one)]
    if not files:
        return None
    if unreadable := [one for one in files if not os.access(one, os.R_OK)]:
        words = f"this user can't read {', '.join(map(str, unreadable))}"
        remedy = f"chown {os.geteuid()} {' '.join(map(str, unreadable))}"
        return Finding(check="secret files", verdict="failed", result=words, remedy=remedy)
    if opened := [one for one in files if one.stat().st_mode & _OTHERS]:
        words = f"other users can read {', '.join(map(str, opened))}"
        remedy = f"chmod 600 {' '.join(map(str, opened))}"
        return Finding(check="secret files", verdict="failed", result=words, remedy=remedy)
    return Finding(check="secret files", verdict="ok", result=f"{len(files)}, readable by their owner alone")


def _is_there(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False
