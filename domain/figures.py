"""Figures of the whole cluster, counted in the ledger."""

import math

from domain.frozen import Frozen

STEP_BOUNDS_S = (0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_800.0, 3_600.0, math.inf)


class Count(Frozen):
    """How many tasks have a status; `specialty` is empty where none is chosen yet."""

    status: str
    specialty: str
    tasks: int


class Worth(Frozen):
    """What one specialist, model or repository has cost and brought; money in US dollars.

    `rework_rounds` is how often work went back to its specialist, because of a review or of red tests.
    """

    specialist: str
    model: str
    repo: str
    ended: int
    pull_requests: int
    merged: int
    closed: int
    first_pass: int
    rework_rounds: int = 0
    cost_usd: float


class StepTimes(Frozen):
    """How long a step took: for each of `STEP_BOUNDS_S` how many took at most that and more than the one before."""

    step: str
    counts: tuple[int, ...] = (0,) * len(STEP_BOUNDS_S)
    seconds: float = 0.0

    def with_more(self, up_to: float, steps: int, seconds: float) -> "StepTimes":
        """The same with more of them, below one of the bounds."""
        counts = [n + steps * (bound == up_to) for n, bound in zip(self.counts, STEP_BOUNDS_S, strict=True)]
        return self.model_copy(update={"counts": tuple(counts), "seconds": self.seconds + seconds})


class Figures(Frozen):
    """Sums over all tasks: tokens, US dollars, seconds; `oldest_s` is the age of the oldest queued task."""

    counts: tuple[Count, ...] = ()
    steps: tuple[StepTimes, ...] = ()
    oldest_s: float = 0.0
    cost_usd: float = 0.0
    input_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    output_tokens: int = 0
    model_s: float = 0.0
    tests_s: float = 0.0
    overhead_s: float = 0.0

    @property
    def cache_share(self) -> float:
        """How much of what was read came from the cache, 0 to 1."""
        read = self.input_tokens + self.cache_read_tokens + self.cache_write_tokens
        return self.cache_read_tokens / read if read else 0.0
