"""What the forge refuses is said in one line; nothing is paid and nothing half-made."""

from typing import Any

import pytest


@pytest.mark.parametrize("command", ["workflow", "create-task"])
def test_a_wrong_token(stage: Any, command: str) -> None:
    """The line begins with the guide's words; exit code 1."""
    done = stage.cli(command, "--issue", 1, "--repo", "rehearsal/shop", env={"GITHUB_TOKEN": "ghp_wrong"})
    assert (done.code, done.stdout) == (1, ""), done.stderr
    assert done.error.startswith("Error: GitHub authentication failed")
    assert "ghp_wrong" not in done.stderr
    _untouched(stage)


def test_no_token_where_prefect_may_hold_it(stage: Any) -> None:
    """With a Prefect server the token may be in a block; if it is not, the line says just so."""
    done = stage.workflow(1, env={"GITHUB_TOKEN": None})
    assert (done.code, done.stdout) == (2, ""), done.stderr
    assert done.error.startswith("Error: GitHub authentication failed")
    _untouched(stage)


@pytest.mark.parametrize("read_only", [("contents",), ()], ids=["scope", "account"])
def test_a_token_without_push_rights(stage: Any, read_only: tuple[str, ...]) -> None:
    """Blocked before any money: the account may not push, or the token's scopes leave a right out."""
    login = "visitor" if not read_only else stage.rehearsal.login
    stage.rehearsal.forge.add_token("weak-token", login, read_only=frozenset(read_only))
    done = stage.workflow(1, env={"GITHUB_TOKEN": "weak-token"})
    assert stage.paid() == 0, done.stderr
    assert (done.code, done.object()["outcome"]) == (3, "blocked"), done.stderr
    _untouched(stage)


def test_a_repository_that_is_not_there(bare: Any) -> None:
    """Exit code 1, and the line names the repository."""
    done = bare.workflow(1, repo="rehearsal/no-such-shop")
    assert (done.code, done.stdout) == (1, ""), done.stderr
    assert "rehearsal/no-such-shop" in done.error
    _untouched(bare)


def test_an_issue_that_is_not_there(bare: Any) -> None:
    """Exit code 1, and the line names issue and repository."""
    done = bare.workflow(99)
    assert (done.code, done.stdout) == (1, ""), done.stderr
    assert "99" in done.error
    assert "rehearsal/shop" in done.error
    _untouched(bare)


def test_a_pull_requests_number(bare: Any) -> None:
    """Exit code 2: it is not an issue."""
    forge = bare.rehearsal.forge
    forge.commit("rehearsal/shop", "theirs", {"a.txt": "a\n"}, "A")
    bare.rest("POST", "pulls", {"title": "A", "head": "theirs", "base": "main", "body": ""}, bare.rehearsal.token)
    done = bare.workflow(4)
    assert (done.code, done.stdout) == (2, ""), done.stderr
    assert "pull request" in done.error
    assert bare.paid() == 0


def test_a_base_that_is_not_there(bare: Any) -> None:
    """Exit code 1, and the line names the branch."""
    done = bare.workflow(1, "--base", "release/9")
    assert (done.code, done.stdout) == (1, ""), done.stderr
    assert "release/9" in done.error
    _untouched(bare)


@pytest.mark.slow
def test_a_specialist_that_is_not_there(stage: Any) -> None:
    """Exit code 2, and the line names those that there are; the name does not stick to the issue."""
    stage.writes("Write the news")
    issue = ("--issue", stage.issue("Write the news", "Please add a NEWS.md."), "--repo", "rehearsal/shop")
    done = stage.cli("workflow", *issue, "--specialist", "plumber")
    assert (done.code, done.stdout) == (2, ""), done.stderr
    assert done.error.startswith("Error: no specialist is called 'plumber' - choose one of backend, ")
    _untouched(stage)
    right = stage.cli("workflow", *issue, "--specialist", "docs", "--json")
    told = right.object()
    assert (right.code, told["outcome"], told["routing"]["primary"]) == (0, "opened", "docs"), right.stderr


def _untouched(stage: Any) -> None:
    """Nothing was paid, and the forge is as it was."""
    traces = stage.traces()
    assert (stage.paid(), traces.branches, traces.pulls, traces.comments) == (0, (), (), ())
