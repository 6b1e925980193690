"""Issues, comments, branches and repositories as GitHub and compatible servers give them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.github.issues import GitHubIssues
from adapters.github.text import BODY_LIMIT
from domain.errors import NotFound, PermissionDenied, Transient, UsageError
from domain.issue import Comment, Issue
from domain.repository import Repository

REPO = {"id": 7, "full_name": "o/r", "default_branch": "main", "permissions": {"push": True}, "stars": 3}
WHEN = datetime(2026, 11, 2, 3, 4, 5, tzinfo=UTC)
STAMP = "2026-11-02T03:04:05Z"


def _issue(**fields: object) -> dict[str, object]:
    return {"number": 9, "title": "Crash", "body": "It breaks.", "comments": 0, "state": "open", **fields}


def _comment(number: int, **fields: object) -> dict[str, object]:
    return {"id": number, "user": {"login": "ann"}, "body": f"say {number}", "created_at": STAMP, **fields}


async def test_repository_is_read_as_it_is_named_now(forge: Any) -> None:
    """A renamed repository is followed to its new name, its id stays, and unknown fields do no harm."""
    forge.answers("GET /repos/o/old", status=301, headers={"location": "https://api.github.com/repositories/7"})
    forge.answers("GET /repositories/7", REPO)
    found = await GitHubIssues(forge.client()).repository("o/old")
    assert found == Repository(name="o/r", id=7, default_branch="main", can_push=True)


@pytest.mark.parametrize(
    ("permissions", "can_push"), [({"push": False}, False), ({"push": True}, True), ({}, True), (None, True)]
)
async def test_a_server_that_names_no_rights_lets_the_push_decide(
    forge: Any, permissions: object, can_push: bool
) -> None:
    """Only a server that says no is taken for a no."""
    forge.answers("GET /repos/o/r", {**REPO, "permissions": permissions})
    assert (await GitHubIssues(forge.client()).repository("o/r")).can_push is can_push


async def test_a_missing_repository_says_what_may_be_wrong(forge: Any) -> None:
    """The message names the repository and the two reasons there are."""
    forge.answers("GET /repos/o/r", {"message": "Not Found"}, 404)
    with pytest.raises(NotFound) as caught:
        await GitHubIssues(forge.client()).repository("o/r")
    assert str(caught.value) == "repository o/r not found, or the token may not see it"


@pytest.mark.parametrize("name", ["", "o", "o/r/x", "../r", "o/..", "o/r?x=1", "o/r#", "o /r", "o/r\n", "ö/r"])
async def test_a_name_that_is_none_never_becomes_a_path(forge: Any, name: str) -> None:
    """What is no owner/name is refused before anything is sent."""
    with pytest.raises(UsageError):
        await GitHubIssues(forge.client()).repository(name)
    assert forge.calls == []


async def test_every_call_says_who_we_are_and_what_we_speak(forge: Any) -> None:
    """Token, version of the API, and user agent go with the request."""
    forge.answers("GET /repos/o/r", REPO)
    await GitHubIssues(forge.client()).repository("o/r")
    sent = forge.calls[0].headers
    assert sent["authorization"].startswith("Bearer ghp_")
    assert sent["x-github-api-version"] == "2022-11-28"
    assert sent["accept"] == "application/vnd.github+json"
    assert sent["user-agent"].startswith("claude-cluster/")


@pytest.mark.parametrize(
    ("answer", "status", "sha"),
    [
        ({"name": "feature/x", "commit": {"sha": "abc"}}, 200, "abc"),
        ({"name": "feature/x", "commit": {"id": "def"}}, 200, "def"),
        ({"name": "renamed", "commit": {"sha": "abc"}}, 200, None),
        ({"message": "Git Repository is empty."}, 409, None),
    ],
)
async def test_head_of_a_branch(forge: Any, answer: object, status: int, sha: str | None) -> None:
    """A branch has a commit; one that is renamed or in an empty repository has none."""
    forge.answers("GET /repos/o/r/branches/feature/x", answer, status)
    assert await GitHubIssues(forge.client()).head_sha("o/r", "feature/x") == sha


@pytest.mark.parametrize(
    ("answer", "status", "sha"),
    [
        ({"ref": "refs/heads/feature/x", "object": {"type": "commit", "sha": "abc"}}, 200, "abc"),
        ({"ref": "refs/heads/feature/x-2", "object": {"type": "commit", "sha": "abc"}}, 200, None),
        ({"message": "Not Found"}, 404, None),
        ({"message": "Git Repository is empty."}, 409, None),
    ],
)
async def test_head_of_a_branch_by_its_ref(forge: Any, answer: object, status: int, sha: str | None) -> None:
    """What the branches don't know is looked for in git's refs: some compatible servers have only these."""
    forge.answers("GET /repos/o/r/branches/feature/x", {"message": "Not Found"}, 404)
    forge.answers("GET /repos/o/r/git/ref/heads/feature/x", answer, status)
    assert await GitHubIssues(forge.client()).head_sha("o/r", "feature/x") == sha


@pytest.mark.parametrize("branch", ["", ".", "..", "a/../../../user"])
async def test_a_branch_name_never_leaves_its_place_in_the_path(forge: Any, branch: str) -> None:
    """Names that git cannot have are no branches, and nothing is sent."""
    assert await GitHubIssues(forge.client()).head_sha("o/r", branch) is None


async def test_branch_names_are_escaped(forge: Any) -> None:
    """Characters that mean something in an address are part of the name."""
    forge.answers("GET /repos/o/r/branches/fix%2350%25%3F%E4%BF%AE", {"name": "fix#50%?修", "commit": {"sha": "a"}})
    assert await GitHubIssues(forge.client()).head_sha("o/r", "fix#50%?修") == "a"


async def test_issue_with_comments(forge: Any) -> None:
    """All that the case needs is read, the comments with the time of their last edit."""
    raw = _issue(
        title="落ちる\x00",
        body="一行目\r\n\x1b[31m二行目\u202e\tend",
        comments=2,
        labels=[{"name": "bug"}, "docs", {"name": None}],
        user={"login": "ann"},
        locked=True,
        html_url="https://github.com/o/r/issues/9",
        repository_url="https://api.github.com/repos/o/r",
    )
    forge.answers("GET /repos/o/r/issues/9", raw)
    edited = _comment(2, user=None, body=None, updated_at="2026-11-03T00:00:00Z")
    forge.answers("GET /repos/o/r/issues/9/comments", [_comment(1), edited])
    assert await GitHubIssues(forge.client()).issue("o/r", 9) == Issue(
        repo="o/r",
        number=9,
        title="落ちる",
        body="一行目\n[31m二行目\tend",
        labels=("bug", "docs"),
        author="ann",
        locked=True,
        url="https://github.com/o/r/issues/9",
        comments=(
            Comment(id=1, author="ann", body="say 1", created_at=WHEN, updated_at=WHEN),
            Comment(id=2, author="ghost", body="", created_at=WHEN, updated_at=datetime(2026, 11, 3, tzinfo=UTC)),
        ),
    )


async def test_issue_of_nobody_without_text(forge: Any) -> None:
    """Null body, labels and user, and a null pull request as Gitea sends it, make an issue."""
    forge.answers("GET /repos/o/r/issues/9", _issue(body=None, labels=None, user=None, pull_request=None))
    found = await GitHubIssues(forge.client()).issue("o/r", 9)
    assert found == Issue(repo="o/r", number=9, title="Crash", body="", author="ghost")


async def test_a_pull_request_is_no_issue(forge: Any) -> None:
    """The number of a pull request is a mistake of the user's, and said so."""
    forge.answers("GET /repos/o/r/issues/9", _issue(pull_request={"url": "x"}))
    with pytest.raises(UsageError, match=r"^#9 is a pull request, not an issue$"):
        await GitHubIssues(forge.client()).issue("o/r", 9)


@pytest.mark.parametrize(
    ("status", "repository", "text"),
    [
        (404, 200, "issue #9 not found in o/r"),
        (410, 200, "issue #9 not found in o/r"),
        (404, 404, "repository o/r not found, or the token may not see it"),
    ],
)
async def test_what_is_missing_is_named(forge: Any, status: int, repository: int, text: str) -> None:
    """GitHub answers 404 for a missing issue and for a missing repository; the message tells which."""
    forge.answers("GET /repos/o/r/issues/9", {"message": "Not Found"}, status)
    forge.answers("GET /repos/o/r", REPO, repository)
    with pytest.raises(NotFound) as caught:
        await GitHubIssues(forge.client()).issue("o/r", 9)
    assert str(caught.value) == text


async def test_a_transferred_issue_is_followed_with_its_comments(forge: Any) -> None:
    """A moved issue brings its new repository and number, and the comments are read there."""
    forge.answers("GET /repos/o/r/issues/9", status=301, headers={"location": "/repositories/8/issues/4"})
    moved = _issue(number=4, comments=1, repository_url="https://api.github.com/repos/o/new")
    forge.answers("GET /repositories/8/issues/4", moved)
    forge.answers("GET /repos/o/new/issues/4/comments", [_comment(1)])
    found = await GitHubIssues(forge.client()).issue("o/r", 9)
    assert (found.repo, found.number, len(found.comments)) == ("o/new", 4, 1)


async def test_comments_are_read_page_by_page_up_to_a_cap(forge: Any) -> None:
    """Three pages of a hundred are read and the rest is left."""
    forge.answers("GET /repos/o/r/issues/9", _issue(comments=450))
    for page in range(3):
        many = [_comment(page * 100 + n) for n in range(100)]
        link = {"link": f'<https://api.github.com/x?page={page + 2}>; rel="next"'}
        forge.answers("GET /repos/o/r/issues/9/comments", many, headers=link)
    found = await GitHubIssues(forge.client()).issue("o/r", 9)
    assert [c.id for c in found.comments] == list(range(300))
    assert [call.query for call in forge.calls[1:]] == [{"per_page": "100", "page": str(n)} for n in (1, 2, 3)]


async def test_small_pages_with_links_are_followed(forge: Any) -> None:
    """A server that gives fewer than asked for says with a link that there is more."""
    forge.answers("GET /repos/o/r/issues/9", _issue(comments=3))
    link = {"link": '<https://api.github.com/x?page=2>; rel="next"'}
    forge.answers("GET /repos/o/r/issues/9/comments", [_comment(1), _comment(2)], headers=link)
    forge.answers(
        "GET /repos/o/r/issues/9/comments", [_comment(3)], headers={"link": '<https://api.github.com/x>; rel="first"'}
    )
    assert [c.id for c in (await GitHubIssues(forge.client()).issue("o/r", 9)).comments] == [1, 2, 3]


async def test_a_server_that_ignores_pages_ends_the_reading(forge: Any) -> None:
    """The same full page twice is not read a third time."""
    same = [_comment(n) for n in range(100)]
    forge.answers("GET /repos/o/r/issues/9", _issue(comments=100))
    forge.answers("GET /repos/o/r/issues/9/comments", same)
    forge.answers("GET /repos/o/r/issues/9/comments", same)
    assert len((await GitHubIssues(forge.client()).issue("o/r", 9)).comments) == 100


async def test_a_comment_is_edited_in_place(forge: Any) -> None:
    """With an id nothing is created."""
    forge.answers("PATCH /repos/o/r/issues/comments/5", {"id": 5})
    assert await GitHubIssues(forge.client()).comment("o/r", 9, "進行中", 5) == 5
    assert forge.calls[0].body == {"body": "進行中"}


@pytest.mark.parametrize("status", [404, 410])
async def test_a_deleted_comment_is_made_again(forge: Any, status: int) -> None:
    """When somebody deleted our comment, a new one tells its id."""
    forge.answers("PATCH /repos/o/r/issues/comments/5", {"message": "Not Found"}, status)
    forge.answers("POST /repos/o/r/issues/9/comments", {"id": 6}, 201)
    assert await GitHubIssues(forge.client()).comment("o/r", 9, "text", 5) == 6


async def test_a_marked_comment_is_looked_for_before_it_is_created(forge: Any) -> None:
    """After a creation whose answer was lost, ours is found by its mark; a copy by somebody else is not ours."""
    mark = "<!-- claude-cluster: task-20261102-001 -->"
    forge.answers("GET /user", {"login": "us"})
    comments = [
        _comment(1, user={"login": "us"}, body=f"{mark}\r\nold"),
        _comment(2, user={"login": "eve"}, body=f"{mark}\nmine"),
        _comment(3, user={"login": "us"}, body="other"),
    ]
    forge.answers("GET /repos/o/r/issues/9/comments", comments)
    forge.answers("PATCH /repos/o/r/issues/comments/1", {"id": 1})
    assert await GitHubIssues(forge.client()).comment("o/r", 9, f"{mark}\nnew", None) == 1


async def test_a_lost_answer_does_not_create_a_comment_twice(forge: Any) -> None:
    """A write that the server failed on is sent once and left to the caller's retry, which looks first."""
    forge.answers("POST /repos/o/r/issues/9/comments", {"message": "oops"}, 502)
    with pytest.raises(Transient):
        await GitHubIssues(forge.client()).comment("o/r", 9, "text", None)
    assert (forge.requests, forge.slept) == (["POST /repos/o/r/issues/9/comments"], [])


async def test_a_long_comment_is_cut_at_a_line(forge: Any) -> None:
    """What goes out is below GitHub's limit, whole lines, and shows that something is missing."""
    forge.answers("POST /repos/o/r/issues/9/comments", {"id": 6}, 201)
    await GitHubIssues(forge.client()).comment("o/r", 9, "あいうえお\n" * 20_000, None)
    sent = forge.calls[0].body["body"]
    assert BODY_LIMIT - 20 < len(sent) < BODY_LIMIT
    assert sent.endswith("あいうえお\n\n[...]\n")


async def test_a_locked_issue_says_so(forge: Any) -> None:
    """GitHub's own words reach the user, with what to do."""
    forge.answers(
        "POST /repos/o/r/issues/9/comments",
        {"message": "Unable to create comment because issue is locked."},
        403,
        {"x-accepted-github-permissions": "issues=write; pull_requests=write"},
    )
    with pytest.raises(PermissionDenied) as caught:
        await GitHubIssues(forge.client()).comment("o/r", 9, "text", None)
    assert str(caught.value) == (
        "GitHub refuses access to a comment on #9: Unable to create comment because issue is locked."
        " - the token needs issues=write; pull_requests=write"
    )


@pytest.mark.parametrize(
    ("answer", "status", "login"),
    [({"login": "us"}, 200, "us"), ({"message": "no"}, 403, "unknown"), ({"message": "no"}, 404, "unknown")],
)
async def test_login(forge: Any, answer: object, status: int, login: str) -> None:
    """A token that may not ask who it is still works."""
    forge.answers("GET /user", answer, status)
    assert await GitHubIssues(forge.client()).login() == login
