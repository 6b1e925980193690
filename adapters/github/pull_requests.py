"""Port `PullRequests` on GitHub."""

import logging

from adapters.github.address import address, owner_of
from adapters.github.client import GitHubClient
from adapters.github.closing import closes
from adapters.github.draft import set_draft
from adapters.github.invite import add_labels, request_reviewers
from adapters.github.pull_payload import PullPayload
from adapters.github.remark import leave_remarks
from adapters.github.session import Session
from adapters.github.text import TITLE_LIMIT, fit_body, one_line
from domain.errors import Rejected
from domain.pull_request import PullRequest, PullRequestText
from domain.review import Finding

_PULLS = 300
_log = logging.getLogger(__name__)


class GitHubPullRequests:
    """Nothing is created before it was looked up; what a server cannot do (drafts, reviewers) is left out and logged.

    The answer says what became true: `draft=False` where the forge offers no drafts.
    """

    def __init__(self, client: GitHubClient) -> None:
        self._client = client

    async def on_branch(self, repo: str, branch: str) -> tuple[PullRequest, ...]:
        """Those whose head is this branch of the same repository, any state, newest first."""
        async with self._client.session(repo) as session:
            found = await _on_branch(session, repo, branch, "all")
        return tuple(pull.pull_request() for pull in found)

    async def solving(self, repo: str, issue: int) -> tuple[PullRequest, ...]:
        """Open pull requests, of the newest 300, whose title or body closes the issue."""
        async with self._client.session(repo) as session:
            found = await _listed(session, repo, {"state": "open"})
        return tuple(p.pull_request() for p in found if closes(f"{p.title}\n\n{p.body}", repo, issue))

    async def open(self, repo: str, text: PullRequestText) -> PullRequest:
        """Open one, or update the open one of that branch. Raises `Rejected`, for one if there is nothing to merge."""
        async with self._client.session(repo) as session:
            existing = await _on_branch(session, repo, text.branch, "open")
            pull = await _change(session, repo, existing[0], text) if existing else await _create(session, repo, text)
            await add_labels(session, repo, pull.number, text.labels)
            await request_reviewers(session, repo, pull, text.reviewers)
        return pull.pull_request()

    async def update(self, repo: str, number: int, text: PullRequestText) -> PullRequest:
        """Set title, body and labels, and draft or ready where the forge can."""
        async with self._client.session(repo) as session:
            pull = await _edit(session, repo, number, _words(text))
            pull = await set_draft(session, pull, draft=text.draft)
            await add_labels(session, repo, number, text.labels)
        return pull.pull_request()

    async def remark(self, repo: str, number: int, head_sha: str, findings: tuple[Finding, ...]) -> None:
        """Leave the findings as one review of the commit, once; as text where a line is not part of the change."""
        if findings:
            async with self._client.session(repo) as session:
                await leave_remarks(session, repo, number, head_sha, findings)


async def _create(session: Session, repo: str, text: PullRequestText) -> PullPayload:
    path = address(repo, "pulls")
    wanted = {**_words(text), "head": text.branch, "base": text.base, "draft": text.draft}
    subject = f"a pull request from {text.branch}"
    try:
        return await session.write("POST", path, PullPayload, subject, wanted)
    except Rejected as refusal:
        if "pull request already exists" in refusal.reason.lower():
            return await _change(session, repo, await _existing(session, repo, text, refusal), text)
        if not text.draft or "draft" not in refusal.reason.lower():
            raise
    _log.warning("draft_not_offered repo=%s branch=%s", repo, text.branch)
    return await session.write("POST", path, PullPayload, subject, {**wanted, "draft": False})


async def _existing(session: Session, repo: str, text: PullRequestText, refusal: Rejected) -> PullPayload:
    # after a rename or transfer the filter by owner finds nothing, so all open ones are looked through
    for pull in await _listed(session, repo, {"state": "open"}):
        if pull.is_from(repo, text.branch):
            return pull
    raise refusal


async def _change(session: Session, repo: str, pull: PullPayload, text: PullRequestText) -> PullPayload:
    words = _words(text)
    if pull.base.ref != text.base:
        words["base"] = text.base
    changed = await _edit(session, repo, pull.number, words)
    return await set_draft(session, changed, draft=text.draft)


async def _edit(session: Session, repo: str, number: int, words: dict[str, str]) -> PullPayload:
    return await session.write("PATCH", address(repo, "pulls", number), PullPayload, f"#{number} in {repo}", words)


def _words(text: PullRequestText) -> dict[str, str]:
    return {"title": one_line(text.title, TITLE_LIMIT), "body": fit_body(text.body)}


async def _on_branch(session: Session, repo: str, branch: str, state: str) -> list[PullPayload]:
    found = await _listed(session, repo, {"state": state, "head": f"{owner_of(repo)}:{branch}"})
    # compatible servers may ignore the filter
    return [pull for pull in found if pull.is_from(repo, branch) and state in {"all", pull.outcome}]


async def _listed(session: Session, repo: str, query: dict[str, str | int]) -> list[PullPayload]:
    newest = {**query, "sort": "created", "direction": "desc"}
    found = await session.pages(address(repo, "pulls"), PullPayload, f"pull requests of {repo}", _PULLS, newest)
    return sorted(found, key=lambda pull: pull.number, reverse=True)
