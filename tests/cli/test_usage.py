"""What was asked for makes no sense: exit code 2, one line, nothing on the forge."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from demo.rehearsal import Rehearsal


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    """A forge and a model that nobody should have to ask."""
    with Rehearsal(tmp_path_factory.mktemp("rehearsal")) as running:
        yield running


@pytest.fixture(autouse=True)
def untouched(rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The settings point there; afterwards nothing was paid and nothing written."""
    for name, value in rehearsal.environment().items():
        monkeypatch.setenv(name, value)
    yield
    assert rehearsal.model.requests() == ()
    assert rehearsal.forge.journal.entries("POST") == ()


@pytest.mark.parametrize("repo", ["shop", "a/b/c", "/shop", "rehearsal/", "rehearsal/sh op", "https://github.com/a/b"])
@pytest.mark.parametrize("command", ["workflow", "create-task"])
def test_a_repository_that_is_none(run: Callable[..., Any], command: str, repo: str) -> None:
    """The line says how to write it."""
    said = run(command, "--issue", "1", "--repo", repo)
    assert (said.code, said.stdout) == (2, "")
    assert said.stderr == f"Error: {repo!r} is not a repository - write it as owner/name\n"


@pytest.mark.parametrize("issue", ["0", "-3", "one", "1.5", ""])
def test_an_issue_that_is_none(run: Callable[..., Any], issue: str) -> None:
    """The line names the option."""
    said = run("workflow", "--repo", "rehearsal/shop", "--issue", issue)
    assert (said.code, said.stdout) == (2, "")
    assert "Invalid value for '--issue'" in said.stderr


@pytest.mark.parametrize("cap", ["0", "-1", "much", "nan", "inf"])
def test_a_cap_that_is_none(run: Callable[..., Any], cap: str) -> None:
    """A cap is more than nothing."""
    said = run("workflow", "--repo", "rehearsal/shop", "--issue", "1", "--max-cost", cap)
    assert (said.code, said.stdout) == (2, "")
    assert "--max-cost" in said.stderr


def test_no_issue(run: Callable[..., Any]) -> None:
    """The line names what is missing."""
    said = run("workflow", "--repo", "rehearsal/shop")
    assert (said.code, said.stdout) == (2, "")
    assert "Missing option '--issue'" in said.stderr


@pytest.mark.parametrize("command", ["run-task", "resume", "retry", "cancel", "status --task-id"])
@pytest.mark.parametrize("task", ["task-20260101-001", "nonsense", "../../etc/passwd"])
def test_a_task_that_is_not_there(run: Callable[..., Any], command: str, task: str) -> None:
    """The line names the task."""
    said = run(*command.split(), task)
    assert (said.code, said.stdout) == (2, "")
    assert said.stderr.startswith("Error: ")
    assert task in said.stderr
    assert said.stderr.count("\n") == 1
