"""The model refuses: one clear line, exit code 1, nothing on the forge."""

from typing import Any

import pytest

from demo.model import Mishap

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("authentication", "Claude authentication failed"),
        ("billing", "credit balance"),
        ("rate_limit", "Rate limit exceeded"),
    ],
)
def test_the_model_refuses(stage: Any, kind: Any, line: str) -> None:
    """Within a minute the run ends with the service's reason; branch, pull request and comment are not there."""
    stage.rehearsal.model.mishap(Mishap(kind=kind, times=None, retry_after=1 if kind == "rate_limit" else None))
    done = stage.cli("workflow", "--issue", 1, "--repo", "rehearsal/shop")
    assert (done.code, done.stdout) == (1, ""), done.stderr
    assert line in done.error
    assert done.seconds < 100
    assert (stage.traces().branches, stage.traces().pulls, stage.traces().comments) == ((), (), ())


def test_a_failed_run_goes_on_when_the_cause_is_gone(stage: Any) -> None:
    """The same command again ends in the one pull request, as the same task and the same attempt."""
    stage.writes("Write the news")
    issue = stage.issue("Write the news", "Please add a NEWS.md.")
    stage.rehearsal.model.mishap(Mishap(kind="authentication", turn=1))
    failed = stage.workflow(issue)
    told = failed.object()
    assert (failed.code, told["outcome"], stage.traces().pulls) == (1, "failed", ())
    status = stage.cli("status", "--task-id", told["task_id"], "--json").object()
    assert status["status"] == "failed"
    again = stage.cli("run-task", told["task_id"], "--json")
    result = again.object()
    assert (again.code, result["task_id"], result["attempt"]) == (0, told["task_id"], 1), again.stderr
    assert result["outcome"] == "opened"
