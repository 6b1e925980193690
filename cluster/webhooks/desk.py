"""What acting on webhooks needs of the coordinator."""

from datetime import datetime
from typing import Protocol

from domain.case import CaseFile, WorkRequest
from domain.delivery import FrozenText


class Desk(Protocol):
    """Where orders are carried out. Each call may come twice after a crash, and the second changes nothing.

    `ClusterError`s may be raised by all: `Transient`s are tried again later.
    """

    async def start(self, request: WorkRequest, frozen: FrozenText, delivery: str) -> CaseFile:
        """The case for the request, with a run: a new one, or the one that stands for it already.

        A new case and the end of the `delivery` are one transaction (`proof.intake.open_case` takes both), so a
        crash before the run is created leaves a queued case without a run, which the coordinator finds.
        """
        ...

    async def retry(self, task_id: str, frozen: FrozenText, delivery: str) -> None:
        """A new attempt at a task that has ended, with this text; one that failed on its way goes on.

        A new attempt and the end of the `delivery` are one transaction (`proof.intake.reopen` takes both).
        """
        ...

    async def stop(self, task_id: str, why: str) -> None:
        """End the task with everything it started; `why` is a few words for people."""
        ...

    async def approve(self, task_id: str, by: str) -> None:
        """Let a task go on that waits for a person's word."""
        ...

    async def say(self, task_id: str, author: str, text: str, source: str) -> None:
        """Tell the task's agent something with its next step (`Remarks.say`)."""
        ...

    async def settled(self, task_id: str, pull: int, merged_at: datetime | None) -> None:
        """The task's pull request was merged, or closed without it (None)."""
        ...
