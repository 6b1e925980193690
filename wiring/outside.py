"""Every adapter of one process, made from the settings when first asked for."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from domain.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from adapters.git.runner import Git
    from adapters.github.client import GitHubClient
    from adapters.sandbox.isolation import Isolation
    from domain import ports
    from proof.bench import Bench


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

        return ModelWithRoom(ClaudeModel(self.settings), self.settings.home)

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
        from adapters.cases.ledger import SqlCases

        return SqlCases(self.settings.home)

    @cached_property
    def claims(self) -> "ports.Claims":
        """Who works on what."""
        from adapters.cases.claims import SqlClaims

        return SqlClaims(self.settings.home)

    @cached_property
    def budget(self) -> "ports.Budget":
        """The day's and the runs' money."""
        from adapters.cases.budget import SqlBudget

        return SqlBudget(self.settings.home)

    @cached_property
    def breaker(self) -> "ports.Breaker":
        """The model's account while the service refuses it; a new key or another service is another account."""
        from adapters.cases.breaker import SqlBreaker

        key = self.settings.anthropic_api_key
        named = f"{self.settings.anthropic_base_url}\0{key.get_secret_value() if key else ''}"
        return SqlBreaker(self.settings.home, hashlib.sha256(named.encode()).hexdigest()[:16])

    @cached_property
    def checkpoints(self) -> "ports.Checkpoints":
        """Transcripts of rounds."""
        from adapters.cases.checkpoints import FolderCheckpoints

        return FolderCheckpoints(self.settings.home / "checkpoints")

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

        return GitHubClient(self.settings)
