"""The forge's pull requests: opening, following the branch, reviews, drafts, merging, search."""

from typing import Any

import httpx
import pytest

from demo.forge import Forge
from demo.rehearsal import Rehearsal

REPO = "rehearsal/shop"
TEXT = {"title": "Add a module", "head": "claude/issue-1", "base": "main", "body": "Fixes #1"}


@pytest.fixture
def opened(api: httpx.Client, branch: str) -> dict[str, Any]:
    """An open pull request."""
    made = api.post("/pulls", json=TEXT)
    assert made.status_code == 201, made.text
    return dict(made.json())


def errors(response: httpx.Response) -> tuple[int, list[dict[str, str]]]:
    """Status and errors of a refusal."""
    assert response.json()["message"] == "Validation Failed"
    return response.status_code, response.json()["errors"]


def test_a_pull_request_has_what_its_readers_need(opened: dict[str, Any], branch: str, rehearsal: Rehearsal) -> None:
    """Numbers go on from the issues; head and base say branch, commit and repository."""
    assert (opened["number"], opened["state"], opened["draft"], opened["merged"]) == (4, "open", False, False)
    assert (opened["head"]["ref"], opened["head"]["label"], opened["head"]["sha"]) == (
        "claude/issue-1",
        "rehearsal:claude/issue-1",
        branch,
    )
    assert (opened["base"]["ref"], opened["base"]["repo"]["full_name"]) == ("main", REPO)
    assert (opened["commits"], opened["additions"], opened["deletions"], opened["changed_files"]) == (1, 2, 0, 1)
    assert (opened["mergeable"], opened["mergeable_state"]) == (True, "clean")
    assert opened["html_url"] == f"{rehearsal.server_url}/{REPO}/pull/4"


def test_a_second_one_is_refused(api: httpx.Client, opened: dict[str, Any]) -> None:
    """In the very words that clients match, whether the head names its owner or not."""
    told = {
        "resource": "PullRequest",
        "code": "custom",
        "message": "A pull request already exists for rehearsal:claude/issue-1.",
    }
    assert errors(api.post("/pulls", json=TEXT)) == (422, [told])
    assert errors(api.post("/pulls", json=TEXT | {"head": "rehearsal:claude/issue-1"})) == (422, [told])


def test_what_cannot_be_opened(api: httpx.Client, branch: str, visitor: httpx.Client) -> None:
    """A missing head, a missing base, nothing to merge, a body too long, a reader."""
    bad = {"resource": "PullRequest", "code": "invalid"}
    assert errors(api.post("/pulls", json=TEXT | {"head": "none"})) == (422, [bad | {"field": "head"}])
    assert errors(api.post("/pulls", json=TEXT | {"base": "none"})) == (422, [bad | {"field": "base"}])
    empty = {"resource": "PullRequest", "code": "custom", "message": "No commits between main and main"}
    assert errors(api.post("/pulls", json=TEXT | {"head": "main"})) == (422, [empty])
    status, told = errors(api.post("/pulls", json=TEXT | {"body": "x" * 65_537}))
    assert (status, told[0]["resource"], told[0]["field"]) == (422, "Issue", "body")
    assert visitor.post("/pulls", json=TEXT).status_code == 403


def test_the_issue_of_its_number_is_the_pull_request(api: httpx.Client, opened: dict[str, Any]) -> None:
    """GET issues/N answers too, and says so with the key pull_request; lists have it among the issues."""
    shown = api.get("/issues/4").json()
    assert shown["pull_request"]["url"] == opened["url"]
    assert [one["number"] for one in api.get("/issues").json() if "pull_request" in one] == [4]
    assert api.get("/pulls/1").status_code == 404


def test_lists_choose_by_head_base_and_state(api: httpx.Client, opened: dict[str, Any]) -> None:
    """The head is owner:branch; a head without an owner is ignored, as GitHub does."""
    for query, expected in {
        "head=rehearsal:claude/issue-1": [4],
        "head=rehearsal:other": [],
        "head=stranger:claude/issue-1": [],
        "base=main": [4],
        "base=other": [],
        "state=closed": [],
        "state=all&head=rehearsal:claude/issue-1&base=main": [4],
    }.items():
        assert [one["number"] for one in api.get(f"/pulls?{query}").json()] == expected, query


def test_its_head_follows_the_branch(api: httpx.Client, opened: dict[str, Any], forge: Forge) -> None:
    """A push moves it; a deleted branch closes it at its last commit."""
    tip = forge.commit(REPO, "claude/issue-1", {"shop/new.py": "one\n"}, "Shorten")
    assert api.get("/pulls/4").json()["head"]["sha"] == tip
    assert [made["commit"]["message"] for made in api.get("/pulls/4/commits").json()] == ["Add a module", "Shorten"]
    assert api.delete("/git/refs/heads/claude/issue-1").status_code == 204
    closed = api.get("/pulls/4").json()
    assert (closed["state"], closed["head"]["sha"]) == ("closed", tip)


def test_its_files_have_patches(api: httpx.Client, forge: Forge) -> None:
    """Added, removed, renamed and changed files are told apart, with the patch of each."""
    readme = forge.repository(REPO).git.run("show", "main:README.md")
    files = {
        "CONTRIBUTING.md": None,
        "README.md": None,
        "LIES.md": readme,
        "ü x.txt": "é\n",
        "shop/__init__.py": '"""New."""\n',
    }
    forge.commit(REPO, "claude/issue-1", files, "Many")
    api.post("/pulls", json=TEXT)
    listed = {one["filename"]: one for one in api.get("/pulls/4/files").json()}
    assert {name: one["status"] for name, one in listed.items()} == {
        "CONTRIBUTING.md": "removed",
        "LIES.md": "renamed",
        "shop/__init__.py": "modified",
        "ü x.txt": "added",
    }
    assert listed["LIES.md"]["previous_filename"] == "README.md"
    assert listed["ü x.txt"]["patch"] == "@@ -0,0 +1 @@\n+é"
    assert (listed["shop/__init__.py"]["additions"], listed["shop/__init__.py"]["deletions"]) == (1, 1)


def test_it_is_changed_and_closed(api: httpx.Client, opened: dict[str, Any]) -> None:
    """Title, body and state by PATCH; REST has no way to un-draft."""
    changed = api.patch("/pulls/4", json={"title": "Better", "body": "Fixes #2", "draft": True}).json()
    assert (changed["title"], changed["body"], changed["draft"]) == ("Better", "Fixes #2", False)
    assert api.patch("/pulls/4", json={"state": "closed"}).json()["state"] == "closed"


@pytest.mark.parametrize("path", ["/api/graphql", "/graphql", "/api/v3/graphql"])
def test_drafts_become_ready_by_graphql(api: httpx.Client, branch: str, rehearsal: Rehearsal, path: str) -> None:
    """The mutation takes the node id as a variable, nested or plain, or inline."""
    made = api.post("/pulls", json=TEXT | {"draft": True}).json()
    assert (made["draft"], made["mergeable_state"]) == (True, "draft")
    query = (
        "mutation($id: ID!) { markPullRequestReadyForReview(input: {pullRequestId: $id}) { pullRequest { isDraft } } }"
    )
    done = api.post(rehearsal.server_url + path, json={"query": query, "variables": {"id": made["node_id"]}}).json()
    assert done["data"]["markPullRequestReadyForReview"]["pullRequest"]["isDraft"] is False
    assert api.get("/pulls/4").json()["draft"] is False
    inline = f'mutation {{ convertPullRequestToDraft(input: {{pullRequestId: "{made["node_id"]}"}}) {{ id }} }}'
    api.post(rehearsal.server_url + path, json={"query": inline})
    assert api.get("/pulls/4").json()["draft"] is True


def test_graphql_says_what_it_cannot_do(api: httpx.Client, rehearsal: Rehearsal) -> None:
    """Errors come with status 200, as GitHub sends them."""
    query = "mutation($id: ID!) { markPullRequestReadyForReview(input: {pullRequestId: $id}) { clientMutationId } }"
    missing = api.post(f"{rehearsal.server_url}/api/graphql", json={"query": query, "variables": {"id": "PR_0"}})
    unknown = api.post(f"{rehearsal.server_url}/api/graphql", json={"query": "{ sponsors }"})
    assert [(one.status_code, one.json()["errors"][0]["type"]) for one in (missing, unknown)] == [
        (200, "NOT_FOUND"),
        (200, "UNSUPPORTED"),
    ]


def test_a_review_stands_on_lines_of_the_diff(api: httpx.Client, opened: dict[str, Any], branch: str) -> None:
    """A line that the diff shows is taken; another line or path is 422 and leaves no review."""
    remark = {"path": "shop/new.py", "line": 2, "side": "RIGHT", "body": "why?"}
    given = api.post(
        "/pulls/4/reviews", json={"event": "COMMENT", "body": "Read.", "commit_id": branch, "comments": [remark]}
    )
    assert (given.status_code, given.json()["state"]) == (200, "COMMENTED")
    for wrong in ({"line": 99}, {"path": "shop/cart.py"}):
        refused = api.post("/pulls/4/reviews", json={"event": "COMMENT", "body": "x", "comments": [remark | wrong]})
        assert (refused.status_code, refused.json()["message"]) == (422, "Unprocessable Entity")
    assert [(note["path"], note["line"], note["body"]) for note in api.get("/pulls/4/comments").json()] == [
        ("shop/new.py", 2, "why?")
    ]
    assert len(api.get("/pulls/4/reviews").json()) == 1


def test_nobody_approves_their_own_work(api: httpx.Client, opened: dict[str, Any]) -> None:
    """422 in GitHub's words."""
    refused = api.post("/pulls/4/reviews", json={"event": "APPROVE"})
    assert (refused.status_code, refused.json()["errors"][0]["message"]) == (
        422,
        "Can not approve your own pull request",
    )


def test_reviewers_are_collaborators(api: httpx.Client, opened: dict[str, Any]) -> None:
    """The author and strangers can't be asked."""
    asked = api.post("/pulls/4/requested_reviewers", json={"reviewers": ["rehearsal-maintainer"]})
    assert [one["login"] for one in asked.json()["requested_reviewers"]] == ["rehearsal-maintainer"]
    for login in ("rehearsal-bot", "stranger"):
        assert api.post("/pulls/4/requested_reviewers", json={"reviewers": [login]}).status_code == 422


def test_merging_closes_what_the_body_says(api: httpx.Client, opened: dict[str, Any], forge: Forge) -> None:
    """The base moves, the pull request is merged, issue 1 is closed and knows by whom."""
    merged = api.put("/pulls/4/merge", json={"merge_method": "squash"}).json()
    assert merged["merged"] is True
    assert forge.branch_sha(REPO, "main") == merged["sha"]
    shown = api.get("/pulls/4").json()
    assert (shown["state"], shown["merged"], shown["merge_commit_sha"], shown["commits"]) == (
        "closed",
        True,
        merged["sha"],
        1,
    )
    assert (api.get("/issues/1").json()["state"], api.get("/issues/2").json()["state"]) == ("closed", "open")
    assert api.get("/pulls/4/merge").status_code == 204
    assert api.put("/pulls/4/merge").status_code == 405


def test_conflicts_and_drafts_are_not_merged(api: httpx.Client, forge: Forge, opened: dict[str, Any]) -> None:
    """A conflict shows as dirty and is 405; so is a draft; a stale sha is 409."""
    assert api.put("/pulls/4/merge", json={"sha": "0" * 40}).status_code == 409
    forge.commit(REPO, "main", {"shop/new.py": "other\n"}, "Same file")
    assert (api.get("/pulls/4").json()["mergeable"], api.get("/pulls/4").json()["mergeable_state"]) == (False, "dirty")
    assert api.put("/pulls/4/merge").status_code == 405


def test_a_pull_request_is_cross_referenced(api: httpx.Client, opened: dict[str, Any]) -> None:
    """The issue's timeline names the pull request that mentions it."""
    found = [one for one in api.get("/issues/1/timeline").json() if one["event"] == "cross-referenced"]
    assert [one["source"]["issue"]["number"] for one in found] == [4]
    assert found[0]["source"]["issue"]["pull_request"]["html_url"] == opened["html_url"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (f"repo:{REPO} is:pr is:open", [4]),
        (f"repo:{REPO} is:issue label:bug", [2, 1]),
        (f"repo:{REPO} is:open -label:bug is:issue", [3]),
        (f'repo:{REPO} is:pr "Fixes #1" in:body', [4]),
        (f"repo:{REPO} is:pr head:claude/issue-1 author:rehearsal-bot", [4]),
        ("repo:rehearsal/none is:pr", []),
        (f"repo:{REPO} 四捨五入", [2]),
    ],
)
def test_search(
    api: httpx.Client, opened: dict[str, Any], rehearsal: Rehearsal, query: str, expected: list[int]
) -> None:
    """Qualifiers and words together choose, newest first."""
    found = api.get(f"{rehearsal.api_url}/search/issues", params={"q": query}).json()
    assert ([one["number"] for one in found["items"]], found["total_count"]) == (expected, len(expected))
