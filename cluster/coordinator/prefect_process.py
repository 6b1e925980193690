"""The coordinator's Prefect server: a child process on its database."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from cluster.lifeline import end_family, ends_with_parent
from domain.errors import ConfigurationError
from domain.frozen import Frozen

# Nodes ask many at a time, and each connection beyond the pool's is made anew and thrown away.
_CONNECTIONS = {"PREFECT_SERVER_DATABASE_SQLALCHEMY_POOL_SIZE": "20"}
# Task runs and events are written many at a time, at the latest after so many seconds: one by one they took a third
# of the server's time.
_BATCHES = {
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "50",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_BATCH_SIZE": "200",
}


class Tls(Frozen):
    """PEM files of the server's certificate and key."""

    certificate: Path
    key: Path


class PrefectPlace(Frozen):
    """Where it listens, what it stores in, and what it asks callers for (`user:password`)."""

    host: str
    port: int
    database_url: str
    auth: str | None = None
    tls: Tls | None = None


class PrefectProcess:
    """A running server."""

    def __init__(self, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self._process = process
        self._log = log

    @classmethod
    def start(cls, home: Path, place: PrefectPlace) -> "PrefectProcess":
        """Start it, its output in the state folder's logs."""
        log = home / "logs" / "prefect-server.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            process = subprocess.Popen(
                _command(place),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=home,
                env=_variables(home, place),
                start_new_session=True,
                preexec_fn=ends_with_parent(),  # noqa: PLW1509 - one system call
            )
        return cls(process, log)

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    def check(self) -> None:
        """Raises `ConfigurationError` if it has ended."""
        if not self.alive:
            raise ConfigurationError("the Prefect server has ended", f"look at {self._log}")

    async def stop(self, seconds: float) -> None:
        """End it with its children, by force after so many seconds."""
        await asyncio.to_thread(end_family, self._process, seconds)


def _command(place: PrefectPlace) -> list[str]:
    where = ["--host", place.host, "--port", str(place.port)]
    if place.tls is None:
        return [sys.executable, "-P", "-m", "prefect", "server", "start", *where]
    # `prefect server start` knows no TLS; this is the same application.
    return [
        *(sys.executable, "-P", "-m", "uvicorn", "--factory", "prefect.server.api.server:create_app", *where),
        *("--ssl-certfile", str(place.tls.certificate), "--ssl-keyfile", str(place.tls.key)),
        *("--log-level", "warning"),
    ]


def _variables(home: Path, place: PrefectPlace) -> dict[str, str]:
    """Our environment without keys: the server and its logs never see one."""
    ours = ("GITHUB_", "ANTHROPIC_", "CLAUDE_CLUSTER_", "PREFECT_API_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    auth = {"PREFECT_SERVER_API_AUTH_STRING": place.auth} if place.auth else {}
    pool = _CONNECTIONS if place.database_url.startswith("postgresql") else {}
    return {
        **_BATCHES,
        **pool,
        **kept,
        **auth,
        "PREFECT_HOME": str(home / "prefect"),
        "PREFECT_API_DATABASE_CONNECTION_URL": place.database_url,
        "PREFECT_UI_API_URL": "/api",  # the browser asks where it found the page
        # The UI asks where it came from: no page from elsewhere has business here.
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": f"http://127.0.0.1:{place.port}",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }
