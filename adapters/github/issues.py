"""Port `Issues` on GitHub."""

import logging
import re
from urllib.parse import quote

from adapters.github.address import address
from adapters.github.client import GitHubClient
from adapters.github.failures import Conflict
from adapters.github.payloads import (
    BranchPayload,
    CommentPayload,
    Created,
    IssuePayload,
    RefPayload,
    RepositoryPayload,
    author,
)
from adapters.github.session import Session
from adapters.github.text import fit_body
from domain.errors import NotFound, UsageError
from domain.issue import Comment, Issue
from domain.repository import Repository

_COMMENTS = 300
_MARK = re.compile(r"<!--[^\n]{1,200}-->")
_log = logging.getLogger(__name__)


class GitHubIssues:
    """Repositories, branches, issues and our comments; bodies come cleaned and go out cut to GitHub's limit."""

    def __init__(self, client: GitHubClient) -> None:
        self._client = client

    async def repository(self, repo: str) -> Repository:
        """The repository as it is called now. Raises `NotFound`, also if the token may not see it."""
        async with self._client.session(repo) as session:
            return await _repository(session, repo)

    async def head_sha(self, repo: str, branch: str) -> str | None:
        """The commit a branch points to; None for no branch of exactly this name, and in an empty repository."""
        if not branch or ".." in branch or branch == ".":
            return None
        async with self._client.session(repo) as session:
            name, subject = quote(branch, safe="/"), f"branch {branch} of {repo}"
            try:
                found = await session.get(address(repo, "branches", name), BranchPayload, subject)
            except NotFound:
                return await _ref(session, repo, name, branch)
            except Conflict:
                return None
        # GitHub redirects a renamed branch to its new name; a push would not follow
        return (found.commit.sha or found.commit.id or None) if found.name == branch else None

    async def issue(self, repo: str, number: int) -> Issue:
        """The issue and its first 300 comments, followed to where it was moved.

        Raises `UsageError` for a pull request's number, and `NotFound` naming the repository or the issue.
        """
        async with self._client.session(repo) as session:
            try:
                found = await session.get(address(repo, "issues", number), IssuePayload, f"issue #{number} in {repo}")
            except NotFound as error:
                await _repository(session, repo)
                raise NotFound(f"issue #{number} not found in {repo}") from error
            if found.pull_request is not None:
                raise UsageError(f"#{number} is a pull request, not an issue")
            name = _home(found, repo)
            comments = await _comments(session, name, found.number) if found.comments != 0 else ()
        return Issue(
            repo=name,
            number=found.number,
            title=found.title,
            body=found.body,
            labels=found.label_names,
            author=author(found.user),
            state=found.open_or_closed,
            locked=found.locked,
            comments=comments,
            url=found.html_url,
        )

    async def comment(self, repo: str, number: int, body: str, comment_id: int | None) -> int:
        """Edit our comment, or create it if there is none.

        A first line that is a hidden comment (`<!-- ... -->`) is the body's mark: before a comment is created, ours
        with the same mark is looked for, so that a creation whose answer was lost does not happen twice.
        """
        said = {"body": fit_body(body)}
        login = await self._client.login() if comment_id is None and _mark(body) else ""
        async with self._client.session(repo) as session:
            ours = comment_id or await _ours(session, repo, number, body, login)
            if ours is not None:
                path = address(repo, "issues", "comments", ours)
                try:
                    return (await session.write("PATCH", path, Created, f"our comment on #{number}", said)).id
                except NotFound:
                    _log.info("comment_gone repo=%s issue=%s comment=%s", repo, number, ours)
            path = address(repo, "issues", number, "comments")
            return (await session.write("POST", path, Created, f"a comment on #{number}", said)).id

    async def login(self) -> str:
        """Our login; `unknown` if the token may not ask."""
        return await self._client.login()


async def _repository(session: Session, repo: str) -> Repository:
    found = await session.get(address(repo), RepositoryPayload, f"repository {repo}")
    told = session.token.may_push
    return Repository(
        name=found.full_name,
        id=found.id,
        default_branch=found.default_branch or "main",
        can_push=(found.permissions is None or found.permissions.push) if told is None else told,
        private=found.private,
        archived=found.archived,
        language=found.language or "",
    )


async def _ref(session: Session, repo: str, name: str, branch: str) -> str | None:
    """The same from git's refs: some compatible servers have only these."""
    try:
        found = await session.get(address(repo, "git", "ref", "heads", name), RefPayload, f"branch {branch} of {repo}")
    except (NotFound, Conflict):
        return None
    return (found.object.sha or None) if found.ref == f"refs/heads/{branch}" else None


async def _comments(session: Session, repo: str, number: int) -> tuple[Comment, ...]:
    path = address(repo, "issues", number, "comments")
    found = await session.pages(path, CommentPayload, f"the comments on #{number}", cap=_COMMENTS)
    if len(found) == _COMMENTS:
        _log.warning("comments_cut repo=%s issue=%s kept=%s", repo, number, _COMMENTS)
    return tuple(payload.comment() for payload in found)


def _home(issue: IssuePayload, repo: str) -> str:
    name = "/".join(issue.repository_url.rsplit("/", 2)[-2:])
    return name if "/" in name and "/repos/" in issue.repository_url else repo


def _mark(body: str) -> str:
    first = body.split("\n", 1)[0].strip()
    return first if _MARK.fullmatch(first) else ""


async def _ours(session: Session, repo: str, number: int, body: str, login: str) -> int | None:
    mark = _mark(body)
    if not mark:
        return None
    comments = await _comments(session, repo, number)
    return next((c.id for c in reversed(comments) if c.author == login and _mark(c.body) == mark), None)
