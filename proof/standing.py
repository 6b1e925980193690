"""How the issue stands once the work is done."""

from domain.case import Case
from domain.errors import NotFound
from domain.outcome import Outcome, Refusal
from domain.ports import Issues
from domain.repository import RepositoryRules
from proof.guard import GuardFinding, GuardVerdict
from proof.wording import words_for


def gone(case: Case, rules: RepositoryRules) -> Refusal:
    """What is told when the issue is deleted before the work is done."""
    say = words_for(rules, case.issue)
    return Refusal(outcome=Outcome.BLOCKED, reason=say("guard.issue_gone", number=case.issue.number))


async def with_standing(verdict: GuardVerdict, case: Case, rules: RepositoryRules, issues: Issues) -> GuardVerdict:
    """The verdict, and what became of the issue meanwhile.

    An edit changes nothing: the text that was frozen counts, and a later run sees the new one. Closed: what
    was paid for is delivered, as a draft that says so, and a person decides. Deleted: somebody withdrew its
    text, so it is not published in a pull request. Raises what the forge raises, but not `NotFound`.
    """
    say = words_for(rules, case.issue)
    number = case.issue.number
    try:
        issue = await issues.issue(case.repository.name, number)
    except NotFound:
        finding = GuardFinding(kind="issue_gone", path="", text=gone(case, rules).reason, blocks=True)
        return GuardVerdict(findings=(finding, *verdict.findings))
    if issue.state == "open":
        return verdict
    closed = GuardFinding(kind="issue_closed", path="", text=say("guard.issue_closed", number=number))
    return GuardVerdict(findings=(*verdict.findings, closed))
