"""`$CLAUDE_CLUSTER_HOME/logs/claude-cluster.log`: many processes write to it, and one at a time turns it over."""

import logging
import os
from logging.handlers import RotatingFileHandler
from pathlib import Path

from filelock import FileLock

LARGEST = 10_000_000  # bytes, then it is turned over
KEPT = 5  # as .1, the newest, to .5


def log_file(home: Path) -> Path:
    """Where everything that runs here writes its log."""
    return home / "logs" / "claude-cluster.log"


class LogFile(RotatingFileHandler):
    """The file; one that another process has turned over is left for the new one."""

    def __init__(self, home: Path, largest: int = LARGEST) -> None:
        path = log_file(home)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        super().__init__(path, maxBytes=largest, backupCount=KEPT, encoding="utf-8", delay=True)

    def shouldRollover(self, record: logging.LogRecord) -> int:  # noqa: N802 - logging's name
        """Whether the line has no room; looks first whether this is still the file."""
        self._follow()
        return int(super().shouldRollover(record))

    def doRollover(self) -> None:  # noqa: N802 - logging's name
        """By one process only: whoever waited for it finds a new file."""
        with FileLock(f"{self.baseFilename}.lock"):
            if not self._follow():
                super().doRollover()

    def _follow(self) -> bool:
        """Open the new file if ours was turned over; tells whether it was."""
        if self.stream is None:
            return False
        try:
            there = Path(self.baseFilename).stat()
        except FileNotFoundError:
            there = None
        ours = os.fstat(self.stream.fileno())
        if there and (there.st_ino, there.st_dev) == (ours.st_ino, ours.st_dev):
            return False
        self.stream.close()
        self.stream = self._open()
        return True
