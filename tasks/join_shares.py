"""The parts of others come to the author's own: waited for, put together, or given back to the author."""

import asyncio
import time

from agents.job import Job
from agents.limits import Stop
from agents.parts import given_back
from domain.change import Change
from domain.errors import BadWork
from domain.frozen import Frozen
from domain.share import Recall, Share
from domain.transcript import RoundKey, Transcript
from proof.bench import Prepared
from tasks.blocks import outside
from tasks.claim import prove
from tasks.generate import Work
from tasks.place import noted
from tasks.policy import step
from tasks.shipping import checkpoints_of

_LOOK_S = 1.0


class Joined(Frozen):
    """The author's round with the files of others; `feedback` says which parts it is to do itself (`returned`)."""

    work: Work
    shares: tuple[Share, ...]
    feedback: str | None = None
    returned: tuple[int, ...] = ()


def handover_key(share: Share) -> RoundKey:
    """Where a share's files lie at the coordinator."""
    return RoundKey(task_id=share.task_id, attempt=share.attempt, round=0, role="handover", share=share.number)


@step("join_shares")
async def join_shares(prepared: Prepared, job: Job, work: Work) -> Joined:
    """What has not started is not waited for; what has, for as long as its lease and the author's seconds last."""
    began = time.monotonic()
    handed_in = work.transcript.stop == Stop.SUBMITTED
    left_s = job.case.limits.max_seconds - work.transcript.seconds
    shares = await _settled(job, left_s if handed_in else 0.0)
    if not work.transcript.joined:
        work, shares = await _together(prepared, job, work, shares, time.monotonic() - began)
    await noted(job.case.id, shares=shares)
    told = work.transcript.returned
    back = tuple(one for one in shares if one.state == "taken_back" and one.number not in told)
    if not back or not handed_in:
        return Joined(work=work, shares=shares)
    words = given_back(back, joined=any(one.state == "done" for one in shares))
    return Joined(work=work, shares=shares, feedback=words, returned=tuple(one.number for one in back))


async def _settled(job: Job, left_s: float) -> tuple[Share, ...]:
    """The shares once nothing more comes of any. Raises `ClaimLost`."""
    desk, case = await outside(), job.case
    if desk.shares is None:
        raise RuntimeError("there are shares only where there is a ledger of them")
    deadline, told = time.monotonic() + left_s, ""
    while True:
        recall: Recall = "unstarted" if time.monotonic() < deadline else "all"
        shares = await desk.shares.look(case.id, case.attempt, recall)
        waiting = ", ".join(f"{one.part.specialist} on {one.node}" for one in shares if one.open)
        if not waiting:
            return shares
        if waiting != told:
            await noted(case.id, action=f"waits for {waiting}", shares=shares)
        told = waiting
        await prove(case.id)
        await asyncio.sleep(_LOOK_S)


async def _together(
    prepared: Prepared, job: Job, work: Work, shares: tuple[Share, ...], waited_s: float
) -> tuple[Work, tuple[Share, ...]]:
    """The whole in the author's checkout, and so in its checkpoint: a crash after this has nothing to put together."""
    desk = await outside()
    tree = work.change.tree
    for share in shares:
        if share.state == "done":
            tree = await _grafted(prepared, tree, share)
    change = await _restored(prepared, work.change, tree, shares)
    transcript = _with_whole(work.transcript, change, came=change.tree != work.change.tree, waited_s=waited_s)
    await (await checkpoints_of(prepared.workspace)).save(job.key, transcript)
    if desk.shares is not None:
        shares = await desk.shares.look(job.case.id, job.case.attempt)
    return Work(transcript=transcript, change=change), shares


async def _grafted(prepared: Prepared, onto: str, share: Share) -> str:
    """The tree with a share's files; one whose files can't be used is given back."""
    desk = await outside()
    data = await desk.depot.files(handover_key(share)) if desk.depot else None
    if data is None or share.handed is None:
        await _refuse(share, "its files did not arrive")
        return onto
    try:
        await desk.parcels.unpack(prepared.workspace, data)
        return (await desk.parcels.graft(prepared.workspace, onto, share.handed.tree, share.part.area)).tree
    except BadWork as unusable:
        await _refuse(share, str(unusable))
        return onto


async def _restored(prepared: Prepared, own: Change, tree: str, shares: tuple[Share, ...]) -> Change:
    desk = await outside()
    if tree == own.tree:
        return own
    try:
        await desk.workspaces.restore(prepared.workspace, tree)
        return await desk.workspaces.snapshot(prepared.workspace)
    except BadWork as unusable:
        await desk.workspaces.restore(prepared.workspace, own.tree)
        for share in shares:
            if share.state == "done":
                await _refuse(share, str(unusable))
        return own


async def _refuse(share: Share, reason: str) -> None:
    desk = await outside()
    if desk.shares is not None:
        await desk.shares.fail(share, reason)


def _with_whole(transcript: Transcript, change: Change, *, came: bool, waited_s: float) -> Transcript:
    """With files of others the whole is a change, even if the author had nothing to do for its own part."""
    said = transcript.submission
    if came and said is not None and said.kind == "no_change_needed":
        said = said.model_copy(update={"kind": "change"})
    seconds = round(transcript.seconds + waited_s, 3)
    changes = {"tree": change.tree, "joined": True, "submission": said, "seconds": seconds}
    return transcript.model_copy(update=changes)
