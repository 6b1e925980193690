"""Draft and ready: through GraphQL where it is, and left alone where it is not."""

from typing import Any

import pytest

from adapters.github.pull_requests import GitHubPullRequests
from domain.pull_request import PullRequestText

PULLS = "/repos/o/r/pulls"
DRAFT_DONE = {"data": {"convertPullRequestToDraft": {"clientMutationId": None}}}


def _pull(**fields: object) -> dict[str, object]:
    head = {"ref": "claude/issue-9", "sha": "abc"}
    return {"number": 4, "node_id": "PR_4", "state": "open", "head": head, **fields}


def _wanted(*, draft: bool = False) -> PullRequestText:
    return PullRequestText(title="Fix", body="Closes #9", draft=draft, branch="claude/issue-9", base="main")


@pytest.mark.parametrize(
    ("api", "path"),
    [
        ("https://api.github.com", "/graphql"),
        ("https://ghe.example/api/v3", "/api/graphql"),
        ("http://127.0.0.1:3000/api/v1", "/api/v1/graphql"),
    ],
)
@pytest.mark.parametrize("draft", [True, False])
async def test_draft_and_ready_are_set_where_graphql_is(forge: Any, api: str, path: str, draft: bool) -> None:
    """The mutation goes to the GraphQL address that belongs to the API's address."""
    prefix = api.partition("//")[2].partition("/")[2]
    rest = f"/{prefix}{PULLS}" if prefix else PULLS
    forge.answers(f"PATCH {rest}/4", _pull(draft=not draft))
    forge.answers(f"POST {path}", DRAFT_DONE)
    updated = await GitHubPullRequests(forge.client(github_api_url=api)).update("o/r", 4, _wanted(draft=draft))
    assert updated.draft is draft
    assert forge.calls[1].body["variables"] == {"id": "PR_4"}
    mutation = "convertPullRequestToDraft" if draft else "markPullRequestReadyForReview"
    assert mutation in forge.calls[1].body["query"]


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ({"message": "Not Found"}, 404),
        ({"message": "Resource not accessible by integration"}, 403),
        ({"message": "no"}, 501),
        ({"data": None, "errors": [{"type": "FORBIDDEN", "message": "no"}]}, 200),
        (b"<!doctype html>", 200),
    ],
)
async def test_without_graphql_the_draft_state_stays(forge: Any, answer: object, status: int) -> None:
    """A server that cannot change it does not fail the update, and the answer tells the truth."""
    forge.answers(f"PATCH {PULLS}/4", _pull(draft=True))
    forge.answers("POST /graphql", answer, status)
    assert (await GitHubPullRequests(forge.client()).update("o/r", 4, _wanted(draft=False))).draft is True


async def test_without_an_id_graphql_is_not_asked(forge: Any) -> None:
    """A stand-in that gives no node id has no GraphQL."""
    forge.answers(f"PATCH {PULLS}/4", _pull(draft=True, node_id=""))
    assert (await GitHubPullRequests(forge.client()).update("o/r", 4, _wanted())).draft is True
