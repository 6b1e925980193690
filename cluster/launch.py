"""Start the process of a case, watch it, and end it with everything it started."""

import os
import subprocess
import sys
import time
from contextlib import suppress

import psutil

from cluster.server import Server, server_variables
from cluster.variables import sections, text_of
from domain.settings import Settings
from tasks.log_file import log_file

_GRACE_SECONDS = 1.5


class CaseProcess:
    """A running case; the command that started it watches it."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process

    @classmethod
    def start(cls, settings: Settings, server: Server, task_id: str) -> "CaseProcess":
        """Start it in a session of its own, outside any checkout, its output in the log."""
        log = log_file(settings.home)
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "cluster.case_process", task_id],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=settings.home,
                env=child_environment(settings, server),
                start_new_session=True,
            )
        return cls(process)

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.poll()

    def stop(self) -> None:
        """End it within two seconds, children first to last."""
        try:
            family = psutil.Process(self._process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            family = []
        self._process.terminate()
        deadline = time.monotonic() + _GRACE_SECONDS
        while self._process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        for child in family:
            with suppress(psutil.NoSuchProcess):
                child.kill()


def child_environment(settings: Settings, server: Server) -> dict[str, str]:
    """Our environment with every setting made explicit: the child reads no `.env` of the current folder."""
    known = [variable for section in sections() for variable in section.variables]
    values = {variable.name: text_of(getattr(settings, variable.field)) for variable in known}
    explicit = {name: value for name, value in values.items() if value and name != "PREFECT_API_URL"}
    quiet = {"PREFECT_LOGGING_LEVEL": settings.log_level, "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL"}
    return {**os.environ, **quiet, **explicit, **server_variables(settings.home, server)}
