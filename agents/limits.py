"""Why a round stops, and how much of its limits is used.

The limits hold for the whole attempt, so what earlier rounds used counts. The thresholds for
wrapping up leave room for the two steps that a submit takes.
"""

from collections.abc import Iterable
from enum import StrEnum

from domain.case import Limits
from domain.frozen import Frozen
from domain.transcript import Transcript

_LAST_STEPS = 2
_LAST_SHARE = 0.1


class Stop(StrEnum):
    """The name of every end of a round; `Transcript.stop` holds it."""

    SUBMITTED = "submitted"
    OVER_BUDGET = "over_budget"
    DAILY_BUDGET = "daily_budget"
    STEP_LIMIT = "step_limit"
    TIME_LIMIT = "time_limit"
    STUCK = "stuck"
    MALFORMED = "malformed"
    REFUSED = "refused"
    CONTEXT_FULL = "context_full"


class Stopped(Exception):
    """The round ends here; `stop` is what the transcript is to hold."""

    def __init__(self, stop: Stop) -> None:
        super().__init__(stop)
        self.stop = stop


class Used(Frozen):
    """What was used of an attempt's limits: model calls, seconds running, US dollars."""

    steps: int = 0
    seconds: float = 0.0
    cost_usd: float = 0.0

    @classmethod
    def by(cls, transcripts: Iterable[Transcript]) -> "Used":
        """The sum over some rounds."""
        rounds = tuple(transcripts)
        return cls(
            steps=sum(one.steps for one in rounds),
            seconds=sum(one.seconds for one in rounds),
            cost_usd=sum(one.spend.cost_usd for one in rounds),
        )


def check(limits: Limits, used: Used) -> None:
    """Whether one more step may begin. Raises `Stopped` with `step_limit` or `time_limit`."""
    if used.steps >= limits.max_steps:
        raise Stopped(Stop.STEP_LIMIT)
    if used.seconds >= limits.max_seconds:
        raise Stopped(Stop.TIME_LIMIT)


def near_the_end(limits: Limits, used: Used) -> str | None:
    """What is nearly used up, in words for the model; None while there is enough of everything."""
    if limits.max_steps - used.steps <= _LAST_STEPS:
        return f"{max(limits.max_steps - used.steps, 0)} steps remain"
    if used.cost_usd >= limits.max_cost_usd * (1 - _LAST_SHARE):
        return "less than 10 % of the money remains"
    if used.seconds >= limits.max_seconds * (1 - _LAST_SHARE):
        return "less than 10 % of the time remains"
    return None


def command_seconds(limits: Limits, used: Used) -> float:
    """How long one command may run: the limit, or what is left of the whole time, at least a second."""
    return max(1.0, min(float(limits.command_seconds), limits.max_seconds - used.seconds))
