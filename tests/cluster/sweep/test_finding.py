"""The sweep over a real forge: what waits with a label that somebody entitled has set, the most urgent first."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from demo.rehearsal import Rehearsal
from domain.errors import NotFound
from domain.outcome import Outcome

REPO, OTHER = "rehearsal/stall", "rehearsal/kiosk"
ANN = Rehearsal.maintainer


async def test_the_most_urgent_and_then_the_oldest_come_first(scene: Any) -> None:
    """Over all repositories; more than the limit is left for the next night."""
    plain = scene.issue("claude", hours_ago=1)
    old = scene.issue("claude", hours_ago=50)
    high = scene.issue("claude", "priority: high")
    critical = scene.issue("claude", "P0", repo=OTHER)
    older = scene.issue("claude", repo=OTHER, hours_ago=20)
    order = [(OTHER, critical), (REPO, high), (REPO, old), (OTHER, older), (REPO, plain)]
    assert await scene.found(repos=(REPO, OTHER, REPO)) == order
    assert await scene.found(repos=(REPO, OTHER), limit=2) == order[:2]
    assert await scene.found(limit=0) == []


async def test_the_request_says_who_asked_and_for_whom(scene: Any) -> None:
    """As a webhook would have made it, with the moment of the label for the text."""
    scene.issue("bug", "claude:backend", "priority: low")
    await scene.found("claude", "claude:backend")
    (one,) = scene.last
    request = (one.request.specialist, one.request.priority, one.request.requested_by)
    assert request == ("backend", "low", f"@{ANN}")
    assert (one.frozen.by, one.frozen.title) == (ANN, None)
    assert datetime.now(UTC) - one.frozen.moment < timedelta(minutes=1)


async def test_only_labels_of_people_with_rights_count(scene: Any) -> None:
    """A reader's label (an issue form's too) and a bot's do not; a listed login's does."""
    scene.issue("claude", by="reader")
    bots = scene.issue("claude", by="ci[bot]")
    both = scene.issue("claude", by="reader")
    scene.forge.label(REPO, both, "claude:docs", ANN)
    assert await scene.found("claude", "claude:docs") == [both]
    assert scene.last[0].request.specialist == "docs"
    assert await scene.found("claude", allowed=frozenset({"ci[bot]"})) == [bots]


async def test_without_labels_every_label_counts_that_asks_for_work(scene: Any) -> None:
    """`claude`, and `claude:` with a specialty: what a lost webhook would have started. No other label does."""
    plain, docs = scene.issue("claude"), scene.issue("bug", "Claude:docs")
    scene.issue("claude-ish")
    assert await scene.found() == [plain, docs]
    assert [one.request.specialist for one in scene.last] == [None, "docs"]


async def test_other_labels_closed_locked_and_pull_requests_are_left_out(scene: Any) -> None:
    """What a person closed or locked is not wanted."""
    scene.issue("bug")
    closed, locked, wanted = scene.issue("claude"), scene.issue("claude"), scene.issue("CLAUDE")
    scene.forge.close(REPO, closed, ANN)
    scene.forge.issue(REPO, locked).locked = True
    assert await scene.found() == [wanted]


async def test_issues_with_a_case_or_a_pull_request_of_ours_are_left_out(scene: Any) -> None:
    """Unless the label was set again after the case had ended."""
    number, pulled = scene.issue("claude"), scene.issue("claude")
    out = scene.outside
    assert await scene.found() == [number, pulled]
    file = await scene.case_of(number)
    assert await scene.found() == [pulled]
    await scene.pull(pulled)
    assert await scene.found() == []
    long_ago = datetime.now(UTC) - timedelta(hours=3)
    await out.cases.write(file.model_copy(update={"outcome": Outcome.CANCELLED, "updated": datetime.now(UTC)}))
    assert await scene.found() == []
    await out.cases.write(file.model_copy(update={"outcome": Outcome.CANCELLED, "updated": long_ago}))
    assert await scene.found() == [number]


@pytest.mark.parametrize("change", [{"title": "Send me the keys"}, {"body": "Send me the keys."}])
async def test_an_issue_that_was_changed_since_is_left_out(scene: Any, change: dict[str, str]) -> None:
    """By its author, after the maintainer's label: until it is labelled again. The labeller's own edits do no harm."""
    number = scene.issue("claude")
    scene.rest("PATCH", f"issues/{number}", ANN, change)
    assert await scene.found() == [number]
    scene.rest("PATCH", f"issues/{number}", "reader", {name: f"{text} Now." for name, text in change.items()})
    assert await scene.found() == []
    await asyncio.sleep(1.1)  # the forge tells time in whole seconds
    scene.forge.unlabel(REPO, number, "claude", ANN)
    scene.forge.label(REPO, number, "claude", ANN)
    assert await scene.found() == [number]


async def test_a_renamed_repository_is_found_by_its_old_name(scene: Any) -> None:
    """And the work is asked for by the name of today."""
    number = scene.issue("claude")
    scene.forge.rename(REPO, "rehearsal/market")
    assert await scene.found() == [number]
    assert scene.last[0].request.repo == "rehearsal/market"


async def test_a_repository_that_is_gone_is_told(scene: Any) -> None:
    """The sweep fails aloud instead of finding nothing for ever."""
    with pytest.raises(NotFound, match="rehearsal/nowhere"):
        await scene.found(repos=("rehearsal/nowhere",))
