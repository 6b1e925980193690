"""A bounded retry of what surely was not served: short waits here, a long one handed to whoever schedules the run."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from adapters.claude.answer import Answer
from domain.errors import ClusterError, RateLimited
from domain.frozen import Frozen

_LOG = logging.getLogger(__name__)
_CHANCE = random.SystemRandom()


class Patience(Frozen):
    """How often one call is tried, and the waits in seconds between the tries (doubling, with jitter)."""

    tries: int = 3
    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0

    def wait_s(self, tried: int) -> float:
        """The wait after the `tried`-th try when the API names none."""
        longest: float = min(self.first_wait_s * 2 ** (tried - 1), self.longest_wait_s)
        return longest * _CHANCE.uniform(0.5, 1.0)


@dataclass(frozen=True)
class Failure:
    """Our error, whether the same call may be repeated unpaid, and the wait in seconds that the API asks for."""

    error: ClusterError
    again: bool = False
    wait_s: float | None = None


class Failed(Exception):
    """One try failed."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(str(failure.error))
        self.failure = failure


async def patiently(
    patience: Patience, attempt: Callable[[], Awaitable[Answer]], asked_to_wait: Callable[[float], Awaitable[None]]
) -> Answer:
    """The first answer of `attempt`, which raises `Failed` when it has none.

    `asked_to_wait` hears for how many seconds the API wants no more calls: others use the account too.

    All tries together cost what one call costs: a try that may have been served is the last.

    Raises:
        RateLimited: the API asks for a wait longer than ours; carries it.
        ClusterError: the failure's own error, when it is final or the tries are used up.
    """
    tried = 0
    while True:
        tried += 1
        try:
            return await attempt()
        except Failed as failed:
            if failed.failure.wait_s is not None:
                await asked_to_wait(failed.failure.wait_s)
            wait = _wait_or_raise(patience, failed, tried)
            _LOG.warning("claude call failed: try=%d wait_s=%.1f reason=%s", tried, wait, failed)
        await asyncio.sleep(wait)


def _wait_or_raise(patience: Patience, failed: Failed, tried: int) -> float:
    """The seconds until the next try, if there is to be one."""
    failure = failed.failure
    asked = failure.wait_s
    if failure.again and asked is not None and asked > patience.longest_wait_s:
        raise RateLimited(failure.error.reason, failure.error.remedy, retry_after=asked) from failed
    if not failure.again or tried >= patience.tries:
        raise failure.error from failed
    return patience.wait_s(tried) if asked is None else asked
