"""What a round is to do, and what it may use to do it."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from domain.case import Case
from domain.frozen import Frozen
from domain.ports import Budget, Checkpoints, Files, Model, Progress, Remarks, Shell, Workspaces
from domain.transcript import RoundKey
from domain.workspace import Workspace


class Job(Frozen):
    """One round. `system` and `opening` begin the conversation and must be the same in every round.

    `feedback` is what a fix round must put right; `checklist` is shown before work is taken.
    """

    case: Case
    key: RoundKey
    system: str
    opening: str
    feedback: str | None = None
    checklist: tuple[str, ...] = ()


@dataclass(frozen=True)
class Seat:
    """The ports a round works with; `clock` gives seconds that only grow. Without `remarks` nobody is listened to."""

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
