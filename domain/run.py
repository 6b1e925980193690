"""The runs that the coordinator asks the Prefect server for."""

from datetime import datetime
from typing import Literal

from domain.frozen import Frozen
from domain.outcome import Status

Cause = Literal["start", "recovery", "reroute"]


class RunOrder(Frozen):
    """One run of a case in a pool; `number` counts those of an attempt, and `run_id` is None until it exists."""

    task_id: str
    attempt: int
    number: int
    cause: Cause
    pool: str
    queue: str
    run_id: str | None = None
    created: datetime

    @property
    def key(self) -> str:
        """What makes it one run, however often it is created."""
        return f"{self.task_id}-{self.attempt}-{self.number}"


class Standing(Frozen):
    """An unfinished case: its newest run, and until when (UTC) its claim holds; None if nobody holds it.

    `released` says that the last holder gave it back itself.
    """

    task_id: str
    attempt: int
    status: Status
    updated: datetime
    order: RunOrder | None = None
    lease_until: datetime | None = None
    released: bool = False
    recoveries: int = 0
