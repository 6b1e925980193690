"""What a round means for the case, and what goes back to the author."""

from datetime import UTC, datetime

import pytest

from agents.handover import handed_over, sent_back
from agents.limits import Stop
from domain.case import Case
from domain.change import Change, FileChange, Submission
from domain.conversation import Message
from domain.ending import Ending
from domain.issue import Issue
from domain.outcome import Outcome
from domain.receipt import Receipt, Tally
from domain.repository import Repository
from domain.review import Finding, Review
from domain.spend import Spend
from domain.transcript import Transcript

CASE = Case(
    id="task-20261122-001",
    forge="github.com",
    repository=Repository(name="a/b", id=1, default_branch="main", can_push=True),
    issue=Issue(repo="a/b", number=1, title="t", body=""),
    base="main",
    base_sha="0" * 40,
    model="m",
    created=datetime(2026, 11, 22, tzinfo=UTC),
)
NOTHING = Change(base_sha="0" * 40, tree="1" * 40, diff="", files=())
CHANGED = NOTHING.model_copy(update={"files": (FileChange(path="a.py", status="modified", added=1),)})
SUBMITTED = Submission(kind="change", title="Fix it")


def after(stop: Stop, change: Change, submission: Submission | None = None, before: Submission | None = None) -> Ending:
    """The case after a round that cost a dollar."""
    transcript = Transcript(stop=stop.value, submission=submission, spend=Spend(cost_usd=1, calls=3), model_s=2)
    return handed_over(Ending(case=CASE, submission=before), transcript, change)


@pytest.mark.parametrize("stop", [Stop.OVER_BUDGET, Stop.STEP_LIMIT, Stop.TIME_LIMIT])
def test_at_a_limit_what_was_done_is_salvaged(stop: Stop) -> None:
    """A change is delivered all the same; without one there is nothing to deliver."""
    assert (after(stop, CHANGED).outcome, after(stop, CHANGED).deliverable) == (Outcome.OVER_BUDGET, True)
    assert not after(stop, NOTHING).deliverable


@pytest.mark.parametrize("stop", [Stop.STUCK, Stop.MALFORMED, Stop.REFUSED, Stop.CONTEXT_FULL])
def test_getting_nowhere_is_an_end_only_in_the_first_round(stop: Stop) -> None:
    """What was handed in before a fix round is not lost by it."""
    assert (after(stop, CHANGED).outcome, after(stop, CHANGED).deliverable) == (Outcome.STUCK, False)
    fixing = after(stop, CHANGED, before=SUBMITTED)
    assert (fixing.outcome, fixing.deliverable, fixing.submission) == (None, True, SUBMITTED)


def test_handing_in_nothing_is_no_circle() -> None:
    """Who wants to hand in and can't, for no file differs, changed nothing; who has changed files went in circles."""
    call = Message(role="assistant", content=({"type": "tool_use", "id": "1", "name": "submit", "input": {}},))
    transcript = Transcript(stop=Stop.STUCK.value, messages=(call,))
    reasons = [handed_over(Ending(case=CASE), transcript, change).reason for change in (NOTHING, CHANGED)]
    assert reasons == ["nothing was changed, so nothing is proven", "the specialist went round in circles"]
    assert after(Stop.STUCK, NOTHING).reason == "the specialist went round in circles"
    assert after(Stop.SUBMITTED, NOTHING, SUBMITTED).reason == "nothing was changed, so nothing is proven"


@pytest.mark.parametrize("kind", ["needs_information", "no_change_needed"])
def test_a_refusal_is_a_result(kind: str) -> None:
    """The specialist's own words are the reason."""
    submission = Submission.model_validate({"kind": kind, "summary": "Two\nlines."})
    ended = after(Stop.SUBMITTED, CHANGED, submission)
    assert (ended.outcome, ended.reason, ended.deliverable) == (Outcome(kind), "Two lines.", False)


def test_a_submitted_change_goes_on_to_be_judged() -> None:
    """With what it cost; an empty one does not."""
    judged = after(Stop.SUBMITTED, CHANGED, SUBMITTED)
    assert (judged.outcome, judged.deliverable, judged.spend.cost_usd, judged.model_s) == (None, True, 1, 2)
    assert after(Stop.SUBMITTED, NOTHING, SUBMITTED).outcome is Outcome.STUCK


def receipt(**changes: object) -> Receipt:
    """A green receipt, unless told otherwise."""
    fields: dict[str, object] = {"command": "pytest", "base": Tally(), "head": Tally(), "green": True}
    return Receipt.model_validate(fields | changes)


def review(severity: str) -> Review:
    """A review with one finding."""
    finding = Finding.model_validate({"file": "a.py", "line": 1, "severity": severity, "text": "This leaks."})
    return Review(agent="security", verdict="request_changes", findings=(finding,))


def test_a_test_is_asked_for_once() -> None:
    """Code that changed without a test goes back after the first round, unless an old test proves it."""
    untested = Ending(case=CASE).knowing(receipt=receipt(untested=True))
    asked = sent_back(untested, None, first=True)
    assert asked is not None
    assert "Code changed, and no test was added or changed." in asked
    assert sent_back(untested, None) is None
    assert sent_back(untested.knowing(receipt=receipt(untested=True, proven=True)), None, first=True) is None


@pytest.mark.parametrize(
    ("known", "goes_back"),
    [
        ({"receipt": receipt()}, False),
        ({"receipt": None}, False),
        ({"receipt": receipt(green=False, broken=("t",))}, True),
        ({"receipt": receipt(green=False, already_failing=("make",), head=Tally(failed=1))}, False),
        ({"receipt": receipt(green=False, already_failing=("make",), head=Tally(failed=2))}, True),
        ({"receipt": receipt(green=False)}, True),
        ({"receipt": receipt(tampered=("tests/t.py:1: a test was deleted",))}, True),
        ({"receipt": receipt(), "review": review("minor")}, False),
        ({"receipt": receipt(), "review": review("blocking")}, True),
    ],
)
def test_what_is_red_or_blocks_goes_back(known: dict[str, object], goes_back: bool) -> None:
    """Nothing else does, nor what was red on the base already: the reader decides about the rest."""
    assert (sent_back(Ending(case=CASE).knowing(**known), None) is not None) is goes_back
