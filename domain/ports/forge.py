"""The forge: issues, rights and pull requests."""

from typing import Protocol

from domain.issue import Issue
from domain.pull_request import PullRequest, PullRequestText
from domain.repository import Repository
from domain.review import Finding


class Issues(Protocol):
    """The forge's issues. Raises the `ForgeError`s and `Transient`s of domain.errors."""

    async def repository(self, repo: str) -> Repository:
        """The repository `owner/name`, redirects followed."""
        ...

    async def head_sha(self, repo: str, branch: str) -> str | None:
        """The commit a branch points to; None if the branch does not exist (an empty repository has none)."""
        ...

    async def issue(self, repo: str, number: int) -> Issue:
        """The issue with its comments. Raises `UsageError` if the number is a pull request's."""
        ...

    async def comment(self, repo: str, number: int, body: str, comment_id: int | None) -> int:
        """Create our comment, or edit it in place when `comment_id` still exists; gives its id."""
        ...

    async def login(self) -> str:
        """Who our token is."""
        ...


class Rights(Protocol):
    """What our token may do that the forge tells only to those who try."""

    async def may_push(self, repo: str) -> bool:
        """Whether a push would be taken; nothing is pushed. Raises `AuthenticationFailed`, `NotFound`, `Transient`."""
        ...


class PullRequests(Protocol):
    """The forge's pull requests."""

    async def on_branch(self, repo: str, branch: str) -> tuple[PullRequest, ...]:
        """Those whose head is this branch of the same repository, any state, newest first."""
        ...

    async def solving(self, repo: str, issue: int) -> tuple[PullRequest, ...]:
        """Open pull requests that say they close the issue."""
        ...

    async def open(self, repo: str, text: PullRequestText) -> PullRequest:
        """Open one, or return the open one of that branch, updated, if it exists already."""
        ...

    async def update(self, repo: str, number: int, text: PullRequestText) -> PullRequest:
        """Set title, body and, where the forge can, draft or ready."""
        ...

    async def remark(self, repo: str, number: int, head_sha: str, findings: tuple[Finding, ...]) -> None:
        """Leave review comments on lines."""
        ...
