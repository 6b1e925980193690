"""What `start-coordinator` was asked for, and what follows from it."""

from pathlib import Path

from cluster.coordinator.door import is_loopback
from cluster.coordinator.prefect_process import Tls
from deployments.catalogue import Kind
from domain.errors import ConfigurationError, UsageError
from domain.frozen import Frozen

_EVERYWHERE = {"0.0.0.0", "::", ""}  # noqa: S104 - compared, not bound


class Options(Frozen):
    """Addresses and ports; `database_url` None means the embedded PostgreSQL.

    `share_s` is how long a part of an issue may wait for the specialist it was offered to; 0: issues are not split.
    """

    host: str = "127.0.0.1"
    port: int = 8001
    webhook_port: int = 8000
    prefect_port: int = 4200
    database_url: str | None = None
    kind: Kind = "process"
    tls: Tls | None = None
    fallback_s: float = 300.0
    share_s: float = 30.0

    @property
    def open_to_others(self) -> bool:
        """Whether other machines can come to it: then everything but /health needs the token."""
        return not is_loopback(self.host)

    @property
    def scheme(self) -> str:
        """Http or https."""
        return "https" if self.tls else "http"

    @property
    def own_host(self) -> str:
        """Where this machine itself finds it."""
        return "127.0.0.1" if self.host in _EVERYWHERE else self.host

    @property
    def prefect_url(self) -> str:
        """The Prefect server's API for this machine."""
        return f"{self.scheme}://{self.own_host}:{self.prefect_port}/api"

    def prefect_url_for(self, host: str) -> str:
        """The same for a node that came to `host`."""
        return f"{self.scheme}://{host or self.own_host}:{self.prefect_port}/api"

    @property
    def ledger_url(self) -> str | None:
        """The given database for the ledger, in SQLAlchemy's form."""
        if self.database_url is None:
            return None
        scheme, _, rest = self.database_url.partition("://")
        if scheme in {"postgresql", "postgres", "postgresql+asyncpg"} and rest:
            return f"postgresql+asyncpg://{rest}"
        if scheme.startswith("sqlite"):
            return self.database_url
        raise UsageError(
            f"--database-url begins with {scheme}://", "give postgresql://user:password@host/name, or sqlite:///FILE"
        )


def tls_of(certificate: Path | None, key: Path | None) -> Tls | None:
    """Both files or none. Raises `ConfigurationError`."""
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise ConfigurationError("TLS needs a certificate and its key", "give both --ssl-certfile and --ssl-keyfile")
    for path in (certificate, key):
        if not path.is_file():
            raise ConfigurationError(f"{path} is not there", "give a PEM file")
    return Tls(certificate=certificate.absolute(), key=key.absolute())
