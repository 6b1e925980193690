"""The ports that a coordinator or a node listens on."""

from filelock import FileLock, Timeout

from cluster.checkup.asked import Asked
from cluster.checkup.finding import Finding
from cluster.web import Listen, check_free
from domain.errors import ConfigurationError
from domain.settings import Settings

_NODE = 8002


def check_ports(settings: Settings, asked: Asked) -> Finding | None:
    """Whether they are free; None if this machine is neither, or a coordinator of this state folder has them."""
    wanted = {
        "coordinator": {8000: "webhooks", settings.coordinator_port: "the API", 4200: "the Prefect server"},
        "node": {_NODE: "the node's health"},
        None: {},
    }[asked.role]
    if not wanted or (asked.role == "coordinator" and _runs(settings)):
        return None
    taken = []
    for port, what in wanted.items():
        try:
            check_free(Listen(host="0.0.0.0", port=port), what)  # noqa: S104 - as they listen for others
        except ConfigurationError:
            taken.append(f"{port} ({what})")
    if not taken:
        return Finding(check="ports", verdict="ok", result=f"free: {', '.join(map(str, wanted))}")
    flags = "--port, --webhook-port, --prefect-port" if asked.role == "coordinator" else "--agent-port"
    return Finding(
        check="ports",
        verdict="failed",
        result=f"used by another program: {', '.join(taken)}",
        remedy=f"end what holds it (`ss -ltnp` shows it), or choose another with {flags}",
    )


def _runs(settings: Settings) -> bool:
    if not (settings.home / "coordinator.lock").exists():
        return False
    try:
        with FileLock(settings.home / "coordinator.lock", timeout=0):
            return False
    except Timeout:
        return True
