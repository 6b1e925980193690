"""What a round is to do, and what it may use to do it."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from domain.case import Case
from domain.frozen import Frozen
from domain.ports import Budget, Checkpoints, Files, GivenBack, Model, Progress, Remarks, Shell, Workspaces
from domain.transcript import RoundKey
from domain.workspace import Workspace


class Job(Frozen):
    """One round. `system` and `opening` begin the conversation and must be the same in every round.

    `feedback` is what a fix round must put right, `returned` are the shares that it gives back to the author;
    `checklist` is shown before work is taken.
    """

    case: Case
    key: RoundKey
    system: str
    opening: str
    feedback: str | None = None
    returned: tuple[int, ...] = ()
    checklist: tuple[str, ...] = ()


@dataclass(frozen=True)
class Seat:
    """The ports a round works with; `clock` gives seconds that only grow.

    Without `remarks` nobody is listened to; `given_back` is there where others do parts of the work.
    """

    model: Model
    shell: Shell
    files: Files
    workspaces: Workspaces
    workspace: Workspace
    budget: Budget
    checkpoints: Checkpoints
    progress: Progress
    clock: Callable[[], float] = time.monotonic
    remarks: Remarks | None = None
    given_back: GivenBack | None = None


def next_round(job: Job, feedback: str, returned: tuple[int, ...] = ()) -> Job:
    """The job of the round after this one: what it is to put right, and the shares that it gives back."""
    key = job.key.model_copy(update={"round": job.key.round + 1})
    return job.model_copy(update={"key": key, "feedback": feedback, "returned": returned})
