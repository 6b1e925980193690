"""How a case ends, what that is called, and the exit code it stands for."""

from enum import StrEnum
from typing import Any, Literal

from domain.frozen import Frozen
from domain.pull_request import PullRequest
from domain.receipt import Receipt
from domain.review import Review
from domain.routing import Routing
from domain.spend import Spend, Timing


class Outcome(StrEnum):
    """The end of a case. All but `failed` and `cancelled` end Completed in Prefect."""

    OPENED = "opened"
    UPDATED = "updated"
    NO_CHANGE_NEEDED = "no_change_needed"
    NEEDS_INFORMATION = "needs_information"
    BLOCKED = "blocked"
    OVER_BUDGET = "over_budget"
    STUCK = "stuck"
    FAILED = "failed"
    CANCELLED = "cancelled"


Status = Literal["queued", "running", "suspended", "completed", "refused", "stuck", "failed", "cancelled"]

_COMPLETED = {Outcome.OPENED, Outcome.UPDATED, Outcome.NO_CHANGE_NEEDED}
_REFUSED = {Outcome.NEEDS_INFORMATION, Outcome.BLOCKED, Outcome.OVER_BUDGET}


def status_of(outcome: Outcome) -> Status:
    """The word that `status` and the API show for an outcome."""
    if outcome in _COMPLETED:
        return "completed"
    if outcome in _REFUSED:
        return "refused"
    words: dict[Outcome, Status] = {
        Outcome.STUCK: "stuck",
        Outcome.FAILED: "failed",
        Outcome.CANCELLED: "cancelled",
    }
    return words[outcome]


def exit_code_of(outcome: Outcome) -> int:
    """0 done, 3 refused with a reason, 4 stuck, 130 cancelled, 1 anything else."""
    codes = {"completed": 0, "refused": 3, "stuck": 4, "cancelled": 130}
    return codes.get(status_of(outcome), 1)


class Refusal(Frozen):
    """Why the case goes no further: the outcome it ends with, and one sentence for people."""

    outcome: Outcome
    reason: str


class PullRequestLink(Frozen):
    """The pull request as the result names it."""

    number: int
    url: str
    draft: bool
    branch: str
    head_sha: str

    @classmethod
    def of(cls, pull: PullRequest) -> "PullRequestLink":
        """The link to a pull request on the forge."""
        return cls(number=pull.number, url=pull.url, draft=pull.draft, branch=pull.branch, head_sha=pull.head_sha)


class ReviewSummary(Frozen):
    """Who reviewed and what the verdict was."""

    agent: str
    verdict: str

    @classmethod
    def of(cls, review: Review) -> "ReviewSummary":
        """The short form of a review."""
        return cls(agent=review.agent, verdict=review.verdict)


class Result(Frozen):
    """The object that `workflow --json` prints: field names are a contract with other programs."""

    task_id: str
    flow_run_id: str | None
    repo: str
    issue: int
    outcome: Outcome
    reason: str | None
    attempt: int
    pull_request: PullRequestLink | None = None
    routing: Routing | None = None
    receipt: Receipt | None = None
    review: ReviewSummary | None = None
    spend: Spend = Spend()
    timing: Timing = Timing()
    fix_rounds: int = 0
    dry_run: bool = False
    diff: str | None = None

    def told(self) -> dict[str, Any]:
        """The object that programs read, of plain values: what only we need of it is left out."""
        only_ours: dict[str, Any] = {"receipt": {"green", "proven", "notes", "asked", "untested"}}
        of_dry_runs = {} if self.dry_run else {"dry_run": True, "diff": True}
        return self.model_dump(mode="json", exclude={"fix_rounds": True, **only_ours, **of_dry_runs})
