"""Repositories without a commit, without tests, or with another default branch."""

from typing import Any

import pytest

pytestmark = pytest.mark.slow


def test_an_empty_repository(stage: Any) -> None:
    """Blocked: there is no commit to work from."""
    _repository(stage, "rehearsal/empty", {})
    stage.issue("Start", "Please start.", repo="rehearsal/empty")
    done = stage.workflow(1, repo="rehearsal/empty")
    told = done.object()
    assert (done.code, told["outcome"]) == (3, "blocked"), done.stderr
    assert told["reason"] == "rehearsal/empty is empty: it has no commit to work from"
    traces = stage.traces("rehearsal/empty")
    assert (stage.paid(), traces.branches, traces.comments) == (0, (), ())


def test_a_repository_without_tests_and_with_another_default_branch(stage: Any) -> None:
    """The pull request goes into that branch, as a draft that says that there were no tests to judge by."""
    _repository(stage, "rehearsal/notes", {"README.md": "Notes\n"}, branch="trunk")
    stage.writes("Write the news")
    stage.issue("Write the news", "Please add a NEWS.md.", repo="rehearsal/notes")
    done = stage.workflow(1, repo="rehearsal/notes")
    told = done.object()
    assert (done.code, told["outcome"], told["receipt"]) == (0, "opened", None), done.stderr
    assert told["pull_request"]["draft"] is True
    (pull,) = stage.rehearsal.forge.pulls("rehearsal/notes")
    assert (pull.pull.base, pull.pull.draft) == ("trunk", True)
    assert "no tests" in pull.body.lower()
    assert "Closes #1" in pull.body


def test_rules_of_the_repository_that_cant_be_read(stage: Any) -> None:
    """Exit code 2: the line names the file; nothing is paid, nothing is left."""
    stage.rehearsal.forge.commit("rehearsal/shop", "main", {".claude-cluster.toml": "[tests\n"}, "Rules")
    done = stage.workflow(1)
    assert done.code == 2, done.stderr
    assert done.object()["reason"].startswith(".claude-cluster.toml: not valid TOML")
    assert (stage.paid(), stage.traces().branches, stage.traces().comments) == (0, (), ())


def _repository(stage: Any, name: str, files: dict[str, str], branch: str = "main") -> None:
    """A repository that our account may write to."""
    forge = stage.rehearsal.forge
    forge.create_repository(name, default_branch=branch)
    forge.set_permission(name, stage.rehearsal.login, "write")
    if files:
        forge.commit(name, branch, files, "First commit")
