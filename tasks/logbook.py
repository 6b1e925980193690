"""The log of a run: in this machine's file and at the Prefect server, every line with its task, none with a secret."""

import logging
from typing import Any

from prefect.logging.handlers import APILogHandler

from domain.settings import Settings
from tasks.log_file import LogFile
from tasks.log_line import LogLine, without_secrets

_OURS = ("adapters", "agents", "proof", "tasks", "wiring")


def open_logbook(settings: Settings, task_id: str, run_id: str) -> None:
    """Write this process's log to the file and, as the run's log, to Prefect's UI; once."""
    root = logging.getLogger()
    if any(isinstance(handler, LogFile) for handler in root.handlers):
        return
    logging.setLogRecordFactory(_safe_record)
    file = LogFile(settings.home)
    file.setFormatter(LogLine(settings.log_format, task_id, run_id))
    file.setLevel(settings.log_level)
    root.addHandler(file)
    shown = _Shown(run_id)
    for package in _OURS:  # Prefect lets only warnings through
        logger = logging.getLogger(package)
        logger.setLevel(settings.log_level)
        logger.addHandler(shown)


class _Shown(APILogHandler):
    """Our lines among Prefect's own; those of threads, which know no run, too."""

    def __init__(self, run_id: str) -> None:
        super().__init__()
        self._run_id = run_id

    def emit(self, record: logging.LogRecord) -> None:
        record.flow_run_id = self._run_id
        super().emit(record)


def _safe_record(*arguments: Any, **named: Any) -> logging.LogRecord:
    """Prefect sends records to its server, too."""
    return without_secrets(logging.LogRecord(*arguments, **named))
