"""Pull requests: looked up before they are created, updated in place, and never lost to an extra."""

from typing import Any

import pytest

from adapters.github.pull_requests import GitHubPullRequests
from adapters.github.text import BODY_LIMIT
from domain.errors import PermissionDenied, Rejected, Transient
from domain.pull_request import PullRequest, PullRequestText

PULLS = "/repos/o/r/pulls"
EXISTS = {
    "message": "Validation Failed",
    "errors": [
        {
            "resource": "PullRequest",
            "code": "custom",
            "message": "A pull request already exists for o:claude/issue-9.",
        }
    ],
}
NO_DRAFTS = {"message": "Draft pull requests are not supported in this repository."}


def _pull(number: int = 4, **fields: object) -> dict[str, object]:
    return {
        "number": number,
        "node_id": f"PR_{number}",
        "html_url": f"https://github.com/o/r/pull/{number}",
        "state": "open",
        "draft": False,
        "title": "Fix",
        "body": "Closes #9",
        "user": {"login": "us"},
        "head": {"ref": "claude/issue-9", "sha": "abc", "label": "o:claude/issue-9", "repo": {"id": 7}},
        "base": {"ref": "main", "sha": "def", "repo": {"id": 7}},
        **fields,
    }


def _head(**fields: object) -> dict[str, object]:
    return {"ref": "claude/issue-9", "sha": "abc", "repo": {"id": 7}, **fields}


def _wanted(**fields: object) -> PullRequestText:
    text = {"title": "Fix", "body": "Closes #9", "draft": False, "branch": "claude/issue-9", "base": "main"}
    return PullRequestText.model_validate({**text, **fields})


READ = PullRequest(
    number=4,
    url="https://github.com/o/r/pull/4",
    draft=False,
    branch="claude/issue-9",
    head_sha="abc",
    base="main",
    author="us",
    title="Fix",
    body="Closes #9",
)


async def test_on_branch_asks_for_the_branch_and_reads_every_state(forge: Any) -> None:
    """Newest first, and merged is told from closed by the time of the merge."""
    merged = _pull(1, state="closed", merged_at="2026-11-02T03:04:05Z")
    forge.answers(f"GET {PULLS}", [merged, _pull(4), _pull(3, state="closed", merged_at=None)])
    found = await GitHubPullRequests(forge.client()).on_branch("o/r", "claude/issue-9")
    assert [(p.number, p.state) for p in found] == [(4, "open"), (3, "closed"), (1, "merged")]
    assert found[0] == READ
    assert forge.calls[0].query == {
        "state": "all",
        "head": "o:claude/issue-9",
        "sort": "created",
        "direction": "desc",
        "per_page": "100",
        "page": "1",
    }


@pytest.mark.parametrize(
    ("found", "same"),
    [
        (_head(), True),
        (_head(repo={"id": 8}), False),
        (_head(repo=None, label="eve:claude/issue-9"), False),
        (_head(repo=None, label="O:claude/issue-9"), True),
        (_head(repo=None, label=None), False),
        (_head(ref="claude/issue-90"), False),
    ],
)
async def test_a_server_that_ignores_the_filter_is_filtered_again(
    forge: Any, found: dict[str, object], same: bool
) -> None:
    """A fork's branch of the same name, a longer name, and a deleted fork are not ours."""
    forge.answers(f"GET {PULLS}", [_pull(head=found)])
    numbers = [p.number for p in await GitHubPullRequests(forge.client()).on_branch("o/r", "claude/issue-9")]
    assert numbers == ([4] if same else [])


async def test_a_bare_answer_is_enough(forge: Any) -> None:
    """A stand-in that sends only number and head makes a pull request."""
    forge.answers(f"GET {PULLS}", [{"number": 4, "head": {"ref": "b", "sha": "abc"}}])
    found = await GitHubPullRequests(forge.client()).on_branch("o/r", "b")
    assert found == (PullRequest(number=4, url="", draft=False, branch="b", head_sha="abc", author="ghost"),)


async def test_solving_finds_who_closes_the_issue_in_any_spelling(forge: Any) -> None:
    """Titles and bodies count; another number, another repository, and mere mention do not."""
    said = {
        1: "fixes #9",
        2: "Resolves: o/r#9",
        3: "closed https://github.com/O/R/issues/9.",
        4: "fixes #90",
        5: "closes other/r#9",
        6: "see #9",
        7: None,
    }
    bodies = [_pull(number, body=body) for number, body in said.items()]
    forge.answers(f"GET {PULLS}", [_pull(8, title="Fix #9", body=""), *bodies])
    found = await GitHubPullRequests(forge.client()).solving("o/r", 9)
    assert [p.number for p in found] == [8, 3, 2, 1]
    assert forge.calls[0].query["state"] == "open"


async def test_solving_reads_page_by_page(forge: Any) -> None:
    """The open ones beyond the first hundred are looked through too."""
    forge.answers(f"GET {PULLS}", [_pull(n + 100, body="") for n in range(100)])
    forge.answers(f"GET {PULLS}", [_pull(5)])
    assert [p.number for p in await GitHubPullRequests(forge.client()).solving("o/r", 9)] == [5]


async def test_a_new_one_is_opened_with_labels_and_reviewers(forge: Any) -> None:
    """Looked for, created, labelled, and people and teams asked."""
    forge.answers(f"GET {PULLS}", [])
    forge.answers(f"POST {PULLS}", _pull(draft=True), 201)
    forge.answers("POST /repos/o/r/issues/4/labels", [])
    forge.answers(f"POST {PULLS}/4/requested_reviewers", _pull(), 201)
    text = _wanted(draft=True, labels=("claude", "修正"), reviewers=("ann", "org/team"))
    opened = await GitHubPullRequests(forge.client()).open("o/r", text)
    assert opened == READ.model_copy(update={"draft": True})
    assert [call.body for call in forge.calls] == [
        None,
        {"title": "Fix", "body": "Closes #9", "head": "claude/issue-9", "base": "main", "draft": True},
        {"labels": ["claude", "修正"]},
        {"reviewers": ["ann"], "team_reviewers": ["team"]},
    ]


async def test_an_open_one_is_updated_instead(forge: Any) -> None:
    """Opening twice gives one pull request; who is asked already is not asked again."""
    forge.answers(f"GET {PULLS}", [_pull(title="Old", requested_reviewers=[{"login": "Ann"}])])
    forge.answers(f"PATCH {PULLS}/4", _pull(requested_reviewers=[{"login": "Ann"}]))
    opened = await GitHubPullRequests(forge.client()).open("o/r", _wanted(reviewers=("ann",)))
    assert opened == READ
    assert forge.calls[1].body == {"title": "Fix", "body": "Closes #9"}


async def test_an_open_one_into_another_base_is_pointed_at_ours(forge: Any) -> None:
    """The base that was asked for holds."""
    forge.answers(f"GET {PULLS}", [_pull(base={"ref": "old", "repo": {"id": 7}})])
    forge.answers(f"PATCH {PULLS}/4", _pull())
    assert (await GitHubPullRequests(forge.client()).open("o/r", _wanted())).base == "main"
    assert forge.calls[1].body == {"title": "Fix", "body": "Closes #9", "base": "main"}


async def test_a_closed_one_is_not_reopened(forge: Any) -> None:
    """A server that shows closed ones among the open does not mislead us."""
    forge.answers(f"GET {PULLS}", [_pull(3, state="closed")])
    forge.answers(f"POST {PULLS}", _pull(), 201)
    assert (await GitHubPullRequests(forge.client()).open("o/r", _wanted())).number == 4


@pytest.mark.parametrize(("status", "answer"), [(422, EXISTS), (409, {"message": "pull request already exists"})])
async def test_one_that_exists_after_all_is_found_and_updated(forge: Any, status: int, answer: object) -> None:
    """Somebody was faster, or the owner was renamed: the refusal leads to the one that is there."""
    forge.answers(f"GET {PULLS}", [])
    forge.answers(f"POST {PULLS}", answer, status)
    forge.answers(f"GET {PULLS}", [_pull(5, head=_head(ref="other")), _pull(4)])
    forge.answers(f"PATCH {PULLS}/4", _pull())
    assert await GitHubPullRequests(forge.client()).open("o/r", _wanted()) == READ
    assert "head" not in forge.calls[2].query


async def test_one_that_is_said_to_exist_but_cannot_be_found_is_an_error(forge: Any) -> None:
    """GitHub's words are kept."""
    forge.answers(f"GET {PULLS}", [])
    forge.answers(f"POST {PULLS}", EXISTS, 422)
    forge.answers(f"GET {PULLS}", [])
    with pytest.raises(Rejected, match="A pull request already exists for o:claude/issue-9"):
        await GitHubPullRequests(forge.client()).open("o/r", _wanted())


async def test_where_drafts_are_not_offered_it_opens_ready_and_says_so(forge: Any) -> None:
    """The second try asks for a normal one; the answer's draft is False."""
    forge.answers(f"GET {PULLS}", [])
    forge.answers(f"POST {PULLS}", NO_DRAFTS, 422)
    forge.answers(f"POST {PULLS}", _pull(), 201)
    opened = await GitHubPullRequests(forge.client()).open("o/r", _wanted(draft=True))
    assert (opened.draft, forge.calls[2].body["draft"]) == (False, False)


async def test_other_refusals_are_not_tried_again(forge: Any) -> None:
    """Nothing to merge is the developer's to see, once."""
    forge.answers(f"GET {PULLS}", [])
    refused = {"message": "Validation Failed", "errors": [{"message": "No commits between main and claude/issue-9"}]}
    forge.answers(f"POST {PULLS}", refused, 422)
    with pytest.raises(Rejected) as caught:
        await GitHubPullRequests(forge.client()).open("o/r", _wanted(draft=True))
    assert str(caught.value) == (
        "GitHub rejected the request about a pull request from claude/issue-9:"
        " Validation Failed; No commits between main and claude/issue-9"
    )


async def test_a_lost_answer_does_not_open_two(forge: Any) -> None:
    """A creation that the server failed on is sent once; the caller's retry finds what came of it."""
    pulls = GitHubPullRequests(forge.client())
    forge.answers(f"GET {PULLS}", [])
    forge.answers(f"POST {PULLS}", b"<html>", 502)
    with pytest.raises(Transient):
        await pulls.open("o/r", _wanted())
    forge.answers(f"GET {PULLS}", [_pull()])
    forge.answers(f"PATCH {PULLS}/4", _pull())
    assert await pulls.open("o/r", _wanted()) == READ


async def test_long_titles_and_bodies_fit(forge: Any) -> None:
    """Both go out below GitHub's limits, on whole lines, in any language."""
    forge.answers(f"PATCH {PULLS}/4", _pull())
    await GitHubPullRequests(forge.client()).update("o/r", 4, _wanted(title="修\n正" * 200, body="行\n" * 40_000))
    sent = forge.calls[0].body
    assert len(sent["title"]) == 256
    assert "\n" not in sent["title"]
    assert BODY_LIMIT - 10 < len(sent["body"]) < BODY_LIMIT


async def test_labels_and_reviewers_never_cost_the_pull_request(forge: Any) -> None:
    """What the forge refuses is left out; one bad name does not keep the others from being asked."""
    forge.answers(f"GET {PULLS}", [])
    forge.answers(f"POST {PULLS}", _pull(), 201)
    forge.answers("POST /repos/o/r/issues/4/labels", {"message": "no"}, 403)
    reviewers = f"POST {PULLS}/4/requested_reviewers"
    not_one = {"message": "Reviews may only be requested from collaborators."}
    forge.answers(reviewers, not_one, 422)
    forge.answers(reviewers, not_one, 422)
    forge.answers(reviewers, _pull(), 201)
    text = _wanted(labels=("x",), reviewers=("eve", "ann"))
    assert await GitHubPullRequests(forge.client()).open("o/r", text) == READ
    assert [call.body["reviewers"] for call in forge.calls[3:]] == [["eve", "ann"], ["eve"], ["ann"]]


async def test_missing_rights_are_not_hidden(forge: Any) -> None:
    """A token that may not open pull requests is told so, with the right that it lacks."""
    forge.answers(f"GET {PULLS}", [])
    needs = {"x-accepted-github-permissions": "pull_requests=write"}
    forge.answers(f"POST {PULLS}", {"message": "Resource not accessible by personal access token"}, 403, needs)
    with pytest.raises(PermissionDenied, match="the token needs pull_requests=write"):
        await GitHubPullRequests(forge.client()).open("o/r", _wanted())
