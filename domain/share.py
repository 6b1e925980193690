"""A share: a part of the work that another specialist does at the same time, on another slot of the cluster."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from domain.area import Area
from domain.frozen import Frozen
from domain.spend import Spend

MOST_SHARES = 3
ShareState = Literal["offered", "started", "done", "taken_back"]
# What the author takes back when it looks: what came too late, what has not started, or all that is not done.
Recall = Literal["late", "unstarted", "all"]


class Part(Frozen):
    """What a specialist is to do, and the only paths it may touch for it."""

    specialist: str
    area: Area
    what: str = Field(min_length=1, max_length=2_000)

    @property
    def places(self) -> str:
        """Its paths in a row."""
        return ", ".join(self.area.globs)


class Plan(Frozen):
    """How the work splits; without parts it does not, and `reason` says why in a line."""

    parts: tuple[Part, ...] = Field(default=(), max_length=MOST_SHARES)
    reason: str = ""


class Handed(Frozen):
    """What came of a share: the files of `tree` inside its area, the specialist's words, and what was left out.

    `taken` and `left_out` are paths; the latter lie outside the area and are dropped.
    """

    tree: str
    summary: str = ""
    taken: tuple[str, ...]
    left_out: tuple[str, ...] = ()


class Share(Frozen):
    """One part of an attempt, as the ledger has it; `number` counts from 1.

    An offer that was not taken in time, one whose holder gives no sign of life, and one that failed is
    `taken_back` for a `reason`: its author does it. `spend` is what it has cost so far, in whatever state.
    """

    task_id: str
    attempt: int
    number: int
    part: Part
    pool: str
    state: ShareState
    node: str | None = None
    run_id: str | None = None
    offered: datetime
    spend: Spend = Spend()
    handed: Handed | None = None
    reason: str = ""

    @property
    def open(self) -> bool:
        """Whether something may still come of it."""
        return self.state in {"offered", "started"}

    @property
    def key(self) -> str:
        """What makes its run one run, however often it is created."""
        return f"{self.task_id}-{self.attempt}-share-{self.number}"

    def told(self) -> dict[str, object]:
        """For programs, of plain values."""
        return {
            "number": self.number,
            "agent": self.part.specialist,
            "paths": list(self.part.area.globs),
            "what": self.part.what,
            "state": self.state,
            "node": self.node,
            "reason": self.reason or None,
            "cost_usd": self.spend.cost_usd,
        }
