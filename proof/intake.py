"""The first act: freeze the issue into a case file, once, for every later step and every node."""

import asyncio
from collections.abc import Sequence
from urllib.parse import urlsplit

from domain import clock
from domain.case import Case, CaseFile, WorkRequest, task_id
from domain.delivery import FrozenText
from domain.errors import NotFound, UsageError
from domain.issue import Issue
from domain.order import only_commands
from domain.outcome import Outcome
from domain.ports import Cases, Issues, PullRequests
from domain.repository import Repository
from domain.settings import Settings
from proof.status_comment import STATUS_MARK

# A second run of the same, unchanged issue gets the stored result of these instead of paid work.
_STANDING = {Outcome.OPENED, Outcome.UPDATED, Outcome.NO_CHANGE_NEEDED, Outcome.NEEDS_INFORMATION}


def forge_name(settings: Settings) -> str:
    """The forge as the ledger names it: host and port of its pages."""
    return urlsplit(settings.github_server_url).netloc


async def open_case(
    request: WorkRequest,
    issues: Issues,
    pulls: PullRequests,
    cases: Cases,
    settings: Settings,
    frozen: FrozenText | None = None,
    delivery: str | None = None,
) -> CaseFile:
    """The case file to work on: a new one, or the one that this issue has already.

    An unfinished case is gone on with. A finished one stands while the issue's text is the same, its
    pull request is open and a second run could only repeat it; dry runs never stand for real ones, and
    neither stands for a request that names another base or specialist. `frozen` is the text at the moment of
    the trigger, which goes before what the forge says now; the webhook `delivery` is settled with a new case.

    Raises:
        CaseError: the delivery was settled before.
        UsageError: the number is a pull request's, or the name is not `owner/name`.
        AuthenticationFailed, PermissionDenied, NotFound, Transient: as the forge says.
    """
    if request.repo.count("/") != 1 or not all(request.repo.split("/")):
        raise UsageError(f"{request.repo!r} is not a repository", "write it as owner/name")
    repository, issue = await asyncio.gather(issues.repository(request.repo), issues.issue(request.repo, request.issue))
    issue = as_frozen(issue, frozen)
    earlier = await cases.of_issue(forge_name(settings), repository.id, issue.number)
    issue = await _without_ours(issue, earlier, issues)
    for file in earlier:
        same = file.case.dry_run == request.dry_run and file.case.issue.digest == issue.digest
        if same and _asks_for_this(request, file) and (not file.ended or await _stands(file, pulls)):
            return file
    case = await _freeze(request, repository, issue, issues, settings)
    return await cases.open(case, request, delivery)


async def reopen(
    file: CaseFile,
    issues: Issues,
    cases: Cases,
    settings: Settings,
    frozen: FrozenText | None = None,
    delivery: str | None = None,
) -> CaseFile:
    """A new attempt at an ended case, with the base as it is now, and the issue too unless `frozen` says otherwise.

    The webhook `delivery` that asked for it is settled with it.

    Raises:
        CaseError: the delivery was settled before.
        UsageError: the case has not ended.
    """
    if not file.ended:
        raise UsageError(f"{file.case.id} has not ended", f"claude-cluster resume {file.case.id} goes on with it")
    old = file.case
    request = WorkRequest(
        repo=old.repository.name,
        issue=old.issue.number,
        base=None if old.base == old.repository.default_branch else old.base,
        specialist=old.specialist,
        priority=old.priority,
        dry_run=old.dry_run,
        requested_by=old.requested_by,
    )
    repository = await issues.repository(old.repository.name)
    issue = as_frozen(await issues.issue(repository.name, old.issue.number), frozen)
    issue = await _without_ours(issue, (file,), issues)
    case = await _freeze(request, repository, issue, issues, settings)
    case = case.model_copy(update={"id": old.id, "attempt": old.attempt + 1})
    kept = {"comment_id": file.comment_id, "settled": file.settled, "earlier": file.used}
    newer = CaseFile(case=case, updated=case.created, **kept)
    await cases.write(newer, delivery)
    return newer


def as_frozen(issue: Issue, frozen: FrozenText | None) -> Issue:
    """The issue as it was when somebody asked for the work.

    Of the comments, those written or edited since then are left out, unless by that person. The forge tells
    time in whole seconds, so what came in the same second counts as later.
    """
    if frozen is None:
        return issue
    asked_by = frozen.by.lower()
    kept = tuple(one for one in issue.comments if one.updated_at < frozen.moment or one.author.lower() == asked_by)
    text = {name: getattr(frozen, name) for name in ("title", "body", "labels")}
    return issue.model_copy(update={**{k: v for k, v in text.items() if v is not None}, "comments": kept})


async def _freeze(
    request: WorkRequest, repository: Repository, issue: Issue, issues: Issues, settings: Settings
) -> Case:
    base = request.base or repository.default_branch
    sha = await issues.head_sha(repository.name, base)
    if sha is None and request.base:
        raise NotFound(f"branch {base} not found in {repository.name}")
    limits = settings.limits
    if request.max_cost_usd:
        limits = limits.model_copy(update={"max_cost_usd": request.max_cost_usd})
    now = clock.now()
    return Case(
        id=task_id(now, 1),
        forge=forge_name(settings),
        repository=repository,
        issue=issue,
        base=base,
        base_sha=sha or "",
        specialist=request.specialist,
        priority=request.priority,
        dry_run=request.dry_run,
        requested_by=request.requested_by,
        limits=limits,
        model=settings.model,
        created=now,
    )


async def _without_ours(issue: Issue, earlier: Sequence[CaseFile], issues: Issues) -> Issue:
    """The issue less our own status comments and bare commands to us: they are no part of what was asked."""
    known = {file.comment_id for file in earlier}
    marked = [comment for comment in issue.comments if comment.body.startswith(STATUS_MARK)]
    login = await issues.login() if marked else ""
    ours = known | {comment.id for comment in marked if comment.author == login}
    return issue.model_copy(
        update={"comments": tuple(one for one in issue.comments if one.id not in ours and not only_commands(one.body))}
    )


def _asks_for_this(request: WorkRequest, file: CaseFile) -> bool:
    """A name that was mistaken must not come back with the unfinished case when it is left out."""
    case = file.case
    if (request.base or case.repository.default_branch) != case.base:
        return False
    if request.specialist is None:
        return file.ended or case.specialist is None
    return request.specialist in {case.specialist, file.routing.primary if file.routing else None}


async def _stands(file: CaseFile, pulls: PullRequests) -> bool:
    if file.outcome not in _STANDING or file.result is None:
        return False
    link = file.result.pull_request
    if link is None:
        return not file.case.dry_run or file.outcome not in {Outcome.OPENED, Outcome.UPDATED}
    found = await pulls.on_branch(file.case.repository.name, link.branch)
    return any(pull.number == link.number and pull.state == "open" for pull in found)
