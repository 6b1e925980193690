"""Orders are carried out for entitled people only, as the issue stands."""

import json
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from cluster.webhooks.reading import Dropped, Envelope, read
from domain.approval import Approval
from domain.case import Failure
from domain.errors import PermissionDenied
from domain.outcome import Outcome
from domain.spend import Spend

TASK = f"task-{datetime.now(UTC):%Y%m%d}-001"


async def test_a_label_starts_a_case_with_the_text_of_that_moment(world: Any) -> None:
    """The request says who asked, for whom, and how urgent it is."""
    labels = [{"name": "claude:backend"}, {"name": "priority: high"}]
    body = world.payloads.labeled("claude:backend", issue=world.payloads.issue(labels=labels))
    assert await world.verdict(await world.told(body)) == f"started {TASK}"
    assert world.desk.calls == [("start", 7, "backend", "high", "@ann")]
    assert (await world.cases.read(TASK)).case.issue.title == "Total is 0"


async def test_people_without_rights_are_ignored(world: Any) -> None:
    """Nothing is done and nothing is said, whatever their association or the issue's author is."""
    body = world.payloads.labeled(sender={"login": "customer", "type": "User"}, author_association="OWNER")
    ids = [await world.told(body), await world.says("/claude", "eve"), await world.says("/claude stop", "eve")]
    assert await world.verdict(*ids) == [
        "ignored: customer may not write to acme/shop",
        "ignored: eve may not write to acme/shop",
        "ignored: eve may not write to acme/shop",
    ]
    assert world.desk.calls == []


async def test_where_our_token_may_not_ask_only_the_listed_are_entitled(world: Any) -> None:
    """Silence is no permission."""
    world.forge.fails = [PermissionDenied("GitHub refuses access")]
    ids = [await world.says("/claude"), await world.says("/claude", "Trusted[bot]")]
    assert await world.verdict(*ids) == ["ignored: nobody can be entitled: GitHub refuses access", f"started {TASK}"]
    assert world.forge.asked == ["ann"]


async def test_our_own_comments_are_never_acted_on(world: Any) -> None:
    """Our login is asked for once; nobody's rights are."""
    ids = [await world.says("/claude", "the-bot"), await world.says("/claude stop", "The-Bot")]
    assert await world.verdict(*ids) == ["ignored: it is our own", "ignored: it is our own"]
    assert world.forge.asked == []


async def test_an_issue_has_one_task_at_a_time(world: Any) -> None:
    """More labels and commands find it at work; stopped, and asked for again, there is a new one."""
    ids = [
        await world.told(world.payloads.labeled()),
        await world.told(world.payloads.labeled("claude:docs")),
        await world.says("/claude"),
        await world.says("/claude retry"),
        await world.says("/claude stop"),
        await world.says("/claude stop"),
        await world.says("/claude"),
    ]
    assert await world.verdict(*ids) == [
        f"started {TASK}",
        f"{TASK} works on it already",
        f"{TASK} works on it already",
        f"{TASK} works on it already",
        f"stopped {TASK}: stopped by @ann",
        "ignored: nothing is being worked on",
        f"started {TASK[:-1]}2",
    ]
    assert [call[0] for call in world.desk.calls] == ["start", "stop", "start"]


async def test_an_issue_that_is_closed_or_unlabelled_ends_the_work(world: Any) -> None:
    """By anybody whom the forge lets do that."""
    await world.told(world.payloads.labeled())
    sender = {"login": "customer"}
    ids = [
        await world.told(world.payloads.event("closed", issue=world.payloads.issue(), sender=sender)),
        await world.told(world.payloads.event("closed", issue=world.payloads.issue(number=8), sender=sender)),
    ]
    assert await world.verdict(*ids) == [
        f"stopped {TASK}: the issue was closed",
        "ignored: nothing is being worked on",
    ]


async def test_words_reach_the_running_agent(world: Any) -> None:
    """Those of people who may direct it."""
    await world.told(world.payloads.labeled())
    ids = [await world.says("/claude use cents"), await world.says("/claude use euros", "eve")]
    assert await world.verdict(*ids) == [f"told to {TASK}", "ignored: eve may not write to acme/shop"]
    assert world.desk.calls[1:] == [("say", TASK, "ann", "use cents")]


async def test_words_to_a_task_that_has_ended_start_it_again(world: Any) -> None:
    """And without any task they start one: the comment is a part of the issue then."""
    assert await world.verdict(await world.says("/claude use cents")) == f"started {TASK}"
    await world.end(Outcome.OPENED, pull=9)
    assert await world.verdict(await world.says("/claude use euros")) == f"started {TASK} again"
    assert [call[0] for call in world.desk.calls] == ["start", "say", "retry"]


async def test_a_reply_to_a_question_starts_the_task_again(world: Any) -> None:
    """Of somebody entitled, to a task that asked; nobody's rights are looked up for all other comments."""
    assert await world.verdict(await world.says("Just talking.")) == (
        "ignored: the comment holds no command, and nobody waits for an answer"
    )
    assert world.forge.asked == []
    await world.verdict(await world.told(world.payloads.labeled()))
    before = await world.says("Said before it asked.")
    await world.end(Outcome.NEEDS_INFORMATION)
    ids = [before, await world.says("3.11!", "customer"), await world.says("It is Python 3.11.")]
    assert await world.verdict(*ids) == [
        "ignored: nobody waits for an answer",
        "ignored: customer may not write to acme/shop",
        f"started {TASK} again",
    ]
    assert world.desk.calls[1:] == [("retry", TASK, "Total is 0")]
    assert await world.verdict(await world.says("And more.")) == (
        "ignored: the comment holds no command, and nobody waits for an answer"
    )


async def test_a_reply_to_no_change_needed_starts_the_task_again(world: Any) -> None:
    """Of somebody entitled, to an agent's word; what was plain before any agent was asked is not opened again."""
    await world.verdict(await world.told(world.payloads.labeled()))
    await world.end(Outcome.NO_CHANGE_NEEDED)
    nobody = "ignored: the comment holds no command, and nobody waits for an answer"
    assert await world.verdict(await world.says("Thanks!")) == nobody
    file = await world.cases.read(TASK)
    await world.cases.write(file.model_copy(update={"spend": Spend(calls=3)}))
    ids = [await world.says("No, look again.", "customer"), await world.says("It is wrong with a discount.")]
    assert await world.verdict(*ids) == ["ignored: customer may not write to acme/shop", f"started {TASK} again"]
    assert [call[0] for call in world.desk.calls] == ["start", "retry"]


async def test_the_label_of_an_issue_form_is_its_authors(world: Any) -> None:
    """GitHub tells of the issue first and then of each label, with the author as who set it: a writer's counts.

    That the label is on an issue starts nothing, in whoever's event it stands.
    """
    payloads = world.payloads
    for kind, sender in (("opened", "customer"), ("edited", "customer"), ("assigned", "ann"), ("opened", "ann")):
        body = payloads.event(kind, issue=payloads.issue(), label={"name": "claude"}, sender={"login": sender})
        envelope = Envelope(id=uuid.uuid4().hex, event="issues", received=datetime.now(UTC))
        found = read(envelope, json.dumps(body).encode())
        assert found == Dropped(reason=f"the action {kind!r} of issues is not used")
    stranger = await world.told(payloads.labeled("claude:backend", sender={"login": "customer"}))
    other = await world.told(payloads.labeled("bug", sender={"login": "ann"}))
    assert await world.verdict(stranger, other) == [
        "ignored: customer may not write to acme/shop",
        "ignored: the label 'bug' asks for nothing",
    ]
    assert world.desk.calls == []
    mine = payloads.issue(user={"login": "ann", "type": "User"})
    assert await world.verdict(await world.told(payloads.labeled(issue=mine))) == f"started {TASK}"
    assert world.desk.calls == [("start", 7, None, "normal", "@ann")]


async def test_retry_of_a_task_that_failed_or_ended(world: Any) -> None:
    """One that failed on its way is not at work; without a task, retry starts one."""
    assert await world.verdict(await world.says("/claude retry")) == f"started {TASK}"
    file = await world.cases.read(TASK)
    await world.cases.write(file.model_copy(update={"status": "failed", "failure": Failure(reason="no network")}))
    assert await world.verdict(await world.says("/claude")) == f"started {TASK} again"
    await world.end(Outcome.STUCK)
    assert await world.verdict(await world.says("/claude retry")) == f"started {TASK} again"


async def test_approval_goes_to_what_waits_for_it(world: Any) -> None:
    """With the login of whoever said so."""
    await world.verdict(await world.told(world.payloads.labeled()))
    assert await world.verdict(await world.says("/claude approve")) == "ignored: nothing waits for approval"
    file = await world.cases.read(TASK)
    approval = Approval(before="pull_request", asked=datetime.now(UTC))
    await world.cases.write(file.model_copy(update={"status": "suspended", "approvals": (approval,)}))
    ids = [await world.says("/claude approve", "eve"), await world.says("/claude approve")]
    assert await world.verdict(*ids) == ["ignored: eve may not write to acme/shop", f"approved {TASK}"]
    assert world.desk.calls[1:] == [("approve", TASK, "ann")]


async def test_comments_on_our_pull_request_count_for_its_issue(world: Any) -> None:
    """A retry from there keeps the text that was frozen before; others' pull requests are not ours."""
    await world.verdict(await world.told(world.payloads.labeled()))
    await world.end(Outcome.OPENED, pull=9)
    pulls = [world.payloads.issue(number=number, title="A pull", pull_request={"url": "x"}) for number in (9, 10, 11)]
    ids = [await world.says("/claude retry", issue=pull) for pull in pulls]
    assert await world.verdict(*ids) == [
        f"started {TASK} again",
        "ignored: #10 is no pull request of ours",
        "ignored: #11 is no pull request of ours",
    ]
    assert world.desk.calls[1:] == [("retry", TASK, "Total is 0")]


async def test_what_is_said_on_an_issue_and_its_pull_request_is_acted_on_one_by_one(world: Any) -> None:
    """Two people ask for another attempt at the same moment, in two places: there is one."""
    await world.verdict(await world.told(world.payloads.labeled()))
    await world.end(Outcome.STUCK)
    world.desk.slow_s = 0.1
    pull = world.payloads.issue(number=9, pull_request={"url": "x"})
    ids = [await world.says("/claude retry"), await world.says("/claude retry", issue=pull)]
    assert sorted(await world.verdict(*ids)) == [f"started {TASK} again", f"{TASK} works on it already"]
    assert (await world.cases.read(TASK)).case.attempt == 2


@pytest.mark.parametrize(("merged", "words"), [(True, "merged"), (False, "closed without merge")])
async def test_what_became_of_a_pull_request_is_recorded(world: Any, merged: bool, words: str) -> None:
    """For the task that opened it."""
    await world.verdict(await world.told(world.payloads.labeled()))
    await world.end(Outcome.OPENED, pull=9)
    ends = {"head": {"ref": "claude/issue-7", "repo": {"id": 11}}, "base": {"ref": "main", "repo": {"id": 11}}}
    body = world.payloads.event("closed", pull_request={"number": 9, "state": "closed", "merged": merged, **ends})
    assert await world.verdict(await world.told(body, "pull_request")) == f"recorded for {TASK}: {words}"
    assert world.desk.calls[1:] == [("settled", TASK, 9, merged)]
