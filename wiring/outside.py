"""Every adapter of one process, made from the settings when first asked for."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from typing import TYPE_CHECKING

from domain.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from adapters.cases.database import Database
    from adapters.cases.figures import SqlFigures
    from adapters.cases_http.line import Line
    from adapters.git.runner import Git
    from adapters.github.client import GitHubClient
    from adapters.sandbox.isolation import Isolation
    from domain import ports
    from proof.bench import Bench


_NUL = "\0"


@dataclass(frozen=True)
class Outside:
    """The outside world behind its ports. Heavy libraries load with the adapter that needs them."""

    settings: Settings

    @cached_property
    def issues(self) -> "ports.Issues":
        """GitHub's issues."""
        from adapters.github.issues import GitHubIssues

        return GitHubIssues(self._github)

    @cached_property
    def pulls(self) -> "ports.PullRequests":
        """GitHub's pull requests."""
        from adapters.github.pull_requests import GitHubPullRequests

        return GitHubPullRequests(self._github)

    @cached_property
    def rights(self) -> "ports.Rights":
        """What our token may do."""
        from adapters.git.rights import GitRights

        return GitRights(self._git)

    @cached_property
    def workspaces(self) -> "ports.Workspaces":
        """Checkouts below the state folder."""
        from adapters.git.workspaces import GitWorkspaces
        from agents.assignment import likely_paths

        return GitWorkspaces(self._git, self.settings.home, self.sandbox, likely_paths)

    @cached_property
    def history(self) -> "ports.History":
        """The repository's commits."""
        from adapters.git.clones import Clones
        from adapters.git.history import GitHistory

        return GitHistory(self._git, Clones(self._git, self.settings.home))

    @cached_property
    def model(self) -> "ports.Model":
        """Claude, asked only while there is room to write down what it answers."""
        from adapters.claude.client import ClaudeModel
        from adapters.disk.room import ModelWithRoom

        async def asked_to_wait(seconds: float) -> None:
            await self.turns.hold(self.model_key, seconds)

        return ModelWithRoom(ClaudeModel(self.settings, asked_to_wait=asked_to_wait), self.settings.home)

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
    def upkeep(self) -> "ports.Upkeep":
        """The cap on the state folder."""
        from adapters.disk.cap import CappedState
        from adapters.git.removal import remove

        return CappedState(self.settings.home, remove)

    @cached_property
    def sandbox(self) -> "ports.Sandbox":
        """Where untrusted commands run."""
        return self._isolation

    @cached_property
    def environments(self) -> "ports.Environments":
        """Installed dependencies."""
        from adapters.sandbox.environments import InstalledEnvironments

        return InstalledEnvironments(self.settings.home / "environments", self._isolation)

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
    def actors(self) -> "ports.Actors":
        """What people may do on GitHub."""
        from adapters.github.actors import GitHubActors

        return GitHubActors(self._github)

    @cached_property
    def backlog(self) -> "ports.Backlog":
        """Labelled issues on GitHub."""
        from adapters.github.backlog import GitHubBacklog

        return GitHubBacklog(self._github)

    @cached_property
    def dispatch(self) -> "ports.Dispatch | None":
        """The coordinator; None where there is none."""
        if self._line is None:
            return None
        from adapters.cases_http.cluster import HttpDispatch

        return HttpDispatch(self._line)

    @cached_property
    def submissions(self) -> "ports.Submissions | None":
        """What came in over the coordinator's API; None where there is none."""
        if self._line is None:
            return None
        from adapters.cases_http.cluster import HttpSubmissions

        return HttpSubmissions(self._line)

    @property
    def sandbox_kind(self) -> str:
        """What isolates commands here, in a word. Raises `SandboxUnavailable`."""
        return self._isolation.describe().split()[0]

    async def look_up_model(self) -> None:
        """Ask the service about the model, which is free. Raises as `Model.ask` does."""
        from adapters.claude.client import ClaudeModel

        await ClaudeModel(self.settings).look_up(self.settings.model)

    @cached_property
    def parcels(self) -> "ports.Parcels":
        """Snapshots on their way to another machine."""
        from adapters.git.parcels import GitParcels

        return GitParcels(self._git)

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
    def bench(self) -> "Bench":
        """The test bench over these adapters."""
        from proof.bench import Bench

        return Bench(self.workspaces, self.history, self.sandbox, self.environments, self.files)

    def files(self, folder: "Path") -> "ports.Files":
        """A folder's files, confined to it."""
        from adapters.sandbox.files import ConfinedFiles

        return ConfinedFiles(folder)

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

    @cached_property
    def _git(self) -> "Git":
        from adapters.git.runner import Git

        settings = self.settings
        return Git(
            server_url=settings.github_server_url,
            tokens=self._github.token,
            author_name=settings.git_user_name,
            author_email=settings.git_user_email,
        )

    @cached_property
    def _isolation(self) -> "Isolation":
        from adapters.sandbox.choose import choose_sandbox

        return choose_sandbox(self.settings.sandbox)

    @cached_property
    def _github(self) -> "GitHubClient":
        from adapters.github.client import GitHubClient
        from adapters.github.pace import Pace

        settings = self.settings
        token = settings.github_token.get_secret_value() if settings.github_token else settings.github_app_id
        key = f"github:{_digest(f'{settings.github_api_url}{_NUL}{token}')}"
        return GitHubClient(settings, pace=Pace(turns=lambda gap_s: self.turns.turn(key, gap_s)))

    @property
    def _account(self) -> str:
        """A new key or another service is another account."""
        key = self.settings.anthropic_api_key
        return _digest(f"{self.settings.anthropic_base_url}{_NUL}{key.get_secret_value() if key else ''}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
