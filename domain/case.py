"""The case: one issue being worked on. Users see it as a task, `task-YYYYMMDD-NNN`."""

import re
from datetime import UTC, datetime, timedelta
from typing import Literal

from pydantic import Field

from domain.approval import Approval
from domain.errors import UsageError
from domain.frozen import Frozen
from domain.issue import Issue
from domain.outcome import Outcome, Result, Status
from domain.repository import Repository
from domain.routing import Routing
from domain.share import Share
from domain.spend import Spend, Timing

Priority = Literal["low", "normal", "high", "critical"]
_TASK_ID = re.compile(r"task-(\d{8})-(\d{3,})", re.ASCII)


class Limits(Frozen):
    """What one attempt may use: US dollars, model calls, seconds running, seconds a command."""

    max_cost_usd: float = Field(default=3.0, gt=0)
    daily_cost_usd: float = Field(default=50.0, gt=0)
    max_steps: int = Field(default=150, ge=1)
    max_seconds: int = Field(default=3600, ge=1)
    command_seconds: int = Field(default=120, ge=1)


class WorkRequest(Frozen):
    """Somebody asks for work on an issue; `base` None means the default branch."""

    repo: str
    issue: int = Field(ge=1)
    base: str | None = None
    specialist: str | None = None
    priority: Priority = "normal"
    dry_run: bool = False
    max_cost_usd: float | None = Field(default=None, gt=0)
    requested_by: str = "cli"


class Case(Frozen):
    """What was frozen at the trigger and never changes within an attempt.

    `part` is 0; where a share is worked on it is the share's number, so that its files have a place of their own.
    """

    id: str
    attempt: int = 1
    part: int = 0
    forge: str
    repository: Repository
    issue: Issue
    base: str
    base_sha: str
    specialist: str | None = None
    priority: Priority = "normal"
    dry_run: bool = False
    requested_by: str = "cli"
    limits: Limits = Limits()
    model: str
    created: datetime

    @property
    def branch(self) -> str:
        """The branch that this case's work goes to."""
        return f"claude/issue-{self.issue.number}"

    def owns(self, branch: str) -> bool:
        """Whether a branch is this issue's: the branch, or one that stands in for it (`-2`, `-3`)."""
        return re.fullmatch(rf"{re.escape(self.branch)}(-\d+)?", branch) is not None


class Failure(Frozen):
    """What stopped a run that can be gone on with: one line for people, and the exit code it stands for."""

    reason: str
    exit_code: int = 1


class Wait(Frozen):
    """A run that comes back by itself: when (UTC), and because of what."""

    until: datetime
    cause: Literal["rate_limit", "account"]

    @property
    def minute(self) -> str:
        """The full minute after it, in UTC."""
        return f"{self.until + timedelta(minutes=1):%Y-%m-%d %H:%M} UTC"


class Settled(Frozen):
    """What became of the pull request: merged at a time (UTC), or closed without it (None)."""

    pull: int
    merged_at: datetime | None = None


class Earlier(Frozen):
    """What the attempts before this one have used."""

    spend: Spend = Spend()
    timing: Timing = Timing()


class CaseFile(Frozen):
    """The case and where it stands. `action` is the agent's last act in a few words; times are UTC.

    `found_open` says whether our pull request was open before this attempt began; None until asked.
    A `failure` is not an end: the same case goes on when somebody resumes it, and nothing is paid twice.
    `idle_s` is the time in seconds between its runs, in waits and until somebody resumed it; `comment_rests`
    says that our comment tells of a wait or a failure, until the work goes on. `settled` comes after the end.
    `shares` are the parts that others do or did, as the author last saw them.
    """

    case: Case
    status: Status = "queued"
    step: str = ""
    action: str = ""
    spend: Spend = Spend()
    routing: Routing | None = None
    shares: tuple[Share, ...] = ()
    comment_id: int | None = None
    comment_rests: bool = False
    approvals: tuple[Approval, ...] = ()
    found_open: bool | None = None
    flow_run_id: str | None = None
    node: str | None = None
    started: datetime | None = None
    updated: datetime
    failure: Failure | None = None
    wait: Wait | None = None
    idle_s: float = 0.0
    outcome: Outcome | None = None
    result: Result | None = None
    settled: Settled | None = None
    earlier: Earlier = Earlier()

    @property
    def ended(self) -> bool:
        """Whether the attempt has an outcome."""
        return self.outcome is not None

    @property
    def used(self) -> Earlier:
        """What all attempts have used, this one included."""
        timing = self.result.timing if self.result else Timing()
        return Earlier(spend=self.earlier.spend + self.spend, timing=self.earlier.timing + timing)

    @property
    def waiting(self) -> Wait | None:
        """What it waits for, if it does; one that was cancelled or failed waits no longer."""
        return self.wait if self.status == "queued" else None

    @property
    def awaits(self) -> Approval | None:
        """The approval that it waits for, if it does."""
        open_ones = [one for one in self.approvals if one.granted is None]
        return open_ones[-1] if open_ones and self.status == "suspended" else None

    def approved(self, by: str, now: datetime) -> "CaseFile":
        """The same with the approval that it waits for, granted. Raises `UsageError` if it waits for nobody's."""
        awaited = self.awaits
        if awaited is None:
            raise UsageError(
                f"{self.case.id} waits for nobody's approval: it is {self.status}", "claude-cluster status"
            )
        granted = awaited.model_copy(update={"granted": now, "by": by})
        approvals = tuple(granted if one == awaited else one for one in self.approvals)
        return self.model_copy(update={"approvals": approvals, "updated": now})

    def seconds(self, now: datetime) -> float:
        """How long the attempt has been at work."""
        return max((now - self.started).total_seconds() - self.idle_s, 0.0) if self.started else 0.0


def task_id(day: datetime, number: int) -> str:
    """The id of the day's `number`-th case (from 1); the day is taken in UTC."""
    if number < 1:
        msg = f"a task number counts from 1, not {number}"
        raise ValueError(msg)
    return f"task-{day.astimezone(UTC):%Y%m%d}-{number:03d}"


def parse_task_id(text: str) -> tuple[str, int] | None:
    """The day (`YYYYMMDD`) and the number of a task id, or None if the text is not one."""
    match = _TASK_ID.fullmatch(text)
    return (match[1], int(match[2])) if match else None
