"""A machine that knows nothing of earlier work, and people who were there first."""

from typing import Any

import pytest

pytestmark = pytest.mark.slow


def test_another_machine_finds_our_pull_request(stage: Any) -> None:
    """With an empty state folder there is still one pull request, one branch that moved forward, one comment.

    Once a person has closed it, it is not opened again: the next run is blocked and pays nothing.
    """
    stage.writes("Write the news")
    issue = stage.issue("Write the news", "Please add a NEWS.md.")
    first = stage.workflow(issue).object()
    second = stage.elsewhere().workflow(issue)
    told = second.object()
    assert (second.code, told["outcome"]) == (0, "updated"), second.stderr
    assert told["pull_request"]["number"] == first["pull_request"]["number"]
    traces = stage.traces()
    assert (traces.branches, len(traces.pulls), len(traces.comments)) == ((f"claude/issue-{issue}",), 1, 1)
    git = stage.rehearsal.forge.repository("rehearsal/shop").git
    assert git.is_ancestor(first["pull_request"]["head_sha"], told["pull_request"]["head_sha"])
    _close(stage, told["pull_request"]["number"])
    paid = stage.paid()
    third = stage.workflow(issue)
    assert (third.code, third.object()["outcome"], stage.paid()) == (3, "blocked", paid), third.stderr
    assert f"#{told['pull_request']['number']}" in third.object()["reason"]


def test_somebody_elses_pull_request_blocks(stage: Any) -> None:
    """Exit code 3 with their number in the reason; nothing is paid and nothing left on the forge."""
    _theirs(stage, "mina-fix", "Closes #1")
    done = stage.workflow(1)
    told = done.object()
    assert (done.code, told["outcome"]) == (3, "blocked"), done.stderr
    assert told["reason"] == "pull request #4 by mina-web is already open for this issue"
    assert (stage.paid(), stage.traces().branches, stage.traces().comments) == (0, (), ())


def test_commits_of_others_on_our_branch_are_left_alone(stage: Any) -> None:
    """Work goes to a branch beside it; what somebody pushed is where it was."""
    stage.writes("Write the news")
    issue = stage.issue("Write the news", "Please add a NEWS.md.")
    theirs = stage.rehearsal.forge.commit("rehearsal/shop", f"claude/issue-{issue}", {"mine.txt": "mine\n"}, "Mine")
    told = stage.workflow(issue).object()
    assert told["pull_request"]["branch"] == f"claude/issue-{issue}-2"
    assert stage.rehearsal.forge.branch_sha("rehearsal/shop", f"claude/issue-{issue}") == theirs


def _theirs(stage: Any, branch: str, body: str) -> None:
    """Somebody else's pull request."""
    forge = stage.rehearsal.forge
    forge.commit("rehearsal/shop", branch, {"shop/pagination.py": "# fixed\n"}, "Fix it", "mina-web")
    forge.add_token("mina-token", "mina-web")
    forge.set_permission("rehearsal/shop", "mina-web", "write")
    stage.rest("POST", "pulls", {"title": "Fix it", "head": branch, "base": "main", "body": body}, "mina-token")


def _close(stage: Any, number: int) -> None:
    """A maintainer closes a pull request."""
    stage.rehearsal.forge.add_token("maintainer-token", stage.rehearsal.maintainer)
    stage.rest("PATCH", f"pulls/{number}", {"state": "closed"}, "maintainer-token")
