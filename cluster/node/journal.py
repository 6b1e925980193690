"""What coordinator and nodes say: on standard error, and in the log file of their state folder."""

import logging
import os
from pathlib import Path

from tasks.log_file import LogFile
from tasks.log_line import Form, LogLine, without_secrets


def speak(level: str, home: Path | None = None) -> None:
    """Write what the cluster's own modules log; Prefect keeps the root logger for itself.

    `home` None: standard error is that file already. The form is the one of CLAUDE_CLUSTER_LOG_FORMAT.
    """
    form: Form = "json" if os.environ.get("CLAUDE_CLUSTER_LOG_FORMAT") == "json" else "text"
    ours = logging.getLogger("cluster")
    handlers: list[logging.Handler] = [logging.StreamHandler()]
    if home:
        handlers.append(LogFile(home))
    for handler in handlers:
        handler.setFormatter(LogLine(form))
        handler.addFilter(lambda record: bool(without_secrets(record)))
        ours.addHandler(handler)
    ours.setLevel(level)
    ours.propagate = False
