"""`serve`: the node of one PC, as a child process of the command."""

import subprocess
import sys
from contextlib import suppress

import psutil

from cluster.launch import child_environment
from cluster.server import Server
from domain.errors import ConfigurationError
from domain.settings import Settings
from tasks.log_file import log_file

READY = "ready"  # what the worker process prints when it polls
_DRAIN_SECONDS = "2"  # Ctrl-C is not a rolling restart: what is under way goes on at the next start
_GRACE_SECONDS = 15
_POLL_SECONDS = "3"  # eight pools each second, with a write for each question, are too much for a file


class Workers:
    """The worker process of this PC."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    @classmethod
    def start(cls, settings: Settings, server: Server, most: int) -> "Workers":
        """Start it and wait until deployments are registered and pools are polled.

        Raises:
            ConfigurationError: it ended instead; the log says why.
        """
        log = log_file(settings.home)
        log.parent.mkdir(parents=True, exist_ok=True)
        environment = child_environment(settings, server) | {"PREFECT_WORKER_QUERY_SECONDS": _POLL_SECONDS}
        with log.open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "cluster.node.process", str(most), _DRAIN_SECONDS],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=output,
                cwd=settings.home,
                env=environment,
                text=True,
                start_new_session=True,
            )
        for line in process.stdout or ():
            if line.strip() == READY:
                return cls(process)
        raise ConfigurationError("the workers did not start", f"look at {log}")

    def wait(self) -> int:
        """Until they end."""
        for _ in self._process.stdout or ():
            continue
        return self._process.wait()

    def stop(self) -> None:
        """End them and the runs they started."""
        with suppress(psutil.NoSuchProcess):
            family = psutil.Process(self._process.pid).children(recursive=True)
            self._process.terminate()
            try:
                self._process.wait(timeout=_GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
            for child in family:
                with suppress(psutil.NoSuchProcess):
                    child.kill()
