"""From a round to what it means for the case, and from a judgement to what the author is told."""

from agents.context import feedback
from agents.limits import Stop
from agents.messages import calls_in
from domain.change import Change
from domain.ending import Ending
from domain.outcome import Outcome, Refusal
from domain.receipt import Receipt
from domain.report import TestReport
from domain.transcript import Transcript

_LIMITS = {
    Stop.OVER_BUDGET: "the money for this task is used up",
    Stop.DAILY_BUDGET: "today's money for all tasks is used up",
    Stop.STEP_LIMIT: "the steps for this task are used up",
    Stop.TIME_LIMIT: "the time for this task is used up",
}
_NOTHING = "nothing was changed, so nothing is proven"
_STUCK = {
    Stop.STUCK: "the specialist went round in circles",
    Stop.MALFORMED: "the model's answers could not be used",
    Stop.REFUSED: "the model refused to work on this",
    Stop.CONTEXT_FULL: "the work outgrew the model's context",
}


def handed_over(ending: Ending, transcript: Transcript, change: Change) -> Ending:
    """The case after a round: a change to judge, or an outcome with its reason.

    A fix round that gets nowhere does not undo what was handed in before it.
    """
    fixing = ending.submission is not None
    submission = transcript.submission or ending.submission
    ending = ending.paid(transcript.spend, transcript.model_s).knowing(change=change, submission=submission)
    stop = Stop(transcript.stop or Stop.STUCK)
    if stop in _LIMITS:
        return ending.refused(Refusal(outcome=Outcome.OVER_BUDGET, reason=_LIMITS[stop]))
    if stop in _STUCK and not fixing:
        reason = _NOTHING if change.empty and _wants_to_hand_in(transcript) else _STUCK[stop]
        return ending.refused(Refusal(outcome=Outcome.STUCK, reason=reason))
    if submission and submission.kind != "change":
        words = submission.summary or submission.evidence or submission.title
        return ending.refused(Refusal(outcome=Outcome(submission.kind), reason=" ".join(words.split())[:500]))
    if change.empty:
        return ending.refused(Refusal(outcome=Outcome.STUCK, reason=_NOTHING))
    return ending


def _wants_to_hand_in(transcript: Transcript) -> bool:
    """Whether the last thing that was tried is handing in, which is refused while no file differs."""
    tried = [call.name for message in transcript.messages for call in calls_in(message)]
    return tried[-1:] == ["submit"]


def sent_back(ending: Ending, head: TestReport | None, *, first: bool = False) -> str | None:
    """What the author must put right, in words for the model; None if nothing blocks.

    After the `first` round a test is asked for where code changed and no test did; later its lack blocks nothing.
    """
    receipt, review = ending.receipt, ending.review
    red = receipt is not None and (bool(receipt.tampered) or not (receipt.green or _red_as_before(receipt, head)))
    blocked = review is not None and bool(review.blocking)
    untested = first and receipt is not None and receipt.untested and not receipt.proven
    return feedback(receipt, review, head_report=head) if red or blocked or untested else None


def _red_as_before(receipt: Receipt, head: TestReport | None) -> bool:
    """Whether all that is red was red on the base, so that there is nothing that the author could mend."""
    if receipt.broken or not receipt.already_failing or (head is not None and head.timed_out):
        return False
    return receipt.head.failed <= len(receipt.already_failing)
