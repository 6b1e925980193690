"""Pull requests: as they are on the forge, and as we want one."""

from datetime import datetime
from typing import Literal

from domain.frozen import Frozen


class PullRequest(Frozen):
    """A pull request on the forge; `branch` is its head branch, `base` the branch it goes into.

    `fork`: the head branch lives in another repository. `merged_at` is when it was merged (UTC).
    """

    number: int
    url: str
    draft: bool
    branch: str
    head_sha: str
    base: str = ""
    state: Literal["open", "closed", "merged"] = "open"
    merged_at: datetime | None = None
    author: str = ""
    fork: bool = False
    title: str = ""
    body: str = ""


class PullRequestText(Frozen):
    """What to open or to update to."""

    title: str
    body: str
    draft: bool
    branch: str
    base: str
    labels: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
