"""The one retry policy: what is transient is tried again, everything else is told at once."""

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from prefect import Task, task
from prefect.client.schemas.objects import State, TaskRun

from domain.errors import AnswerLost, RateLimited, Transient
from domain.frozen import Frozen
from domain.secrecy import scrub

P = ParamSpec("P")
R = TypeVar("R")
_RETRIES = 3
_DELAYS = [2.0, 8.0, 30.0]  # seconds; jitter is added


class Comeback(Frozen):
    """When a run that met a rate limit is worth starting again, in seconds; `most` runs in all.

    The shortest wait is longer than Prefect's workers look ahead (10 s) and a process takes to end.
    """

    shortest_s: float = 30.0
    longest_s: float = 3600.0
    most: int = 30

    def wait_s(self, asked_s: float, runs: int) -> float | None:
        """The wait after the `runs`-th run (from 1), at least doubling each time; None when it was tried enough."""
        if runs >= self.most:
            return None
        growing = self.shortest_s * 2.0 ** max(runs - 1, 0)
        return min(max(asked_s, growing), self.longest_s)


COMEBACK = Comeback()


async def only_transient(task: Task[..., Any], task_run: TaskRun, state: State[Any]) -> bool:  # noqa: ARG001 - Prefect calls it by keyword
    """Whether a failed task is worth another try: not for authentication, quota or configuration.

    A rate limit was waited for already, as long as a slot may be held; the run comes back later. An answer of
    the model that was lost was asked for again already, and each time may have been paid.
    """
    error = await state.aresult(raise_on_failure=False)
    return isinstance(error, Transient) and not isinstance(error, RateLimited | AnswerLost)


def step(name: str) -> Callable[[Callable[P, Coroutine[Any, Any, R]]], Task[P, Coroutine[Any, Any, R]]]:
    """A task of the pipeline. Results stay in memory: what must survive is in the ledger or on the forge."""
    settled = task(
        name=name,
        retries=_RETRIES,
        retry_delay_seconds=_DELAYS,
        retry_jitter_factor=0.3,
        retry_condition_fn=only_transient,
        persist_result=False,
    )
    return lambda work: settled(_scrubbed(work))


def _scrubbed(work: Callable[P, Coroutine[Any, Any, R]]) -> Callable[P, Coroutine[Any, Any, R]]:
    """Prefect writes what an error says into the state of the run: that must hold no secret."""

    @wraps(work)
    async def scrubbed(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return await work(*args, **kwargs)
        except Exception as error:
            scrub(error)
            raise

    return scrubbed
