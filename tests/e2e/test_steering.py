"""What a maintainer says while the agent works reaches the model with its next step, and no later run repeats it."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from adapters.cases.database import Database
from adapters.cases.remarks import SqlRemarks
from demo.model import Mishap


def say(home: Path, task: str, text: str, source: str) -> None:
    """As the webhooks' loop does it."""
    asyncio.run(SqlRemarks(Database(home)).say(task, "ann", text, source))


@pytest.mark.slow
def test_words_reach_the_running_agent(stage: Any, until: Any) -> None:
    """One said before the start comes with the first call, one said during a call with the call after it."""
    stage.writes("Write the news")
    issue = stage.issue("Write the news", "Please add a NEWS.md.")
    task = stage.cli("create-task", "--issue", issue, "--repo", "rehearsal/shop").stdout.strip()
    say(stage.home, task, "Keep it short.", "d-1")
    stage.rehearsal.model.mishap(Mishap(kind="delay", role="author", turn=1, delay_ms=6_000))
    running = stage.start("claude-cluster", "run-task", task, "--json")
    until(lambda: stage.paid() == 1, 60)
    time.sleep(2)  # by then the second call is under way
    say(stage.home, task, "Mention the shop.", "d-2")
    done = running.wait()
    assert done.object()["outcome"] == "opened", done.stderr
    asked = [str(request["messages"]) for request in stage.rehearsal.model.requests()]
    assert ["Keep it short." in words for words in asked[:3]] == [True, True, True]
    assert ["Mention the shop." in words for words in asked[:3]] == [False, False, True]
    assert [words.count("Keep it short.") for words in asked[:3]] == [1, 1, 1]
    assert "Keep it short." not in asked[-1], "the reviewer judges the change alone"
