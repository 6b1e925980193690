"""The log file of this machine: every line with its task, no line with a secret."""

import logging
from logging.handlers import RotatingFileHandler
from typing import Any

from domain.secrecy import hidden
from domain.settings import Settings

_LARGEST = 10_000_000  # bytes, then the file is rotated
_KEPT = 5
_OURS = ("adapters", "agents", "proof", "tasks", "wiring")


class _Line(logging.Formatter):
    """One line with the task; every record is free of secrets already."""

    def __init__(self, task_id: str) -> None:
        super().__init__(f"%(asctime)s level=%(levelname)s task={task_id} logger=%(name)s %(message)s")


def open_logbook(settings: Settings, task_id: str) -> None:
    """Write this process's log to `$CLAUDE_CLUSTER_HOME/logs/claude-cluster.log`, once."""
    path = settings.home / "logs" / "claude-cluster.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    root = logging.getLogger()
    if any(isinstance(handler.formatter, _Line) for handler in root.handlers):
        return
    logging.setLogRecordFactory(_safe_record)
    handler = RotatingFileHandler(path, maxBytes=_LARGEST, backupCount=_KEPT, encoding="utf-8", delay=True)
    handler.setFormatter(_Line(task_id))
    handler.setLevel(settings.log_level)
    root.addHandler(handler)
    for package in _OURS:  # Prefect lets only warnings through
        logging.getLogger(package).setLevel(settings.log_level)


def _safe_record(*arguments: Any, **named: Any) -> logging.LogRecord:
    """Every record of this process, whichever handler takes it: Prefect sends them to its server, too."""
    record = logging.LogRecord(*arguments, **named)
    try:
        record.msg, record.args = hidden(record.getMessage()), ()
    except (TypeError, ValueError):
        return record  # logging itself says what is wrong with it
    if record.exc_info:
        record.exc_text = hidden(logging.Formatter().formatException(record.exc_info))
    return record
