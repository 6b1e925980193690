"""Everything but what others would see."""

from typing import Any


def test_a_dry_run_shows_the_diff_and_leaves_nothing(stage: Any) -> None:
    """No branch, no comment, no pull request; the diff, the receipt and `"dry_run": true` are in the result."""
    done = stage.workflow(1, "--dry-run")
    told = done.object()
    assert (done.code, told["dry_run"], told["pull_request"]) == (0, True, None), done.stderr
    assert (told["outcome"], told["receipt"]["broken"], len(told["receipt"]["fixed"])) == ("opened", [], 4)
    assert "+++ b/shop/pagination.py" in told["diff"]
    assert "-(-self.total // self.per_page)" in told["diff"]
    assert (stage.traces().branches, stage.traces().pulls, stage.traces().comments) == ((), (), ())


def test_a_dry_run_does_not_stand_for_a_real_one(stage: Any) -> None:
    """The real run after it works on the issue and opens the pull request."""
    stage.writes("Write the news")
    issue = stage.issue("Write the news", "Please add a NEWS.md.")
    assert stage.workflow(issue, "--dry-run").object()["dry_run"] is True
    told = stage.workflow(issue).object()
    assert ("dry_run" in told, told["outcome"], stage.traces().branches) == (
        False,
        "opened",
        (f"claude/issue-{issue}",),
    )
