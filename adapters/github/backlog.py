"""Port `Backlog` on GitHub."""

import logging
from datetime import datetime

from adapters.github.address import address
from adapters.github.client import GitHubClient
from adapters.github.edits import edited_since
from adapters.github.payloads import IssuePayload, Label, author
from adapters.github.timeline import TimelinePayload, newest_label
from domain.backlog import Labelled, Waiting
from domain.issue import Issue

_ISSUES = 1_000
_ENTRIES = 1_000
_LABELS = 1_000
_log = logging.getLogger(__name__)


class ListedIssue(IssuePayload):
    """One of `GET /repos/{owner}/{repo}/issues`."""

    created_at: datetime

    def waiting(self, repo: str) -> Waiting:
        """The domain's, of a repository by the name that it was asked for."""
        issue = Issue(
            repo=repo,
            number=self.number,
            title=self.title,
            body=self.body,
            labels=self.label_names,
            author=author(self.user),
            state=self.open_or_closed,
            locked=self.locked,
            url=self.html_url,
        )
        return Waiting(issue=issue, opened=self.created_at)


class GitHubBacklog:
    """Labelled issues, and who set the labels."""

    def __init__(self, client: GitHubClient) -> None:
        self._client = client

    async def labels(self, repo: str) -> tuple[str, ...]:
        """The repository's first 1,000 labels."""
        async with self._client.session(repo) as session:
            found = await session.pages(address(repo, "labels"), Label, f"the labels of {repo}", _LABELS)
        return tuple(one.name for one in found if one.name)

    async def open_issues(self, repo: str, label: str) -> tuple[Waiting, ...]:
        """The oldest 1,000 open issues with the label, oldest first; pull requests, which GitHub lists too, are not."""
        query = {"state": "open", "labels": label, "sort": "created", "direction": "asc"}
        async with self._client.session(repo) as session:
            subject = f"issues of {repo} labelled {label}"
            found = await session.pages(address(repo, "issues"), ListedIssue, subject, _ISSUES, query)
        wanted = label.lower()
        # compatible servers may ignore the filters
        kept = [one for one in found if one.state == "open" and wanted in {name.lower() for name in one.label_names}]
        waiting = [one.waiting(repo) for one in kept if one.pull_request is None]
        return tuple(sorted(waiting, key=lambda one: (one.opened, one.issue.number)))

    async def labelled(self, repo: str, number: int, label: str) -> Labelled | None:
        """Who set the label last, if nobody took it off since; None where the timeline is too long to be read."""
        path = address(repo, "issues", number, "timeline")
        async with self._client.session(repo) as session:
            found = await session.pages(path, TimelinePayload, f"the timeline of #{number}", _ENTRIES)
        if len(found) == _ENTRIES:
            _log.warning("timeline_cut repo=%s issue=%s kept=%s", repo, number, _ENTRIES)
            return None
        return newest_label(found, label)

    async def rewritten(self, repo: str, number: int, since: Labelled) -> bool:
        """Whether somebody else changed the title or the body since the label was set."""
        if since.renamed:
            return True
        async with self._client.session(repo) as session:
            return await edited_since(session, repo, number, since)
