"""A share of this process: begun before anything else, kept alive beside the work, proven before each call."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from domain.case import Case
from domain.errors import ClusterError, ShareLost, Transient, UsageError
from domain.ports import Shares
from domain.share import Share
from domain.spend import Spend
from tasks.blocks import outside

_LEASE_S, _RENEW_S = 60.0, 5.0


@dataclass
class Hold:
    """What this process holds, and what it has paid for it; the files of `case` are its own, and go with it.

    `settled`: it is handed in or given back, so that nothing has to be shown any more.
    """

    shares: Shares
    share: Share
    spend: Spend
    lost: bool = False
    settled: bool = False
    case: Case | None = None

    async def prove(self) -> None:
        """Show that the share is still ours. Raises `ShareLost`: stop without a trace."""
        await self.shares.prove(self.share, _LEASE_S, self.spend)


_holds: dict[str, Hold] = {}


@asynccontextmanager
async def share_held(task_id: str, attempt: int, number: int) -> AsyncIterator[Share]:
    """The share is ours inside; what goes wrong there gives it back to the author of the whole at once.

    Raises `ShareLost` if it is not to be had, was taken back, or its case has ended: the work inside is stopped then.
    """
    desk = await outside()
    if desk.shares is None:
        raise UsageError("parts of an issue are worked on in a cluster only", "claude-cluster-distributed start-node")
    node = desk.settings.node_id or socket.gethostname()
    share = await desk.shares.start(task_id, attempt, number, node, _LEASE_S)
    hold = _holds[share.key] = Hold(desk.shares, share, share.spend)
    work = asyncio.current_task()
    renewing = asyncio.ensure_future(_renew(hold, work))
    try:
        yield share
    except asyncio.CancelledError:
        if not hold.lost or work is None:
            raise
        work.uncancel()  # it was ours, and has done what it was for
        raise ShareLost(f"part {number} of {task_id} was taken back, or its case has ended") from None
    except ShareLost:
        raise
    except Exception as error:
        reason = str(error) if isinstance(error, ClusterError) else type(error).__name__
        with suppress(ClusterError):  # then its lease does it
            await desk.shares.fail(share, f"it failed: {reason}")
        raise
    finally:
        renewing.cancel()
        del _holds[share.key]
        if hold.case:
            with suppress(ClusterError):  # then they go with age
                await desk.workspaces.discard(hold.case)


def hold_of(share: Share) -> Hold:
    """What this process holds of it. Raises `KeyError` outside of `share_held`."""
    return _holds[share.key]


async def _renew(hold: Hold, work: "asyncio.Task[object] | None") -> None:
    """Until it is settled, or lost: then the work is stopped, whatever it does."""
    while not hold.settled:
        await asyncio.sleep(_RENEW_S)
        try:
            with suppress(Transient):
                await hold.prove()
        except ShareLost:
            hold.lost = not hold.settled
            if work is not None and hold.lost:
                work.cancel()
            return
