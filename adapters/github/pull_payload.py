"""What we read of a pull request's JSON."""

from datetime import datetime
from typing import Literal

from adapters.github.address import owner_of
from adapters.github.payloads import Payload, User, Written, author
from domain.pull_request import PullRequest


class Home(Payload):
    """The repository that an end of a pull request lies in."""

    id: int | None = None


class End(Payload):
    """Head or base; `repo` is null once a fork was deleted."""

    ref: str = ""
    sha: str = ""
    label: str | None = None
    repo: Home | None = None


class PullPayload(Written):
    """`GET /repos/{owner}/{repo}/pulls/{number}`, or one of a list of them."""

    number: int
    node_id: str = ""
    html_url: str = ""
    state: str = "open"
    draft: bool | None = None
    merged: bool | None = None
    merged_at: datetime | None = None
    user: User | None = None
    head: End
    base: End = End()
    requested_reviewers: tuple[User, ...] | None = None

    @property
    def outcome(self) -> Literal["open", "closed", "merged"]:
        """The state; lists say `merged_at` only."""
        if self.merged or self.merged_at:
            return "merged"
        return "closed" if self.state == "closed" else "open"

    def is_from(self, repo: str, branch: str) -> bool:
        """Whether its head is this branch of the repository it goes into, not of a fork."""
        if self.head.ref != branch:
            return False
        if self.head.repo and self.base.repo and self.head.repo.id and self.base.repo.id:
            return self.head.repo.id == self.base.repo.id
        if self.head.label:
            owner, colon, _ = self.head.label.partition(":")
            return not colon or owner.lower() == owner_of(repo).lower()
        return self.base.repo is None

    def pull_request(self) -> PullRequest:
        """The domain's pull request."""
        return PullRequest(
            number=self.number,
            url=self.html_url,
            draft=bool(self.draft),
            branch=self.head.ref,
            head_sha=self.head.sha,
            base=self.base.ref,
            state=self.outcome,
            merged_at=self.merged_at,
            author=author(self.user),
            title=self.title,
            body=self.body,
        )
