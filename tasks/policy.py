"""The one retry policy: what is transient is tried again, everything else is told at once."""

from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

from prefect import Task, task
from prefect.client.schemas.objects import State, TaskRun

from domain.errors import RateLimited, Transient

P = ParamSpec("P")
R = TypeVar("R")
_RETRIES = 3
_DELAYS = [2.0, 8.0, 30.0]  # seconds; jitter is added


async def only_transient(task: Task[..., Any], task_run: TaskRun, state: State[Any]) -> bool:  # noqa: ARG001 - Prefect calls it by keyword
    """Whether a failed task is worth another try: not for authentication, quota or configuration.

    A rate limit was waited for already, as long as a slot may be held; the run comes back later.
    """
    error = await state.aresult(raise_on_failure=False)
    return isinstance(error, Transient) and not isinstance(error, RateLimited)


def step(name: str) -> Callable[[Callable[P, Coroutine[Any, Any, R]]], Task[P, Coroutine[Any, Any, R]]]:
    """A task of the pipeline. Results stay in memory: what must survive is in the ledger or on the forge."""
    return task(
        name=name,
        retries=_RETRIES,
        retry_delay_seconds=_DELAYS,
        retry_jitter_factor=0.3,
        retry_condition_fn=only_transient,
        persist_result=False,
    )
