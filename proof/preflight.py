"""Go or no go, before anything is paid: every refusal names what a person can do about it."""

from domain.case import Case, CaseFile
from domain.outcome import Outcome, Refusal
from domain.ports import PullRequests, Rights
from domain.pull_request import PullRequest


async def preflight(file: CaseFile, pulls: PullRequests) -> Refusal | None:
    """None means go.

    Ours open: go on and update it. Merged: nothing to do. Closed by a person: blocked, unless this is
    a later attempt, which somebody asked for. Somebody else's open pull request for the issue: blocked.
    """
    case = file.case
    if refusal := _of_the_repository(file):
        return refusal
    if refusal := _of_the_issue(file):
        return refusal
    own = await pulls.on_branch(case.repository.name, case.branch)
    if refusal := _of_our_pull_request(own[0] if own else None, case.attempt):
        return refusal
    solving = await pulls.solving(case.repository.name, case.issue.number)
    foreign = [pull for pull in solving if pull.fork or not case.owns(pull.branch)]
    if foreign:
        return _blocked(f"pull request #{foreign[0].number} by {foreign[0].author} is already open for this issue")
    return None


async def has_open(case: Case, pulls: PullRequests) -> bool:
    """Whether a pull request of ours is open for the issue."""
    return any(pull.state == "open" for pull in await pulls.on_branch(case.repository.name, case.branch))


async def entitled(file: CaseFile, rights: Rights) -> Refusal | None:
    """Whether the work could be delivered: a token's own scopes may hold less than its account's rights."""
    name = file.case.repository.name
    return None if file.case.dry_run or await rights.may_push(name) else _may_not_push(name)


def _of_the_repository(file: CaseFile) -> Refusal | None:
    repository = file.case.repository
    if repository.archived:
        return _blocked(f"{repository.name} is archived: nothing can be pushed to it")
    if not repository.can_push and not file.case.dry_run:
        return _may_not_push(repository.name)
    if not file.case.base_sha:
        return _blocked(f"{repository.name} is empty: it has no commit to work from")
    return None


def _of_the_issue(file: CaseFile) -> Refusal | None:
    issue = file.case.issue
    if issue.state == "closed":
        return _blocked(f"issue #{issue.number} is closed: reopen it to have it worked on")
    if issue.locked:
        return _blocked(f"issue #{issue.number} is locked: unlock it to have it worked on")
    if not issue.title.strip() and not issue.body.strip():
        return Refusal(
            outcome=Outcome.NEEDS_INFORMATION, reason=f"issue #{issue.number} has neither a title nor a description"
        )
    return None


def _of_our_pull_request(pull: PullRequest | None, attempt: int) -> Refusal | None:
    if pull is None or pull.state == "open" or attempt > 1:
        return None
    if pull.state == "merged":
        return Refusal(
            outcome=Outcome.NO_CHANGE_NEEDED, reason=f"pull request #{pull.number} for this issue is merged already"
        )
    return _blocked(f"pull request #{pull.number} for this issue was closed: ask for a new attempt with retry")


def _may_not_push(repo: str) -> Refusal:
    return _blocked(f"the token may not push to {repo}: give it contents and pull requests: write")


def _blocked(reason: str) -> Refusal:
    return Refusal(outcome=Outcome.BLOCKED, reason=reason)
