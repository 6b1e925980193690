"""How a run of the pipeline ended, before it is told to anybody."""

from datetime import datetime

from domain.case import Case, CaseFile
from domain.change import Change, Submission
from domain.frozen import Frozen
from domain.outcome import Outcome, PullRequestLink, Refusal, Result, ReviewSummary
from domain.pull_request import PullRequest
from domain.receipt import Receipt
from domain.repository import RepositoryRules
from domain.review import Review
from domain.routing import Routing
from domain.share import Share
from domain.spend import Spend, Timing


class Ending(Frozen):
    """What is known of a case so far; grows step by step. Seconds are of the model and of tests.

    `updated` says that a pull request of ours was open before.
    `environment_note` says why the repository's dependencies could not be installed.
    """

    case: Case
    started: datetime | None = None
    outcome: Outcome | None = None
    reason: str | None = None
    rules: RepositoryRules = RepositoryRules()
    routing: Routing | None = None
    shares: tuple[Share, ...] = ()
    submission: Submission | None = None
    change: Change | None = None
    receipt: Receipt | None = None
    review: Review | None = None
    pull: PullRequest | None = None
    updated: bool = False
    environment_note: str = ""
    draft_reasons: tuple[str, ...] = ()
    spend: Spend = Spend()
    model_s: float = 0.0
    tests_s: float = 0.0
    fix_rounds: int = 0

    @property
    def helpers(self) -> tuple[Share, ...]:
        """The parts that other specialists did: their files are in the change."""
        return tuple(one for one in self.shares if one.state == "done")

    @property
    def deliverable(self) -> bool:
        """Whether there is a change to deliver: a submitted one, or what was done when a limit was reached."""
        done = self.outcome in {None, Outcome.OVER_BUDGET}
        return done and self.change is not None and not self.change.empty

    def refused(self, refusal: Refusal) -> "Ending":
        """The same, ended by a refusal."""
        return self.knowing(outcome=refusal.outcome, reason=refusal.reason)

    def knowing(self, **more: object) -> "Ending":
        """The same, knowing more."""
        return self.model_copy(update=more)

    def paid(self, spend: Spend, model_s: float) -> "Ending":
        """The same, after another paid step."""
        return self.knowing(spend=self.spend + spend, model_s=self.model_s + model_s)

    def result(self, file: CaseFile, now: datetime) -> Result:
        """The object that programs read. Raises `ValueError` before there is an outcome."""
        if self.outcome is None:
            raise ValueError("the case has not ended")
        total = file.seconds(now)
        overhead = max(total - self.model_s - self.tests_s, 0.0)
        seconds = (total, self.model_s, self.tests_s, overhead)
        names = ("total_s", "model_s", "tests_s", "overhead_s")
        return Result(
            task_id=self.case.id,
            flow_run_id=file.flow_run_id,
            repo=self.case.repository.name,
            issue=self.case.issue.number,
            outcome=self.outcome,
            reason=self.reason,
            attempt=self.case.attempt,
            pull_request=PullRequestLink.of(self.pull) if self.pull else None,
            routing=self.routing,
            receipt=self.receipt,
            review=ReviewSummary.of(self.review) if self.review else None,
            spend=self.spend,
            fix_rounds=self.fix_rounds,
            timing=Timing(**{name: round(value, 3) for name, value in zip(names, seconds, strict=True)}),
            dry_run=self.case.dry_run,
            diff=self.change.diff if self.case.dry_run and self.change else None,
        )
