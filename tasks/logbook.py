"""The log file of this machine: every line with its task, no line with a secret."""

import logging
from logging.handlers import RotatingFileHandler

from pydantic import SecretStr

from domain.settings import Settings

_LARGEST = 10_000_000  # bytes, then the file is rotated
_KEPT = 5


class _Redacting(logging.Formatter):
    """Hides the secrets of the settings wherever they turn up, in traces too."""

    def __init__(self, task_id: str, secrets: tuple[str, ...]) -> None:
        super().__init__(f"%(asctime)s level=%(levelname)s task={task_id} logger=%(name)s %(message)s")
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        """One line, or a trace."""
        line = super().format(record)
        for secret in self._secrets:
            line = line.replace(secret, "***")
        return line


def open_logbook(settings: Settings, task_id: str) -> None:
    """Write this process's log to `$CLAUDE_CLUSTER_HOME/logs/claude-cluster.log`, once."""
    path = settings.home / "logs" / "claude-cluster.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    root = logging.getLogger()
    if any(isinstance(handler.formatter, _Redacting) for handler in root.handlers):
        return
    handler = RotatingFileHandler(path, maxBytes=_LARGEST, backupCount=_KEPT, encoding="utf-8", delay=True)
    handler.setFormatter(_Redacting(task_id, _secrets(settings)))
    handler.setLevel(settings.log_level)
    root.addHandler(handler)


def _secrets(settings: Settings) -> tuple[str, ...]:
    values = (getattr(settings, name) for name in type(settings).model_fields)
    return tuple(
        value.get_secret_value() for value in values if isinstance(value, SecretStr) and value.get_secret_value()
    )
