"""Go or no go, before anything is paid: every refusal names what a person can do about it."""

import asyncio

from domain.case import Case, CaseFile
from domain.frozen import Frozen
from domain.outcome import Outcome, Refusal
from domain.ports import PullRequests, Rights
from domain.pull_request import PullRequest


class Found(Frozen):
    """What the forge knows: pull requests of the case's branch, those for the issue, whether we may push."""

    own: tuple[PullRequest, ...]
    solving: tuple[PullRequest, ...]
    may_push: bool

    @property
    def open(self) -> bool:
        """Whether a pull request of ours is open for the issue."""
        return any(pull.state == "open" for pull in self.own)


def plain_refusal(file: CaseFile) -> Refusal | None:
    """What the case itself says; None means that the forge is worth asking."""
    return _of_the_repository(file) or _of_the_issue(file)


async def look(case: Case, pulls: PullRequests, rights: Rights) -> Found:
    """Asked all at once. A token's own scopes may hold less than its account's rights; a dry run pushes nothing.

    Raises what the first of them raised.
    """
    name = case.repository.name
    try:
        async with asyncio.TaskGroup() as group:
            own = group.create_task(pulls.on_branch(name, case.branch))
            solving = group.create_task(pulls.solving(name, case.issue.number))
            may_push = None if case.dry_run else group.create_task(rights.may_push(name))
    except ExceptionGroup as several:
        raise several.exceptions[0] from several
    return Found(own=own.result(), solving=solving.result(), may_push=may_push.result() if may_push else True)


def refusal(case: Case, found: Found) -> Refusal | None:
    """None means go.

    Ours open: go on and update it. Merged: nothing to do. Closed by a person: blocked, unless this is
    a later attempt, which somebody asked for. Somebody else's open pull request for the issue: blocked.
    """
    if refused := _of_our_pull_request(found.own[0] if found.own else None, case.attempt):
        return refused
    for pull in found.solving:
        if pull.fork or not case.owns(pull.branch):
            return _blocked(f"pull request #{pull.number} by {pull.author} is already open for this issue")
    return None if found.may_push else _may_not_push(case.repository.name)


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
