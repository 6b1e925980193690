"""What comes in over the coordinator's API: work on an issue, or a check of a node."""

from datetime import datetime
from typing import Any

from pydantic import ConfigDict, Field, model_validator

from domain.case import Priority
from domain.frozen import Frozen
from domain.outcome import Status


class Submission(Frozen):
    """The body of `POST /api/tasks`. Without an issue it is a self-check of a node that serves the requirements.

    With an issue, the first requirement is the specialist. `task_id` is the caller's own, at most 100 characters.
    """

    model_config = ConfigDict(extra="forbid")

    task_id: str | None = Field(default=None, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$")
    repo: str | None = Field(default=None, max_length=200)
    issue: int | None = Field(default=None, ge=1, lt=2**31)
    base: str | None = Field(default=None, max_length=250)
    priority: Priority = "normal"
    requirements: tuple[str, ...] = Field(default=(), max_length=20)
    dry_run: bool = False
    max_cost_usd: float | None = Field(default=None, gt=0, lt=1_000_000)

    @model_validator(mode="after")
    def _whole(self) -> "Submission":
        if self.repo is not None and self.issue is None:
            msg = "a repo was given without an issue"
            raise ValueError(msg)
        return self


class SubmissionFile(Frozen):
    """What became of a submission: the task of its issue, or, of a self-check, its run and result."""

    id: str
    case_id: str | None = None
    status: Status = "queued"
    step: str = ""
    flow_run_id: str | None = None
    node: str | None = None
    created: datetime
    updated: datetime
    result: dict[str, Any] | None = None
    reason: str | None = None
