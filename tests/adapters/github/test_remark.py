"""Review comments: on lines where GitHub takes them, as text where it does not, and once a commit."""

from typing import Any

import pytest

from adapters.github.pull_requests import GitHubPullRequests
from domain.errors import Transient
from domain.review import Finding

REVIEWS = "/repos/o/r/pulls/4/reviews"
MARK = "<!-- claude-cluster: review of abc -->"
FINDINGS = (
    Finding(file="a.py", line=3, severity="blocking", text="境界で落ちる, ask @ann; keep `@cache`"),
    Finding(file="b`.py", severity="minor", text="too long"),
)
AS_TEXT = f"{MARK}\n- `a.py:3` **blocking**: 境界で落ちる, ask @\u200bann; keep `@cache`\n- `b'.py` **minor**: too long"


async def test_nothing_to_say_sends_nothing(forge: Any) -> None:
    """Without findings there is no review."""
    await GitHubPullRequests(forge.client()).remark("o/r", 4, "abc", ())
    assert forge.calls == []


async def test_findings_become_one_review(forge: Any) -> None:
    """Line findings stand at their lines, the others in the text; nobody is called by a mention."""
    forge.answers(f"GET {REVIEWS}", [])
    forge.answers(f"POST {REVIEWS}", {"id": 1})
    await GitHubPullRequests(forge.client()).remark("o/r", 4, "abc", FINDINGS)
    assert forge.calls[1].body == {
        "commit_id": "abc",
        "event": "COMMENT",
        "body": f"{MARK}\n- `b'.py` **minor**: too long",
        "comments": [
            {
                "path": "a.py",
                "line": 3,
                "side": "RIGHT",
                "body": "**blocking**: 境界で落ちる, ask @\u200bann; keep `@cache`",
            }
        ],
    }


async def test_a_refused_line_makes_one_text(forge: Any) -> None:
    """A line outside the diff loses the place, not the remark."""
    forge.answers(f"GET {REVIEWS}", [])
    forge.answers(f"POST {REVIEWS}", {"message": "Unprocessable", "errors": ["Line could not be resolved"]}, 422)
    forge.answers(f"POST {REVIEWS}", {"id": 1})
    await GitHubPullRequests(forge.client()).remark("o/r", 4, "abc", FINDINGS)
    assert forge.calls[2].body == {"event": "COMMENT", "body": AS_TEXT}


async def test_a_server_without_reviews_gets_none(forge: Any) -> None:
    """Where reviews are unknown the remarks stand in the pull request's own text, and nobody is told twice."""
    forge.answers(f"GET {REVIEWS}", {"message": "Not Found"}, 404)
    forge.answers(f"POST {REVIEWS}", {"message": "Not Found"}, 404)
    await GitHubPullRequests(forge.client()).remark("o/r", 4, "abc", FINDINGS)
    assert len(forge.calls) == 2


async def test_the_same_commit_is_reviewed_once(forge: Any) -> None:
    """A retry after a lost answer finds the review by its mark."""
    remarks = GitHubPullRequests(forge.client())
    forge.answers(f"GET {REVIEWS}", [{"id": 1, "body": "other"}, {"id": 2, "body": None}])
    forge.answers(f"POST {REVIEWS}", {"message": "oops"}, 500)
    with pytest.raises(Transient):
        await remarks.remark("o/r", 4, "abc", FINDINGS)
    forge.answers(f"GET {REVIEWS}", [{"id": 3, "body": f"{MARK}\n"}])
    await remarks.remark("o/r", 4, "abc", FINDINGS)
    assert len(forge.calls) == 3
