"""The nightly look at the backlog: labelled open issues that nobody has taken up get a task."""

from typing import Annotated, Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed
from pydantic import Field

from tasks.sweep import sweep


@flow(name="backlog-sweep", persist_result=False)
async def backlog_sweep(
    repos: list[str] | None = None,
    labels: list[str] | None = None,
    limit: Annotated[int, Field(ge=1, le=100)] = 20,
) -> State[Any]:
    """Start work on labelled open issues, by priority and age, as many as there are free slots and budget.

    What was merged or closed meanwhile is written down for the report.

    Args:
        repos: owner/name of each repository; empty for CLAUDE_CLUSTER_REPO of the worker.
        labels: Issues with one of these; empty for every label that asks for work.
        limit: At most so many.
    """
    swept = await sweep(tuple(repos or ()), tuple(labels or ()), limit)
    words = [", ".join(swept.started) or "nothing to start", *swept.settled]
    return Completed(message="; ".join(words), data=swept.model_dump())
