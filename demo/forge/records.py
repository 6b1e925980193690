"""What the forge remembers of repositories, issues and pull requests."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from demo.forge.bare import Bare


@dataclass
class Repository:
    """A repository; `id` stays when it is renamed."""

    id: int
    owner: str
    name: str
    default_branch: str
    path: Path
    created_at: datetime
    description: str = ""
    private: bool = False
    archived: bool = False

    @property
    def full_name(self) -> str:
        """`owner/name`."""
        return f"{self.owner}/{self.name}"

    @property
    def git(self) -> Bare:
        """Its objects and refs."""
        return Bare(self.path)


@dataclass
class Comment:
    """A comment below an issue or a pull request."""

    id: int
    author: str
    body: str
    created_at: datetime
    updated_at: datetime


@dataclass
class Event:
    """Something that happened to an issue; `detail` holds what that kind of event has besides."""

    id: int
    kind: str
    actor: str
    created_at: datetime
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass
class LineComment:
    """A review comment on a line of the head's file; `line` is None for the whole file."""

    id: int
    author: str
    body: str
    path: str
    line: int | None
    side: str
    commit: str
    created_at: datetime


@dataclass
class Review:
    """One review with its comments on lines."""

    id: int
    author: str
    body: str
    state: Literal["APPROVED", "CHANGES_REQUESTED", "COMMENTED", "PENDING"]
    commit: str
    created_at: datetime
    comments: list[LineComment] = field(default_factory=list)


@dataclass
class Pull:
    """What a pull request has besides the issue of the same number; `head_sha` is the last tip seen."""

    id: int
    head: str
    base: str
    head_sha: str
    base_sha: str
    draft: bool
    reviewers: list[str] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)
    merged_at: datetime | None = None
    merged_by: str = ""
    merge_sha: str = ""


@dataclass
class Issue:
    """An issue, or the issue side of a pull request."""

    id: int
    number: int
    author: str
    title: str
    body: str
    created_at: datetime
    updated_at: datetime
    state: Literal["open", "closed"] = "open"
    state_reason: str | None = None
    closed_at: datetime | None = None
    closed_by: str = ""
    edited_at: datetime | None = None
    edited_by: str = ""
    locked: bool = False
    labels: list[str] = field(default_factory=list)
    assignees: list[str] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    pull: Pull | None = None
