"""Everything but what others would see."""

from typing import Any

import pytest

pytestmark = pytest.mark.slow


def test_a_dry_run_shows_the_diff_and_leaves_nothing(stage: Any) -> None:
    """No branch, no comment, no pull request; the diff, the receipt and `"dry_run": true` are in the result.

    It does not stand for a real run: that one works on the issue and opens the pull request.
    """
    done = stage.workflow(1, "--dry-run")
    told = done.object()
    assert (done.code, told["dry_run"], told["pull_request"]) == (0, True, None), done.stderr
    assert (told["outcome"], told["receipt"]["broken"], len(told["receipt"]["fixed"])) == ("opened", [], 4)
    assert "+++ b/shop/pagination.py" in told["diff"]
    assert "-(-self.total // self.per_page)" in told["diff"]
    traces = stage.traces()
    assert (traces.branches, traces.pulls, traces.comments) == ((), (), ())
    real = stage.workflow(1).object()
    assert ("dry_run" in real, real["outcome"], real["pull_request"]["branch"]) == (False, "opened", "claude/issue-1")
