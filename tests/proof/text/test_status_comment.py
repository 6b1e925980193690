"""The one comment below the issue."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from domain.case import CaseFile, Failure, Wait
from domain.change import Submission
from domain.ending import Ending
from domain.issue import Language
from domain.outcome import Outcome
from domain.pull_request import PullRequest
from domain.spend import Spend
from proof.neutral import Links, sentence
from proof.status_comment import failed, status_comment, working

LANGUAGES: tuple[Language, ...] = ("en", "ja")
PULL = PullRequest(number=13, url="https://github.com/acme/shop/pull/13", draft=False, branch="b", head_sha="1")
QUESTION = Submission(
    kind="needs_information",
    summary="The issue names two prices, and both can't be right.",
    evidence="Ran the example with 3.1 and 3.2: 0.94 and 0.95.",
    questions=("Is 0.95 the price *with* tax? @ann", "Which currencies?"),
)


def _file(ending: Ending, **known: object) -> CaseFile:
    return CaseFile(case=ending.case, updated=ending.case.created).model_copy(update=known)


@pytest.mark.parametrize("language", LANGUAGES)
def test_work_in_progress_shows_the_plan(
    language: Language, make_ending: Callable[[Language], Ending], same_as: Callable[[str, str], None]
) -> None:
    """What is done, what is being done, who works and what it cost so far."""
    ending = make_ending(language)
    file = _file(ending, step="verify", routing=ending.routing, spend=Spend(cost_usd=0.2))
    same_as(f"working.{language}.md", working(file))


def test_before_anybody_is_chosen_it_says_so(make_ending: Callable[[Language], Ending]) -> None:
    """The first version of the comment needs no routing."""
    text = working(_file(make_ending("en")))
    assert text.startswith(
        "<!-- claude-cluster: issue 12 -->\n**This is being looked into.**\n\n"
        "- [ ] **Read the issue, checked rights and budget** (now)\n"
    )


@pytest.mark.parametrize(
    ("language", "cause", "words"),
    [
        ("en", "rate_limit", "**This waits until {time}: a rate limit was reached.** It goes on by itself."),
        ("en", "account", "**This waits until {time}: the account it works with has to be looked at.**"),
        ("ja", "rate_limit", "利用回数の制限に達しました"),
        ("ja", "account", "使用中のアカウントの確認が必要です"),
    ],
)
def test_a_wait_is_told_with_its_time(
    make_ending: Callable[[Language], Ending], language: Language, cause: str, words: str
) -> None:
    """In the reader's language, in place of who works; the plan stays, and at work again nothing is said of it."""
    ending = make_ending(language)
    wait = Wait(until=datetime(2026, 11, 22, 13, 9, 30, tzinfo=UTC), cause=cause)
    at_work = _file(ending, step="generate", routing=ending.routing, status="running", wait=wait)
    told, other = (working(at_work.model_copy(update={"status": now})).split("\n") for now in ("queued", "running"))
    assert words.format(time=wait.minute) in told[1]
    assert "2026-11-22 13:10 UTC" in told[1]
    assert told[2:] == other[2:]
    assert other == working(at_work.model_copy(update={"wait": None})).split("\n")


ENDINGS: dict[str, dict[str, object]] = {
    "opened": {"outcome": Outcome.OPENED, "pull": PULL},
    "draft": {
        "outcome": Outcome.UPDATED,
        "pull": PULL.model_copy(update={"draft": True}),
        "draft_reasons": ("no tests were run",),
    },
    "question": {"outcome": Outcome.NEEDS_INFORMATION, "submission": QUESTION},
    "no_change": {
        "outcome": Outcome.NO_CHANGE_NEEDED,
        "submission": Submission(kind="no_change_needed", summary="It works.", evidence="Ran it: 0.95."),
    },
    "blocked": {"outcome": Outcome.BLOCKED, "reason": "issue #12 is locked: unlock it to have it worked on"},
    "over_budget": {"outcome": Outcome.OVER_BUDGET, "reason": "the money for this task is used up", "pull": PULL},
    "stuck": {"outcome": Outcome.STUCK, "reason": "the specialist went round in circles"},
    "cancelled": {"outcome": Outcome.CANCELLED},
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ENDINGS)
def test_each_end_is_told(
    name: str, language: Language, make_ending: Callable[[Language], Ending], same_as: Callable[[str, str], None]
) -> None:
    """The outcome, its reason or evidence, and what the reader can do."""
    same_as(f"{name}.{language}.md", status_comment(make_ending(language).knowing(**ENDINGS[name])))


def test_a_remedy_takes_the_place_of_the_usual_advice(make_ending: Callable[[Language], Ending]) -> None:
    """Whoever knows better what to do can say it."""
    ending = make_ending("en").knowing(outcome=Outcome.BLOCKED, reason="no")
    assert "What to do: remove it\n" in status_comment(ending, remedy="remove it")


def test_a_failure_says_how_to_go_on(make_ending: Callable[[Language], Ending]) -> None:
    """The reason on one line, made harmless, and the command."""
    file = _file(make_ending("en"), failure=Failure(reason="GitHub said @no"), spend=Spend(cost_usd=0.004))
    assert failed(file) == (
        "<!-- claude-cluster: issue 12 -->\n**The work failed.**\n\nWhy: GitHub said `@no`\n\n"
        "Once the cause is gone, run `claude-cluster resume task-20261122-001`. What was paid for is kept.\n\n"
        "<sub>`task-20261122-001`, 0.0040 USD</sub>\n"
    )


def test_no_end_no_comment(make_ending: Callable[[Language], Ending]) -> None:
    """An ending without an outcome is a mistake of the caller."""
    with pytest.raises(ValueError, match="has not ended"):
        status_comment(make_ending("en"))


def test_our_comment_gives_no_command(make_ending: Callable[[Language], Ending]) -> None:
    """No line of ours begins like a command, so that it triggers nobody."""
    for known in ENDINGS.values():
        text = status_comment(make_ending("en").knowing(**known))
        assert not [line for line in text.split("\n") if line.startswith("/")]
    assert sentence("/claude stop", Links(forge="f", repo="a/b")) == "`/claude` stop"
