"""The backlog: issues that wait with a label on them."""

from datetime import datetime

from domain.case import WorkRequest
from domain.delivery import Actor, FrozenText
from domain.frozen import Frozen
from domain.issue import Issue


class Waiting(Frozen):
    """An open issue with a label on it, and when it was opened (UTC); its comments are left out."""

    issue: Issue
    opened: datetime


class Labelled(Frozen):
    """Who set a label that an issue carries, and when (UTC); `renamed`: somebody else changed the title since."""

    by: Actor
    at: datetime
    renamed: bool = False


class Swept(Frozen):
    """What one look at the backlog came to, a line each: tasks that were started, pull requests that were decided."""

    started: tuple[str, ...] = ()
    settled: tuple[str, ...] = ()


class Found(Frozen):
    """An issue that waits to be worked on, and what the work may read of it."""

    request: WorkRequest
    frozen: FrozenText
