"""Every adapter of one process, made from the settings when first asked for."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from wiring.books import Books, digest
from wiring.token_turns import SharedTurns

if TYPE_CHECKING:
    from pathlib import Path

    from adapters.git.runner import Git
    from adapters.github.client import GitHubClient
    from adapters.sandbox.isolation import Isolation
    from domain import ports
    from proof.bench import Bench


_NUL = "\0"


@dataclass(frozen=True)
class Outside(Books):
    """The outside world behind its ports. Heavy libraries load with the adapter that needs them."""

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
    def actors(self) -> "ports.Actors":
        """What people may do on GitHub."""
        from adapters.github.actors import GitHubActors

        return GitHubActors(self._github)

    @cached_property
    def backlog(self) -> "ports.Backlog":
        """Labelled issues on GitHub."""
        from adapters.github.backlog import GitHubBacklog

        return GitHubBacklog(self._github)

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
    def bench(self) -> "Bench":
        """The test bench over these adapters."""
        from proof.bench import Bench

        return Bench(self.workspaces, self.history, self.sandbox, self.environments, self.files)

    def files(self, folder: "Path") -> "ports.Files":
        """A folder's files, confined to it."""
        from adapters.sandbox.files import ConfinedFiles

        return ConfinedFiles(folder, unlock=lambda: self._isolation.unlock(folder))

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

        return choose_sandbox(self.settings.sandbox, private_hosts=self.settings.private_test_hosts)

    @cached_property
    def _github(self) -> "GitHubClient":
        from adapters.github.client import GitHubClient
        from adapters.github.pace import Pace

        settings = self.settings
        token = settings.github_token.get_secret_value() if settings.github_token else settings.github_app_id
        key = f"github:{digest(f'{settings.github_api_url}{_NUL}{token}')}"
        # On one PC commands that only read do without the ledger.
        shared = settings.coordinator_url is not None or settings.database_url is not None
        return GitHubClient(settings, pace=Pace(turns=SharedTurns(lambda: self.turns, key, reads=shared)))
