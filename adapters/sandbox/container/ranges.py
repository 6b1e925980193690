"""Which users and groups the helper gives away."""

from pydantic import Field

from domain.frozen import Frozen

_LAST = 2**31


class Ranges(Frozen):
    """Numbers from `first` on: the users of slots, as many wardens who end them, the groups of shown folders.

    A slot's own group has its user's number. `worker` is user and group of the worker.
    """

    worker: int = Field(default=10_001, gt=0, lt=_LAST)
    first: int = Field(default=20_001, gt=0, lt=_LAST)
    slots: int = Field(default=64, gt=0, le=1_000)
    shared: int = Field(default=2_000, gt=0, le=20_000)

    @property
    def users(self) -> range:
        """Of slots, and their own groups."""
        return range(self.first, self.first + self.slots)

    @property
    def groups(self) -> range:
        """Of folders that sessions show."""
        return range(self.first + 2 * self.slots, self.first + 2 * self.slots + self.shared)

    @property
    def every(self) -> range:
        """All numbers that nobody else on the machine may have."""
        return range(self.first, self.groups.stop)

    def warden(self, uid: int) -> int:
        """The user who ends what runs as `uid`, and whom it can't reach."""
        return uid + self.slots
