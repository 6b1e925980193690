"""The cluster's clock: that of the machine with the ledger. A node's own may be hours off; the coordinator tells.

Times that others read (in case files, on the Prefect server) are taken from here. What only this process measures
is measured by its monotonic clock.
"""

import time
from datetime import UTC, datetime, timedelta

_NOISE_S = 2.0  # a slow answer is no other clock
_ahead = {"seconds": 0.0}


def now() -> datetime:
    """What time it is in the cluster (UTC)."""
    return datetime.now(UTC) + timedelta(seconds=ahead_s())


def ahead_s() -> float:
    """By how many seconds the cluster's clock is ahead of this machine's; 0 where nobody has told."""
    return _ahead["seconds"]


def learn(theirs: float, asked: float) -> None:
    """The coordinator's clock in an answer to what was `asked` at that time of ours; both in seconds since 1970."""
    difference = theirs - (asked + time.time()) / 2
    _ahead["seconds"] = difference if abs(difference) > _NOISE_S + (time.time() - asked) / 2 else 0.0
