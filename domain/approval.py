"""A person's word before a step, where the repository asks for it."""

from datetime import datetime, timedelta
from typing import Literal

from domain.frozen import Frozen

ApprovalPoint = Literal["pull_request", "generate"]
# Source: the contract of `[approval]`: suspended at most seven days, then blocked.
LONGEST_WAIT = timedelta(days=7)


class Approval(Frozen):
    """Asked for before a step and, with a time, granted; `by` is whoever granted it, as far as that is known."""

    before: ApprovalPoint
    asked: datetime
    granted: datetime | None = None
    by: str = ""

    @property
    def over(self) -> datetime:
        """When nobody waits for it any more."""
        return self.asked + LONGEST_WAIT
