"""Who asks for work, and what waits for it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.github.actors import GitHubActors
from adapters.github.backlog import GitHubBacklog
from domain.backlog import Labelled
from domain.delivery import Actor
from domain.errors import NotFound, PermissionDenied

NOON = "2026-11-22T12:00:00Z"
LABELLED = Labelled(by=Actor(login="ann"), at=datetime(2026, 11, 22, 12, tzinfo=UTC))
_ISSUES, _TIMELINE = "GET /repos/o/r/issues", "GET /repos/o/r/issues/7/timeline"


@pytest.mark.parametrize(("said", "may"), [("admin", True), ("maintain", True), ("write", True), ("triage", False)])
async def test_who_may_write(forge: Any, said: str, may: bool) -> None:
    """From write on."""
    forge.answers("GET /repos/o/r/collaborators/ann/permission", {"permission": said})
    assert await GitHubActors(forge.client()).may_write("o/r", "ann") is may


async def test_a_token_that_may_not_ask_entitles_nobody(forge: Any) -> None:
    """The error goes on to whoever has to refuse."""
    forge.answers("GET /repos/o/r/collaborators/ann/permission", {"message": "Must have push access"}, 403)
    with pytest.raises(PermissionDenied):
        await GitHubActors(forge.client()).may_write("o/r", "ann")


async def test_the_branch_of_a_pull_request(forge: Any) -> None:
    """None for a fork's, however its branch is called; `NotFound` for no pull request."""
    base = {"ref": "main", "repo": {"id": 1}}
    for home in (1, 2):
        head = {"ref": "claude/issue-7", "repo": {"id": home}}
        forge.answers("GET /repos/o/r/pulls/9", {"number": 9, "head": head, "base": base})
    actors = GitHubActors(forge.client())
    assert await actors.branch("o/r", 9) == "claude/issue-7"
    assert await actors.branch("o/r", 9) is None
    forge.answers("GET /repos/o/r/pulls/8", {"message": "Not Found"}, 404)
    with pytest.raises(NotFound):
        await actors.branch("o/r", 8)


def listed(number: int, created: str = NOON, **more: Any) -> dict[str, Any]:
    """One issue of a list."""
    return {"number": number, "title": "T", "labels": [{"name": "Claude"}], "created_at": created, **more}


async def test_open_issues_with_a_label(forge: Any) -> None:
    """All pages, oldest first; pull requests are left out, and so is what a server gives unasked."""
    more = {"link": '<https://api.github.com/repos/o/r/issues?page=2>; rel="next"'}
    first = [listed(9), listed(3, "2026-11-20T12:00:00Z"), listed(4, pull_request={"url": "x"})]
    forge.answers(_ISSUES, first, headers=more)
    forge.answers(_ISSUES, [listed(5, state="closed"), listed(6, labels=["bug"]), listed(8, "2026-11-21T12:00:00Z")])
    found = await GitHubBacklog(forge.client()).open_issues("o/r", "claude")
    assert [one.issue.number for one in found] == [3, 8, 9]
    query = {"state": "open", "labels": "claude", "sort": "created", "direction": "asc", "per_page": "100", "page": "1"}
    assert forge.calls[0].query == query


async def test_a_renamed_repository_is_followed(forge: Any) -> None:
    """301 to its address by id."""
    moved = {"location": "https://api.github.com/repositories/1/issues?labels=claude"}
    forge.answers(_ISSUES, {"message": "Moved Permanently"}, 301, headers=moved)
    forge.answers("GET /repositories/1/issues", [listed(9)])
    assert [one.issue.number for one in await GitHubBacklog(forge.client()).open_issues("o/r", "claude")] == [9]


def entry(event: str, login: str | None, label: str = "claude", at: str = NOON) -> dict[str, Any]:
    """One entry of a timeline."""
    actor = {"login": login, "type": "Bot" if login == "robot" else "User"} if login else None
    return {"id": hash((event, login, at)), "event": event, "actor": actor, "label": {"name": label}, "created_at": at}


@pytest.mark.parametrize(
    ("entries", "by"),
    [
        ([entry("labeled", "ann")], Actor(login="ann")),
        ([entry("labeled", "eve"), entry("unlabeled", "ann"), entry("labeled", "ann", at=NOON)], Actor(login="ann")),
        ([entry("labeled", "ann"), entry("labeled", "eve", "bug"), {"event": "committed"}], Actor(login="ann")),
        ([entry("labeled", "robot", "CLAUDE")], Actor(login="robot", bot=True)),
        ([entry("labeled", "ann"), entry("unlabeled", "ann")], None),
        ([entry("labeled", None)], None),
        ([entry("labeled", "ann"), entry("labeled", None, at="2026-11-22T13:00:00Z")], None),
        ([{"event": "commented", "user": {"login": "ann"}, "body": "labeled claude"}], None),
        ([], None),
    ],
)
async def test_who_set_a_label_stands_in_the_timeline(forge: Any, entries: list[Any], by: Actor | None) -> None:
    """The last who did, if nobody took it off since; of accounts that are gone nothing is known."""
    forge.answers(_TIMELINE, entries)
    found = await GitHubBacklog(forge.client()).labelled("o/r", 7, "claude")
    assert found == (by and Labelled(by=by, at=datetime(2026, 11, 22, 12, tzinfo=UTC)))


@pytest.mark.parametrize(("login", "renamed"), [("ann", False), ("eve", True), (None, True)])
async def test_a_title_changed_since_the_label(forge: Any, login: str | None, renamed: bool) -> None:
    """By another, or by an account that is gone; what was changed before the label was read by whoever set it."""
    forge.answers(_TIMELINE, [entry("renamed", "eve"), entry("labeled", "ann"), entry("renamed", login, "")])
    found = await GitHubBacklog(forge.client()).labelled("o/r", 7, "claude")
    assert found is not None
    assert found.renamed is renamed
    if renamed:
        assert await GitHubBacklog(forge.client()).rewritten("o/r", 7, found)


@pytest.mark.parametrize(
    ("at", "editor", "changed"),
    [
        (None, None, False),
        ("2026-11-22T11:59:59Z", "eve", False),
        (NOON, "eve", True),
        ("2026-11-22T13:00:00Z", None, True),
        ("2026-11-22T13:00:00Z", "Ann", False),
    ],
)
async def test_a_body_changed_since_the_label(forge: Any, at: str | None, editor: str | None, changed: bool) -> None:
    """In the same second counts as since; the labeller's own edits don't."""
    issue = {"lastEditedAt": at, "editor": editor and {"login": editor}}
    forge.answers("POST /graphql", {"data": {"repository": {"issue": issue}}})
    assert await GitHubBacklog(forge.client()).rewritten("o/r", 7, LABELLED) is changed
    body: Any = forge.calls[0].body
    assert body["variables"] == {"owner": "o", "name": "r", "number": 7}


@pytest.mark.parametrize(
    ("status", "body"),
    [(404, {"message": "Not Found"}), (200, {"errors": [{"type": "X"}]}), (200, {"data": {}}), (200, b"-")],
)
async def test_a_server_without_graphql_does_not_know(forge: Any, status: int, body: Any) -> None:
    """The sweep goes on there."""
    forge.answers("POST /graphql", body, status)
    assert await GitHubBacklog(forge.client()).rewritten("o/r", 7, LABELLED) is False


async def test_a_timeline_without_an_end_tells_nothing(forge: Any) -> None:
    """Who floods it hides nobody's label behind his own: the issue waits for a person."""
    more = {"link": '<https://api.github.com/x>; rel="next"'}
    for page in range(10):
        entries = [
            entry("labeled", "eve", "bug", f"2026-11-22T12:{page:02d}:{i % 60:02d}.{i:06d}Z") for i in range(100)
        ]
        forge.answers(_TIMELINE, entries, headers=more)
    assert await GitHubBacklog(forge.client()).labelled("o/r", 7, "claude") is None
