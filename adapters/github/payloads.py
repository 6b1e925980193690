"""What we read of GitHub's answers: as little as possible, because compatible servers leave fields out."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, field_validator

from adapters.github.text import clean, one_line
from domain.issue import Comment

_TITLE_READ = 1_000


class Payload(BaseModel):
    """A part of an answer; unknown fields are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Written(Payload):
    """Text that people wrote; null is empty, and what nobody can see is taken out."""

    title: str = ""
    body: str = ""

    @field_validator("title", mode="before")
    @classmethod
    def _title(cls, value: object) -> object:
        return one_line(value, _TITLE_READ) if isinstance(value, str) else value or ""

    @field_validator("body", mode="before")
    @classmethod
    def _body(cls, value: object) -> object:
        return clean(value) if isinstance(value, str) else value or ""


class User(Payload):
    """A login."""

    login: str = ""


class Label(Payload):
    """A label; some servers give the bare name."""

    name: str | None = None


class Rights(Payload):
    """What the token's user may do; a server that does not say lets the push decide."""

    push: bool = True


class RepositoryPayload(Payload):
    """`GET /repos/{owner}/{repo}`."""

    id: int
    full_name: str
    default_branch: str | None = None
    private: bool = False
    archived: bool = False
    language: str | None = None
    permissions: Rights | None = None


class Commit(Payload):
    """A commit; GitHub names its `sha`, Gitea its `id`."""

    sha: str = ""
    id: str = ""


class BranchPayload(Payload):
    """`GET /repos/{owner}/{repo}/branches/{branch}`."""

    name: str
    commit: Commit


class RefPayload(Payload):
    """`GET /repos/{owner}/{repo}/git/ref/{ref}`."""

    ref: str
    object: Commit


class CommentPayload(Written):
    """A comment below an issue."""

    id: int
    user: User | None = None
    created_at: datetime
    updated_at: datetime | None = None

    def comment(self) -> Comment:
        """The domain's comment; an account that is gone is `ghost`, as on GitHub's pages."""
        return Comment(
            id=self.id,
            author=author(self.user),
            body=self.body,
            created_at=self.created_at,
            updated_at=self.updated_at or self.created_at,
        )


class IssuePayload(Written):
    """`GET /repos/{owner}/{repo}/issues/{number}`."""

    number: int
    state: str = "open"
    locked: bool = False
    html_url: str = ""
    repository_url: str = ""
    user: User | None = None
    labels: tuple[Label | str, ...] | None = None
    comments: int | None = None
    pull_request: object | None = None

    @property
    def label_names(self) -> tuple[str, ...]:
        """The labels' names."""
        names = (label if isinstance(label, str) else label.name for label in self.labels or ())
        return tuple(one_line(name, _TITLE_READ) for name in names if name)

    @property
    def open_or_closed(self) -> Literal["open", "closed"]:
        """The state."""
        return "closed" if self.state == "closed" else "open"


class Created(Payload):
    """Something that now exists."""

    id: int


class PermissionPayload(Payload):
    """`GET /repos/{owner}/{repo}/collaborators/{login}/permission`."""

    permission: str = "none"


class AppPayload(Payload):
    """`GET /app`."""

    slug: str = ""


class TokenPayload(Payload):
    """`POST /app/installations/{id}/access_tokens`."""

    token: str
    expires_at: datetime
    permissions: dict[str, str] = {}


class ReviewPayload(Payload):
    """A review of a pull request."""

    body: str | None = None


class GraphAnswer(Payload):
    """A GraphQL answer; with errors, nothing happened."""

    data: object | None = None
    errors: tuple[object, ...] | None = None


def author(user: User | None) -> str:
    """The login, or `ghost` for an account that is gone."""
    return user.login if user and user.login else "ghost"
