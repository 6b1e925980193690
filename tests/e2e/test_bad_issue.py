"""Issues that are closed, locked, empty, huge or strange."""

from typing import Any

import pytest


@pytest.mark.parametrize("state", ["closed", "locked"])
def test_an_issue_that_must_not_be_worked_on(stage: Any, state: str) -> None:
    """Blocked with the way out in the reason; nothing is paid, nothing is left."""
    issue = stage.rehearsal.forge.issue("rehearsal/shop", 1)
    if state == "closed":
        issue.state = "closed"
    else:
        issue.locked = True
    done = stage.workflow(1)
    told = done.object()
    assert (done.code, told["outcome"]) == (3, "blocked"), done.stderr
    assert told["reason"].startswith(f"issue #1 is {state}: ")
    assert (stage.paid(), stage.traces().branches, stage.traces().comments) == (0, (), ())


def test_an_empty_body(stage: Any) -> None:
    """A title alone is worked on; the model is told that there is no description."""
    stage.writes("Write the news into NEWS")
    issue = stage.issue("Write the news into NEWS", "")
    done = stage.workflow(issue)
    assert (done.code, done.object()["outcome"]) == (0, "opened"), done.stderr


def test_a_huge_body_with_control_characters(stage: Any) -> None:
    """60,000 characters are read; the pull request stays within the forge's limit.

    What can't be seen reaches neither the terminal, nor the log, nor the forge.
    """
    stage.writes("news")
    strange = "A bell \x07, a null \x00, a carriage\rreturn, bidi \u202eoverride\u202c and 😀. "
    issue = stage.issue("Write the \x1b[31mred\x1b[0m news\x07", (strange * 2_000)[:60_000])
    done = stage.workflow(issue)
    assert (done.code, done.object()["outcome"]) == (0, "opened"), done.stderr
    (pull,) = stage.rehearsal.forge.pulls("rehearsal/shop")
    assert len(pull.body) < 65_536
    log = (stage.home / "logs" / "claude-cluster.log").read_text()
    seen = (done.stderr, log, pull.title, pull.body, *stage.traces().comments)
    assert [text for text in seen if any(mark in text for mark in "\x1b\x07\x00\u202e")] == []
