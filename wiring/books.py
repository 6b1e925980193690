"""What is written down: the ledger of this machine, or the coordinator's over HTTP."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from typing import TYPE_CHECKING

from domain.settings import Settings

if TYPE_CHECKING:
    from adapters.cases.database import Database
    from adapters.cases.figures import SqlFigures
    from adapters.cases_http.line import Line
    from domain import ports

_NUL = "\0"


@dataclass(frozen=True)
class Books:
    """The ledger's ports. On a node each call goes to the coordinator; elsewhere to a database."""

    settings: Settings

    @cached_property
    def turns(self) -> "ports.Turns":
        """What all machines that share an account do one after the other."""
        if self._line is None:
            from adapters.cases.turns import SqlTurns

            return SqlTurns(self.database)
        from adapters.cases_http.cluster import HttpTurns

        return HttpTurns(self._line)

    @cached_property
    def model_key(self) -> str:
        """The model's account, as a name without the key."""
        return f"model:{self._account}"

    @cached_property
    def cases(self) -> "ports.Cases":
        """The ledger."""
        if self._line is None:
            from adapters.cases.ledger import SqlCases

            return SqlCases(self.database)
        from adapters.cases_http.ledger import HttpCases
        from adapters.cases_http.outbox import Outbox

        return HttpCases(self._line, Outbox(self.settings.home / "outbox"))

    @cached_property
    def claims(self) -> "ports.Claims":
        """Who works on what."""
        if self._line is None:
            from adapters.cases.claims import SqlClaims

            return SqlClaims(self.database)
        from adapters.cases_http.ledger import HttpClaims

        return HttpClaims(self._line)

    @cached_property
    def budget(self) -> "ports.Budget":
        """The day's and the runs' money."""
        if self._line is None:
            from adapters.cases.budget import SqlBudget

            return SqlBudget(self.database)
        from adapters.cases_http.ledger import HttpBudget

        return HttpBudget(self._line)

    @cached_property
    def breaker(self) -> "ports.Breaker":
        """The model's account while the service refuses it; a new key or another service is another account."""
        if self._line is None:
            from adapters.cases.breaker import SqlBreaker

            return SqlBreaker(self.database, self._account)
        from adapters.cases_http.ledger import HttpBreaker

        return HttpBreaker(self._line)

    @cached_property
    def checkpoints(self) -> "ports.Checkpoints":
        """Transcripts of rounds, on this machine."""
        from adapters.cases.checkpoints import FolderCheckpoints

        return FolderCheckpoints(self.settings.home / "checkpoints")

    @cached_property
    def depot(self) -> "ports.Checkpoints | None":
        """Copies of them at the coordinator; None where there is none."""
        if self._line is None:
            return None
        from adapters.cases_http.ledger import HttpCheckpoints

        return HttpCheckpoints(self._line)

    @cached_property
    def remarks(self) -> "ports.Remarks":
        """What people say to running agents."""
        if self._line is None:
            from adapters.cases.remarks import SqlRemarks

            return SqlRemarks(self.database)
        from adapters.cases_http.remarks import HttpRemarks

        return HttpRemarks(self._line)

    @cached_property
    def deliveries(self) -> "ports.Deliveries":
        """Webhook deliveries; only where the ledger is."""
        from adapters.cases.deliveries import SqlDeliveries

        return SqlDeliveries(self.database)

    @cached_property
    def dispatch(self) -> "ports.Dispatch | None":
        """The coordinator; None where there is none."""
        if self._line is None:
            return None
        from adapters.cases_http.cluster import HttpDispatch

        return HttpDispatch(self._line)

    @cached_property
    def offers(self) -> "ports.Offers | None":
        """Who has a slot free; None where there is no coordinator."""
        if self._line is None:
            return None
        from adapters.cases_http.shares import HttpOffers

        return HttpOffers(self._line)

    @cached_property
    def shares(self) -> "ports.Shares | None":
        """Parts that other specialists do; None where there is no coordinator."""
        if self._line is None:
            return None
        from adapters.cases_http.shares import HttpShares

        return HttpShares(self._line)

    @cached_property
    def submissions(self) -> "ports.Submissions | None":
        """What came in over the coordinator's API; None where there is none."""
        if self._line is None:
            return None
        from adapters.cases_http.cluster import HttpSubmissions

        return HttpSubmissions(self._line)

    @cached_property
    def figures(self) -> "SqlFigures":
        """Counts and sums of the ledger."""
        from adapters.cases.figures import SqlFigures

        return SqlFigures(self.database)

    @cached_property
    def database(self) -> "Database":
        """The ledger's database: the one of the settings, else a file in the state folder."""
        from adapters.cases.database import Database

        url = self.settings.database_url
        return Database(self.settings.home, url.get_secret_value() if url else None)

    @cached_property
    def _line(self) -> "Line | None":
        """The way to the coordinator; None on a machine that has the ledger itself."""
        settings = self.settings
        if settings.coordinator_url is None:
            return None
        from adapters.cases.holder import this_process
        from adapters.cases_http.line import Address, Line

        address = Address(settings.coordinator_url, settings.api_token, settings.ca_file)
        return Line(address, this_process(), version("claude-cluster"))

    @property
    def _account(self) -> str:
        """A new key or another service is another account."""
        key = self.settings.anthropic_api_key
        return digest(f"{self.settings.anthropic_base_url}{_NUL}{key.get_secret_value() if key else ''}")


def digest(text: str) -> str:
    """A short name for something secret."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
