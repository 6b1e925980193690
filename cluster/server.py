"""One background Prefect server a state folder, started when first needed and shared by all commands."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import psutil
from filelock import FileLock, Timeout

from cluster.processes import still_runs
from domain.errors import ConfigurationError
from domain.frozen import Frozen

PREFERRED_PORT = 4200
_START_SECONDS = 120
_PATIENCE_SECONDS = 10  # with a server that is busy


class Server(Frozen):
    """A running server: `api_url` ends in `/api`; `pid` is None when it is somebody else's."""

    api_url: str
    pid: int | None = None

    @property
    def ui_url(self) -> str:
        """Where a browser finds the UI."""
        return self.api_url.removesuffix("/api")


def ensure_server(home: Path, given: str | None) -> Server:
    """The server named by PREFECT_API_URL, else this state folder's own, started if it does not run.

    Raises:
        ConfigurationError: the named server does not answer, or ours does not come up.
    """
    if given:
        if not answers(given, _PATIENCE_SECONDS):
            raise ConfigurationError(f"the Prefect server at {given} does not answer", "check PREFECT_API_URL")
        return Server(api_url=given.rstrip("/"))
    home.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(home / "prefect-server.lock", timeout=_START_SECONDS):
            if running := _running(home, _START_SECONDS):
                return running
            stop_server(home)
            return _start(home)
    except Timeout as error:
        raise ConfigurationError(
            "another command has been starting the Prefect server for two minutes", f"look at {_log(home)}"
        ) from error


def running_server(home: Path) -> str | None:
    """The API address of this state folder's server, if it runs."""
    server = _running(home, _PATIENCE_SECONDS)
    return server.api_url if server else None


def stop_server(home: Path) -> bool:
    """End this state folder's server; tells whether one ran."""
    server = _recorded(home)
    if server is None or server.pid is None:
        return False
    _end(server.pid)
    _record(home).unlink(missing_ok=True)
    return True


def server_variables(home: Path, server: Server) -> dict[str, str]:
    """What a process needs in its environment to talk to the server."""
    return {
        "PREFECT_API_URL": server.api_url,
        "PREFECT_HOME": os.environ.get("PREFECT_HOME") or str(home / "prefect"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }


def _start(home: Path) -> Server:
    """On the preferred port, or on a free one if somebody else takes that in the same moment."""
    for port in (_free_port(PREFERRED_PORT), _free_port(0)):
        server = Server(api_url=f"http://127.0.0.1:{port}/api")
        started = server.model_copy(update={"pid": _launch(home, server, port)})
        try:
            # Written before it answers: a command that is killed now leaves a server that the next one finds.
            _record(home).write_text(started.model_dump_json())
            if _came_up(started, _START_SECONDS):
                return started
        except BaseException:  # Ctrl-C while it starts
            stop_server(home)
            raise
        stop_server(home)
    raise ConfigurationError(f"the Prefect server did not start{_last_said(home)}", f"look at {_log(home)}")


def _last_said(home: Path) -> str:
    """The last line of its log, as the end of a sentence: whoever has only the message can see why."""
    with suppress(OSError):
        said = [line for line in _log(home).read_text("utf-8", "replace").splitlines() if line.strip()]
        return f": {said[-1].strip()[:300]}" if said else ""
    return ""


def _launch(home: Path, server: Server, port: int) -> int:
    environment = {**_without_keys(), **server_variables(home, server)}
    environment |= {"PREFECT_UI_API_URL": server.api_url, "PREFECT_HOME": str(home / "prefect")}
    # No page from elsewhere has business here: without a token a browser would let it start runs.
    environment["PREFECT_SERVER_CORS_ALLOWED_ORIGINS"] = f"http://127.0.0.1:{port},http://localhost:{port}"
    log = _log(home)
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-P", "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment,
            cwd=home,
            start_new_session=True,
        )
    return process.pid


def _came_up(server: Server, seconds: float) -> bool:
    """Wait until it answers; whoever else answers at its port is not it."""
    deadline = time.monotonic() + seconds
    while _alive(server):
        if answers(server.api_url) and _listens(server):
            return True
        if time.monotonic() > deadline:
            break
        time.sleep(0.2)
    return False


def _alive(server: Server) -> bool:
    return server.pid is not None and still_runs(server.pid, {"prefect", "server", _port(server)})


def _port(server: Server) -> str:
    return str(urlsplit(server.api_url).port)


def _listens(server: Server) -> bool:
    return any(_port(server) in _ports(member) for member in _family(server.pid))


def _ports(process: psutil.Process) -> set[str]:
    with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
        found = process.net_connections("tcp4")
        return {str(one.laddr.port) for one in found if one.status == psutil.CONN_LISTEN}
    return set()


def _family(pid: int | None) -> list[psutil.Process]:
    try:
        process = psutil.Process(pid)
        return [*process.children(recursive=True), process]
    except psutil.NoSuchProcess:
        return []


def _end(pid: int) -> None:
    family = _family(pid)
    for member in family:
        with suppress(psutil.NoSuchProcess):
            member.terminate()
    for member in psutil.wait_procs(family, timeout=10)[1]:
        with suppress(psutil.NoSuchProcess):
            member.kill()


def _running(home: Path, seconds: float) -> Server | None:
    server = _recorded(home)
    return server if server and _came_up(server, seconds) else None


def _recorded(home: Path) -> Server | None:
    """This state folder's server, starting, busy or ready."""
    try:
        server = Server.model_validate(json.loads(_record(home).read_text()))
    except (OSError, ValueError):
        return None
    return server if _alive(server) else None


def answers(api_url: str, seconds: float = 2) -> bool:
    """Whether a Prefect server is healthy at this address."""
    try:
        with urllib.request.urlopen(f"{api_url.rstrip('/')}/health", timeout=seconds) as answer:  # noqa: S310 - http(s) only
            return bool(answer.status == 200)  # noqa: PLR2004 - HTTP OK
    except (urllib.error.URLError, OSError, ValueError):
        return False


def _free_port(wanted: int) -> int:
    for port in (wanted, 0):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise ConfigurationError("no free port for the Prefect server", "free a port on 127.0.0.1")


def _without_keys() -> dict[str, str]:
    hidden = ("GITHUB_", "ANTHROPIC_")
    return {name: value for name, value in os.environ.items() if not name.startswith(hidden)}


def _record(home: Path) -> Path:
    return home / "prefect-server.json"


def _log(home: Path) -> Path:
    return home / "logs" / "prefect-server.log"
