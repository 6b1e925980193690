"""One record as one line, for people or for programs; the task and the run are in each."""

import json
import logging
import re
from datetime import UTC, datetime
from typing import Literal

from domain.secrecy import hidden

Form = Literal["text", "json"]
NONE = "-"
_NAMED = {name: re.compile(rf"\b{name}=([\w.:-]+)") for name in ("task", "run")}


def without_secrets(record: logging.LogRecord) -> logging.LogRecord:
    """The same record, its message and trace free of the secrets that this process knows."""
    try:
        record.msg, record.args = hidden(record.getMessage()), ()
    except (TypeError, ValueError):
        return record  # logging itself says what is wrong with it
    if record.exc_info:
        record.exc_text = hidden(logging.Formatter().formatException(record.exc_info))
    return record


class LogLine(logging.Formatter):
    """`task` and `run` are those of the process; one that serves many has them from the message, if it names them.

    As text: `TIME level=L task=T run=R logger=N MESSAGE`, a trace on the lines below. As JSON: an object with the
    same names, `time` in UTC, and the trace in `trace`.
    """

    def __init__(self, form: Form = "text", task: str = NONE, run: str = NONE) -> None:
        super().__init__()
        self._form = form
        self._known = {"task": task, "run": run}

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        message = record.getMessage()
        fields = {"level": record.levelname, **self._whose(message), "logger": record.name}
        trace = record.exc_text or (self.formatException(record.exc_info) if record.exc_info else "")
        if self._form == "json":
            moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
            told = {"time": moment, **fields, "message": message, **({"trace": trace} if trace else {})}
            return json.dumps(told, ensure_ascii=False)
        head = " ".join(f"{name}={value}" for name, value in fields.items())
        return f"{self.formatTime(record)} {head} {message}" + (f"\n{trace}" if trace else "")

    def _whose(self, message: str) -> dict[str, str]:
        return {name: self._named(name, message) for name in self._known}

    def _named(self, name: str, message: str) -> str:
        if self._known[name] != NONE:
            return self._known[name]
        found = _NAMED[name].search(message)
        return found.group(1) if found else NONE
