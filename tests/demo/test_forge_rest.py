"""The forge's REST API: repositories, issues, comments, labels, rights."""

import httpx
import pytest

from demo.forge import Forge
from demo.rehearsal import Rehearsal

REPO = "rehearsal/shop"


def message(response: httpx.Response) -> tuple[int, str]:
    """Status and message of an error."""
    return response.status_code, response.json()["message"]


def test_the_repository_says_what_its_reader_may_do(
    api: httpx.Client, visitor: httpx.Client, rehearsal: Rehearsal, home: str
) -> None:
    """Permissions are those of the person behind the token; the id is the database id."""
    mine, theirs = api.get(home).json(), visitor.get(home).json()
    assert mine["permissions"] == {"admin": False, "maintain": False, "push": True, "triage": True, "pull": True}
    assert theirs["permissions"] == {"admin": False, "maintain": False, "push": False, "triage": False, "pull": True}
    assert isinstance(mine["id"], int)
    assert (mine["full_name"], mine["default_branch"], mine["private"], mine["archived"]) == (
        REPO,
        "main",
        False,
        False,
    )
    assert (mine["owner"]["login"], mine["html_url"]) == ("rehearsal", f"{rehearsal.server_url}/{REPO}")
    assert mine["clone_url"] == f"{rehearsal.server_url}/{REPO}.git"


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer wrong"}, {"authorization": "Basic eDp5"}])
def test_a_wrong_token_is_refused(rehearsal: Rehearsal, headers: dict[str, str]) -> None:
    """Missing, wrong, or of another kind: 401 Bad credentials."""
    assert message(httpx.get(f"{rehearsal.api_url}/user", headers=headers)) == (401, "Bad credentials")


def test_who_the_token_is(rehearsal: Rehearsal, api: httpx.Client) -> None:
    """GET /user names the person of the token."""
    assert api.get(f"{rehearsal.api_url}/user").json()["login"] == rehearsal.login


def test_branches_and_refs(api: httpx.Client, forge: Forge) -> None:
    """A branch may have slashes in its name; its commit is its tip."""
    tip = forge.commit(REPO, "feature/a/b", {"a.txt": "a\n"}, "A")
    assert api.get("/branches/feature/a/b").json()["commit"]["sha"] == tip
    assert api.get("/git/ref/heads/feature/a/b").json()["object"] == {"sha": tip, "type": "commit"}
    assert message(api.get("/branches/none")) == (404, "Branch not found")
    assert message(api.get("/git/ref/heads/none")) == (404, "Not Found")
    assert [made["commit"]["message"] for made in api.get("/commits?sha=feature/a/b&per_page=2").json()] == [
        "A",
        "Search products by name",
    ]


def test_an_empty_repository(forge: Forge, api: httpx.Client, rehearsal: Rehearsal) -> None:
    """It has no branch (404), and its refs and commits are a conflict (409)."""
    forge.create_repository("rehearsal/empty")
    base = f"{rehearsal.api_url}/repos/rehearsal/empty"
    assert message(api.get(f"{base}/branches/main")) == (404, "Branch not found")
    assert message(api.get(f"{base}/git/ref/heads/main")) == (409, "Git Repository is empty.")
    assert message(api.get(f"{base}/commits")) == (409, "Git Repository is empty.")


def test_what_is_hidden_is_missing(forge: Forge, api: httpx.Client, rehearsal: Rehearsal) -> None:
    """A private repository without a right, an unknown one, an unknown path: all 404 alike."""
    forge.create_repository("rehearsal/secret", private=True)
    for path in ("repos/rehearsal/secret", "repos/rehearsal/none", f"repos/{REPO}/issues/99", "nonsense"):
        assert message(api.get(f"{rehearsal.api_url}/{path}")) == (404, "Not Found")


def test_a_renamed_repository_redirects(forge: Forge, api: httpx.Client, rehearsal: Rehearsal, home: str) -> None:
    """301 to the address by id, which keeps the rest of the path and the query."""
    forge.rename(REPO, "rehearsal/store")
    moved = api.get("/issues/1/comments?page=2")
    assert message(moved) == (301, "Moved Permanently")
    number = forge.repository("rehearsal/store").id
    assert moved.headers["location"] == f"{rehearsal.api_url}/repositories/{number}/issues/1/comments?page=2"
    assert api.get(home, follow_redirects=True).json()["full_name"] == "rehearsal/store"


def test_the_three_sample_issues_are_open(api: httpx.Client) -> None:
    """English, Japanese, and one that is too vague, newest first."""
    listed = api.get("/issues").json()
    assert [(one["number"], one["user"]["login"]) for one in listed] == [
        (3, "weekend-buyer"),
        (2, "sato-keiri"),
        (1, "mina-web"),
    ]
    assert "pull_request" not in listed[0]


def test_the_timeline_names_who_labelled(api: httpx.Client) -> None:
    """A labeled event has its actor, which is not the issue's author."""
    events = api.get("/issues/1/timeline").json()
    assert [(one["event"], one["actor"]["login"], one["label"]["name"]) for one in events] == [
        ("labeled", "rehearsal-maintainer", "bug"),
        ("labeled", "rehearsal-maintainer", "backend"),
    ]


def test_comments_are_made_changed_and_deleted(api: httpx.Client) -> None:
    """Each answers with the comment as it is; a deleted one is missing."""
    made = api.post("/issues/1/comments", json={"body": "one"})
    number = made.json()["id"]
    assert (made.status_code, made.json()["user"]["login"]) == (201, "rehearsal-bot")
    assert api.patch(f"/issues/comments/{number}", json={"body": "two"}).json()["body"] == "two"
    assert [note["body"] for note in api.get("/issues/1/comments").json()] == ["two"]
    assert api.delete(f"/issues/comments/{number}").status_code == 204
    assert api.get(f"/issues/comments/{number}").status_code == 404


def test_a_body_over_the_limit_is_refused(api: httpx.Client) -> None:
    """65,536 characters pass; one more is 422, in the words of each resource."""
    assert api.post("/issues/1/comments", json={"body": "x" * 65_536}).status_code == 201
    comment = api.post("/issues/1/comments", json={"body": "x" * 65_537})
    issue = api.post("/issues", json={"title": "t", "body": "x" * 65_537})
    assert (comment.status_code, issue.status_code) == (422, 422)
    assert {key: comment.json()["errors"][0][key] for key in ("resource", "code", "field")} == {
        "resource": "IssueComment",
        "code": "unprocessable",
        "field": "data",
    }
    assert (issue.json()["errors"][0]["resource"], issue.json()["errors"][0]["field"]) == ("Issue", "body")


def test_labels_are_put_on_and_taken_off(api: httpx.Client, visitor: httpx.Client) -> None:
    """Once each; only somebody with triage rights may; one that is not there is missing."""
    assert [one["name"] for one in api.post("/issues/2/labels", json={"labels": ["claude", "bug"]}).json()] == [
        "bug",
        "claude",
    ]
    assert api.delete("/issues/2/labels/claude").status_code == 200
    assert message(api.delete("/issues/2/labels/claude")) == (404, "Label does not exist")
    assert visitor.post("/issues/2/labels", json=["claude"]).status_code == 403
    assert [one["event"] for one in api.get("/issues/2/events").json()] == ["labeled", "labeled", "unlabeled"]


def test_a_locked_issue_takes_comments_from_writers_alone(api: httpx.Client, visitor: httpx.Client) -> None:
    """403 in GitHub's words for everybody else."""
    assert api.put("/issues/1/lock").status_code == 204
    refused = visitor.post("/issues/1/comments", json={"body": "me too"})
    assert message(refused) == (403, "Unable to create comment because issue is locked.")
    assert api.post("/issues/1/comments", json={"body": "we"}).status_code == 201


def test_an_issue_is_closed_with_its_reason(api: httpx.Client) -> None:
    """State, reason, time and person are told; the open list has it no more."""
    closed = api.patch("/issues/3", json={"state": "closed", "state_reason": "not_planned"}).json()
    assert (closed["state"], closed["state_reason"], closed["closed_by"]["login"]) == (
        "closed",
        "not_planned",
        "rehearsal-bot",
    )
    assert [one["number"] for one in api.get("/issues").json()] == [2, 1]
    assert [one["number"] for one in api.get("/issues?state=all&labels=Bug&direction=asc").json()] == [1, 2]


@pytest.mark.parametrize(
    ("login", "expected"),
    [
        ("rehearsal", ("admin", "admin")),
        ("rehearsal-maintainer", ("write", "maintain")),
        ("mina-web", ("read", "read")),
    ],
)
def test_what_somebody_may_do(api: httpx.Client, login: str, expected: tuple[str, str]) -> None:
    """The permission is the old word, the role name the new one; who is not listed may read a public repository."""
    found = api.get(f"/collaborators/{login}/permission").json()
    assert (found["permission"], found["role_name"]) == expected


def test_permissions_are_for_writers(api: httpx.Client, visitor: httpx.Client) -> None:
    """A reader may not ask, and a stranger is missing."""
    assert visitor.get("/collaborators/mina-web/permission").status_code == 403
    assert api.get("/collaborators/nobody-at-all/permission").status_code == 404


def test_an_archived_repository_is_read_only(api: httpx.Client, forge: Forge, home: str) -> None:
    """Reading goes on, writing is 403."""
    forge.repository(REPO).archived = True
    assert api.get(home).json()["archived"] is True
    assert message(api.post("/issues/1/comments", json={"body": "x"})) == (
        403,
        "Repository was archived so is read-only.",
    )


def test_a_token_may_be_read_only_in_one_scope(api: httpx.Client, forge: Forge, branch: str) -> None:
    """A fine-grained token of somebody who may push can still be unable to open pull requests."""
    forge.add_token("narrow", "rehearsal-bot", read_only=frozenset({"pull_requests"}))
    refused = api.post(
        "/pulls",
        json={"title": "t", "head": "claude/issue-1", "base": "main"},
        headers={"authorization": "Bearer narrow"},
    )
    assert message(refused) == (403, "Resource not accessible by personal access token")


def test_lists_come_page_by_page(api: httpx.Client, rehearsal: Rehearsal) -> None:
    """The Link header leads on, and stops at the last page."""
    first = api.get("/issues?per_page=2")
    assert [one["number"] for one in first.json()] == [3, 2]
    assert first.links["next"]["url"] == f"{rehearsal.api_url}/repos/{REPO}/issues?per_page=2&page=2"
    second = api.get(first.links["next"]["url"])
    assert [one["number"] for one in second.json()] == [1]
    assert "next" not in second.links


def test_what_has_not_changed_is_free(api: httpx.Client) -> None:
    """A matching ETag gives 304 and spends nothing of the rate limit."""
    first = api.get("/issues/1")
    again = api.get("/issues/1", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["x-ratelimit-remaining"] == first.headers["x-ratelimit-remaining"] == "4999"
    api.post("/issues/1/comments", json={"body": "new"})
    assert api.get("/issues/1", headers={"if-none-match": first.headers["etag"]}).status_code == 200


def test_broken_json_is_a_bad_request(api: httpx.Client) -> None:
    """400 in GitHub's words."""
    assert message(api.post("/issues", content=b"{")) == (400, "Problems parsing JSON")
