"""What the end of a round means for the case."""

from agents.limits import Stop
from domain.change import Submission
from domain.frozen import Frozen
from domain.outcome import Outcome, Refusal
from domain.transcript import Transcript

_REASONS: dict[Stop, str] = {
    Stop.OVER_BUDGET: "the money for this attempt is used up",
    Stop.STEP_LIMIT: "the steps of this attempt are used up",
    Stop.TIME_LIMIT: "the time of this attempt is used up",
    Stop.STUCK: "the agent went round in circles",
    Stop.MALFORMED: "the agent's answers could not be used, three times in a row",
    Stop.REFUSED: "the model declined to work on this issue",
    Stop.CONTEXT_FULL: "the conversation no longer fits the model's context window",
}
_OUTCOMES: dict[Stop, Outcome] = {
    Stop.OVER_BUDGET: Outcome.OVER_BUDGET,
    Stop.STEP_LIMIT: Outcome.OVER_BUDGET,
    Stop.TIME_LIMIT: Outcome.OVER_BUDGET,
    Stop.STUCK: Outcome.STUCK,
    Stop.MALFORMED: Outcome.STUCK,
    Stop.REFUSED: Outcome.BLOCKED,
    Stop.CONTEXT_FULL: Outcome.STUCK,
}


class RoundEnd(Frozen):
    """How a round ended: `refusal` None means that a change was handed in and goes on to the tests.

    With a refusal and `salvage`, files may differ that are worth showing as a draft.
    """

    stop: Stop
    submission: Submission | None = None
    refusal: Refusal | None = None
    salvage: bool = False


def round_end(transcript: Transcript) -> RoundEnd:
    """Read the end of a finished round. Raises `ValueError` if it has none."""
    if transcript.stop is None:
        raise ValueError("the round has not ended")
    stop, said = Stop(transcript.stop), transcript.submission
    if stop is not Stop.SUBMITTED:
        refusal = Refusal(outcome=_OUTCOMES[stop], reason=_REASONS[stop])
        return RoundEnd(stop=stop, submission=said, refusal=refusal, salvage=transcript.tree is not None)
    if said is None or said.kind == "change":
        return RoundEnd(stop=stop, submission=said)
    outcome = Outcome.NEEDS_INFORMATION if said.kind == "needs_information" else Outcome.NO_CHANGE_NEEDED
    reason = said.summary or said.title or said.evidence
    return RoundEnd(stop=stop, submission=said, refusal=Refusal(outcome=outcome, reason=" ".join(reason.split())))
