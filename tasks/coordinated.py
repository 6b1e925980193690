"""Where a plain worker finds the ledger: the Prefect server of a cluster names its coordinator."""

from pathlib import Path
from urllib.parse import urlsplit

from prefect.runtime import deployment
from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_SSL_CERT_FILE, PREFECT_API_URL
from prefect.variables import Variable
from pydantic import SecretStr

from domain.frozen import Frozen
from domain.secrecy import keep_secret
from domain.settings import Settings

VARIABLE = "claude_cluster_coordinator"


class Door(Frozen):
    """The value of the variable: the coordinator API on the Prefect server's own machine."""

    scheme: str
    port: int


async def coordinated(settings: Settings) -> Settings:
    """The settings, with the way to the coordinator if the Prefect server belongs to a cluster.

    Who may use that server has the cluster's token already: it is the password. Commands, and a process that
    is told of a coordinator or a database, stay as they are.
    """
    if settings.coordinator_url or settings.database_url or deployment.id is None:
        return settings
    told = await Variable.aget(VARIABLE)
    server = urlsplit(PREFECT_API_URL.value() or "")
    if not isinstance(told, dict) or not server.hostname:
        return settings
    door = Door.model_validate(told)
    token = settings.api_token or _password()
    keep_secret(token)
    host = f"[{server.hostname}]" if ":" in server.hostname else server.hostname
    known = {
        "coordinator_url": f"{door.scheme}://{host}:{door.port}",
        "api_token": token,
        "ca_file": settings.ca_file or _certificates(),
    }
    return settings.model_copy(update=known)


def _password() -> SecretStr | None:
    auth: str | None = PREFECT_API_AUTH_STRING.value()
    return SecretStr(auth.partition(":")[2]) if auth else None


def _certificates() -> Path | None:
    named = PREFECT_API_SSL_CERT_FILE.value()
    return Path(named).absolute() if named and Path(named).exists() else None
