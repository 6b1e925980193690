"""Bring a judged change to the forge: one branch that only moves forward, one pull request."""

import logging

from domain import clock
from domain.ending import Ending
from domain.errors import ClusterError
from domain.frozen import Frozen
from domain.outcome import Outcome, Refusal
from domain.ports import History, PullRequests
from domain.pull_request import PullRequest, PullRequestText
from domain.repository import RepositoryRules
from domain.workspace import Branch, Workspace
from proof import neutral
from proof.commit_message import commit_message, parse_trailers
from proof.draft import draft_reasons, is_draft
from proof.guard import GuardVerdict
from proof.neutral import Links
from proof.pull_request_text import BodyMaterial, body, title

_MOST_BRANCHES = 20
_log = logging.getLogger(__name__)


class Pushed(Frozen):
    """Where the commit is on the forge; `beside` is our own branch that somebody else has pushed to."""

    branch: str
    sha: str
    beside: str | None = None


def blocked_by(verdict: GuardVerdict) -> Refusal:
    """The refusal for a change that must not leave this machine."""
    texts = [finding.text for finding in verdict.findings if finding.blocks]
    return Refusal(outcome=Outcome.BLOCKED, reason="; ".join(texts))


async def push(workspace: Workspace, ending: Ending, history: History, pulls: PullRequests) -> Pushed:
    """Commit the change and push it; what was pushed already by this attempt is left as it is.

    Commits of other people on our branch are never touched: the work goes to a branch beside it.

    Raises:
        PushRejected: the branch moved in between, or a rule of the forge refuses.
        PermissionDenied, AuthenticationFailed, Transient: as the forge says.
    """
    if ending.change is None:
        raise ValueError("there is no change to push")
    case = workspace.case
    name, branch = await _free_branch(workspace, history)
    beside = case.branch if name != case.branch else None
    message = commit_message(case, ending.submission)
    if branch and branch.commits and branch.tree == ending.change.tree and branch.commits[0].message == message.strip():
        return Pushed(branch=name, sha=branch.head, beside=beside)
    is_open = any(pull.state == "open" for pull in await pulls.on_branch(case.repository.name, name))
    parents = _parents(case.base_sha, branch, is_open=is_open)
    sha = await history.commit(workspace, ending.change.tree, message, parents)
    await history.push(workspace, sha, name, branch.head if branch else None)
    return Pushed(branch=name, sha=sha, beside=beside)


async def publish(
    ending: Ending, rules: RepositoryRules, pushed: Pushed, verdict: GuardVerdict, pulls: PullRequests
) -> Ending:
    """Open the pull request of the branch, or bring the open one up to date.

    Raises what the port raises; there is never a second open one for the branch.
    """
    case = ending.case
    ending = ending.knowing(draft_reasons=draft_reasons(ending, rules, verdict))
    material = BodyMaterial(
        ending=ending,
        rules=rules,
        branch=pushed.branch,
        total_s=(clock.now() - ending.started).total_seconds() if ending.started else 0.0,
        instead_of=pushed.beside,
    )
    text = PullRequestText(
        title=title(ending.submission, case, rules),
        body=body(material),
        draft=is_draft(ending.draft_reasons, rules),
        branch=pushed.branch,
        base=case.base,
        labels=rules.pull_request.labels,
        reviewers=rules.pull_request.reviewers,
    )
    pull = await pulls.open(case.repository.name, text)
    await _remark(ending, pull, pushed.sha, pulls)
    done = Outcome.UPDATED if ending.updated and not pushed.beside else Outcome.OPENED
    return ending.knowing(pull=pull, outcome=ending.outcome or done)


async def _remark(ending: Ending, pull: PullRequest, sha: str, pulls: PullRequests) -> None:
    """What the reviewer still finds, on its lines; the body says it too, so nothing is lost where a forge refuses."""
    findings = ending.review.findings if ending.review else ()
    links = Links.of(ending.case)
    safe = [one.model_copy(update={"text": neutral.sentence(one.text, links)}) for one in findings if one.line]
    try:
        if safe:
            await pulls.remark(ending.case.repository.name, pull.number, sha, tuple(safe))
    except ClusterError as error:
        _log.warning("review not shown on its lines pull=%s reason=%s", pull.number, error)


async def _free_branch(workspace: Workspace, history: History) -> tuple[str, Branch | None]:
    base = workspace.case.branch
    for number in range(1, _MOST_BRANCHES):
        name = base if number == 1 else f"{base}-{number}"
        branch = await history.branch(workspace, name)
        if branch is None or all(parse_trailers(commit.message) for commit in branch.commits):
            return name, branch
    raise ValueError(f"all branches from {base} to {base}-{_MOST_BRANCHES} hold commits of other people")


def _parents(base_sha: str, branch: Branch | None, *, is_open: bool) -> tuple[str, ...]:
    """An open pull request's branch moves forward; a moved base comes in as a merge's second parent."""
    if branch is None or not is_open:
        return (base_sha,)
    return (branch.head,) if branch.current else (branch.head, base_sha)
