"""An issue in, a pull request out: what the forge, Prefect and the caller see of it."""

from typing import Any

import pytest

_TOP = {
    *("task_id", "flow_run_id", "repo", "issue", "outcome", "reason", "attempt", "pull_request", "routing"),
    *("receipt", "review", "spend", "timing"),
}
_NESTED = {
    "pull_request": {"number", "url", "draft", "branch", "head_sha"},
    "routing": {"primary", "secondary", "scores"},
    "receipt": {"command", "base", "head", "fixed", "broken", "already_failing", "flaky", "new", "tampered"},
    "review": {"agent", "verdict"},
    "spend": {"cost_usd", "calls", "input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens"},
    "timing": {"total_s", "model_s", "tests_s", "overhead_s"},
}


@pytest.fixture(scope="module")
def done(shared: Any) -> Any:
    """The run that these tests look at."""
    return shared.workflow(1)


@pytest.fixture
def told(done: Any) -> dict[str, Any]:
    """Its JSON object."""
    told: dict[str, Any] = done.object()
    return told


def test_it_ends_well(done: Any, told: dict[str, Any]) -> None:
    """The exit code is 0, the outcome opened, and stderr tells of progress only."""
    assert (done.code, told["outcome"], told["reason"]) == (0, "opened", None), done.stderr
    assert "Error" not in done.stderr
    assert "open pull request" in done.stderr


def test_the_object_has_the_fields_of_the_contract(told: dict[str, Any]) -> None:
    """No field is missing and none is there besides, at any depth."""
    assert set(told) == _TOP
    assert {name: set(told[name]) for name in _NESTED} == _NESTED
    assert [set(score) for score in told["routing"]["scores"]] == [{"agent", "score", "reasons"}] * 7
    assert {name: set(told["receipt"][name]) for name in ("base", "head")} == {
        "base": {"passed", "failed", "skipped"},
        "head": {"passed", "failed", "skipped"},
    }


def test_one_pull_request(shared: Any, told: dict[str, Any]) -> None:
    """There is exactly one, from the issue's branch into the default one, at the commit that was told."""
    (pull,) = shared.rehearsal.forge.pulls("rehearsal/shop")
    sha = shared.rehearsal.forge.branch_sha("rehearsal/shop", "claude/issue-1")
    assert (pull.number, pull.pull.head, pull.pull.base, pull.pull.head_sha) == (4, "claude/issue-1", "main", sha)
    assert told["pull_request"] == {
        "number": 4,
        "url": f"{shared.rehearsal.server_url}/rehearsal/shop/pull/4",
        "draft": False,
        "branch": "claude/issue-1",
        "head_sha": sha,
    }


def test_the_body_closes_the_issue_and_shows_the_receipt(shared: Any, told: dict[str, Any]) -> None:
    """The closing keyword and every test that went from red to green stand in the pull request's text."""
    (pull,) = shared.rehearsal.forge.pulls("rehearsal/shop")
    assert "Closes #1" in pull.body
    assert told["receipt"]["command"] in pull.body
    assert told["receipt"]["fixed"]
    assert [test for test in told["receipt"]["fixed"] if test.split("::")[-1] not in pull.body] == []


def test_what_the_reviewer_remarks_stands_on_its_line(shared: Any) -> None:
    """One review of the pushed commit with a comment where the finding is; it judges nothing itself."""
    (pull,) = shared.rehearsal.forge.pulls("rehearsal/shop")
    (review,) = pull.pull.reviews
    (note,) = review.comments
    assert (review.state, review.commit) == ("COMMENTED", pull.pull.head_sha)
    assert (note.path, note.line) == ("shop/pagination.py", 20)
    assert "Rehearsed remark" in note.body
    assert note.body.startswith("**minor**")


def test_the_diff_is_the_fix_and_its_tests(shared: Any) -> None:
    """One commit on the base changes the three files that the specialist changed, and nothing else."""
    git = shared.rehearsal.forge.repository("rehearsal/shop").git
    assert git.run("diff", "--name-only", "main...claude/issue-1").split() == [
        "shop/pagination.py",
        "tests/test_api.py",
        "tests/test_pagination.py",
    ]
    (commit,) = git.commits("main..claude/issue-1")
    assert (commit.author.name, commit.author.email) == ("Rehearsal", "rehearsal@example.invalid")
    assert commit.parents == (git.branch_sha("main"),)


def test_the_receipt_goes_from_red_to_green(told: dict[str, Any]) -> None:
    """The new tests fail on the base and pass on the head; nothing broke."""
    receipt = told["receipt"]
    assert receipt["base"] == {"passed": 32, "failed": 0, "skipped": 0}
    assert receipt["head"] == {"passed": 39, "failed": 0, "skipped": 0}
    assert (len(receipt["fixed"]), receipt["broken"], receipt["tampered"]) == (4, [], [])


def test_one_comment(shared: Any, told: dict[str, Any]) -> None:
    """The issue has one comment of ours, which ends up naming the pull request."""
    (comment,) = shared.rehearsal.forge.issue("rehearsal/shop", 1).comments
    assert comment.author == shared.rehearsal.login
    assert told["pull_request"]["url"] in comment.body


def test_prefect_knows_the_outcome(shared: Any, told: dict[str, Any]) -> None:
    """The run ends Completed and is named like the outcome."""
    run = shared.prefect.run(told["flow_run_id"])
    assert (run["state"]["type"], run["state"]["name"], run["name"]) == ("COMPLETED", "opened", "rehearsal/shop #1")


def test_prefect_has_the_artifacts(shared: Any, told: dict[str, Any]) -> None:
    """Routing, receipt, difference, spend, its share of the cap, and the pull request's link can be read in the UI."""
    found = shared.prefect.artifacts(told["flow_run_id"])
    assert {name: one["type"] for name, one in found.items()} == {
        "progress": "progress",
        "routing": "markdown",
        "receipt": "markdown",
        "diff": "markdown",
        "spend": "table",
        "budget": "progress",
        "pull-request": "markdown",
    }


def test_the_log_has_lines_of_the_task(shared: Any, told: dict[str, Any]) -> None:
    """`logs --task-id` shows lines of this task, none of another, and no secret."""
    shown = shared.cli("logs", "--task-id", told["task_id"])
    lines = shown.stdout.splitlines()
    assert shown.code == 0
    assert lines
    assert [line for line in lines if told["task_id"] not in line] == []
    assert shared.rehearsal.token not in shown.stdout
    assert shared.rehearsal.model_key not in shown.stdout


def test_status_shows_the_same(shared: Any, told: dict[str, Any]) -> None:
    """`status --json` lists the task; with its id it gives the result's object and where it stands."""
    one = shared.cli("status", "--task-id", told["task_id"], "--json").object()
    place = {name: one.pop(name) for name in ("status", "step", "action", "created", "updated", "node")}
    assert one == told
    assert (place["status"], place["step"]) == ("completed", "report")
    (listed,) = shared.cli("status", "--json").object()["tasks"]
    assert (listed["task_id"], listed["status"]) == (told["task_id"], "completed")


def test_nothing_is_left_on_this_machine(shared: Any, done: Any) -> None:
    """Workspace and checkpoints of a finished case are gone."""
    assert done.code == 0
    left = [
        path for name in ("workspaces", "checkpoints") for path in (shared.home / name).rglob("*") if path.is_file()
    ]
    assert left == []


def test_again_is_free(shared: Any, told: dict[str, Any]) -> None:
    """A second run of the same issue gives the same result, opens nothing and asks the model nothing."""
    paid, before = shared.paid(), shared.traces()
    again = shared.workflow(1)
    assert (again.code, again.object()) == (0, told)
    assert (shared.paid(), shared.traces()) == (paid, before)


def test_the_last_line_is_the_address(shared: Any, told: dict[str, Any]) -> None:
    """Without --json stdout is the pull request's address alone."""
    again = shared.cli("workflow", "--issue", 1, "--repo", "rehearsal/shop")
    assert (again.code, again.stdout) == (0, told["pull_request"]["url"] + "\n")


def test_retry_is_a_second_attempt(shared: Any, told: dict[str, Any]) -> None:
    """`retry` works again as attempt 2 of the same task, on the same pull request and with the same comment."""
    again = shared.cli("retry", told["task_id"], "--json")
    result = again.object()
    assert (again.code, result["task_id"], result["attempt"], result["outcome"]) == (0, told["task_id"], 2, "updated")
    assert result["pull_request"]["number"] == told["pull_request"]["number"]
    traces = shared.traces()
    assert (traces.branches, traces.pulls, len(traces.comments)) == (("claude/issue-1",), (4,), 1)
