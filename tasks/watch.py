"""The author's eye on what others do at the same time."""

from dataclasses import dataclass

from domain.case import Case
from domain.ports import Shares
from domain.share import Share
from domain.spend import Spend


@dataclass
class Watch:
    """The port `GivenBack`; `seen` are the shares as they stood at the last look."""

    shares: Shares
    case: Case
    seen: tuple[Share, ...]

    async def __call__(self) -> tuple[Share, ...]:
        """Those that the author has to do itself; what is late is taken back with this look."""
        self.seen = await self.shares.look(self.case.id, self.case.attempt)
        return tuple(one for one in self.seen if one.state == "taken_back")

    @property
    def spend(self) -> Spend:
        """What the others have paid so far, for whatever came of it."""
        return spend_of(self.seen)


def spend_of(shares: tuple[Share, ...]) -> Spend:
    """What shares have cost, those that were taken back included."""
    return sum((one.spend for one in shares), Spend())
