"""A part goes to the author of the whole: its files inside its area, and its specialist's words. Nothing is pushed."""

from prefect.logging import get_run_logger

from agents.limits import Stop
from domain.share import Handed, Share
from domain.transcript import Transcript
from proof.bench import Prepared
from tasks.blocks import outside
from tasks.generate import Work
from tasks.join_shares import handover_key
from tasks.policy import step
from tasks.share_hold import hold_of

_TOO_LARGE = "its files are too large to be sent"


@step("hand_in")
async def hand_in(share: Share, prepared: Prepared, work: Work) -> str:
    """One line on what came of it; where nothing did, the part goes back to the author. Raises `ShareLost`."""
    hold = hold_of(share)
    await hold.prove()
    reason = _unfinished(work.transcript)
    handed = None if reason else await _packed(share, prepared, work)
    if handed is None:
        reason = reason or _TOO_LARGE
    elif not handed.taken:
        reason = f"nothing was changed in {share.part.places}"
    hold.settled = True
    if reason or handed is None:
        await hold.shares.fail(share, reason)
        return f"given back: {reason}"
    await hold.shares.hand_in(share, handed)
    if handed.left_out:
        get_run_logger().warning("outside of its area, dropped: %s", ", ".join(handed.left_out))
    return f"files handed in: {len(handed.taken)}, dropped: {len(handed.left_out)}"


async def _packed(share: Share, prepared: Prepared, work: Work) -> Handed | None:
    """What is inside the area, at the coordinator; None if it is too large to be sent."""
    desk, workspace = await outside(), prepared.workspace
    graft = await desk.parcels.graft(workspace, workspace.case.base_sha, work.change.tree, share.part.area)
    data = await desk.parcels.pack(workspace, graft.tree)
    if data is None or desk.depot is None:
        return None
    await desk.depot.keep_files(handover_key(share), data)
    said = work.transcript.submission
    return Handed(tree=graft.tree, summary=said.summary if said else "", taken=graft.taken, left_out=graft.left)


def _unfinished(transcript: Transcript) -> str:
    """Why there is nothing to hand in; empty if there is."""
    said = transcript.submission
    if transcript.stop != Stop.SUBMITTED or said is None:
        return f"its specialist stopped: {transcript.stop}"
    if said.kind != "change":
        words = " ".join((said.summary or said.evidence).split())[:500]
        return f"its specialist says {said.kind}: {words}"
    return ""
