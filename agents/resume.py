"""How a round begins: finished already, interrupted, after an earlier round, or from nothing."""

import logging
from dataclasses import dataclass

from agents.job import Job, Seat
from agents.messages import result, text, told, unanswered
from agents.render import render
from agents.tools.answer import Answer
from domain.conversation import Block, Message
from domain.errors import BadWork, GitFailed
from domain.transcript import Transcript

_INTERRUPTED = "interrupted: the work stopped while this ran; the shell's state is lost, run it again if needed"
_MOST_REDONE = 3  # what was asked for may be what ended the process
_NOT_RUN = "not run: the round had ended"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Begun:
    """Where a round stands when it begins; `start` is the index of the first message that is its own.

    The last message may ask for tools that were never used, or not to the end, with the files as they were before
    it: they are used now, and `note` is told after their results.
    """

    transcript: Transcript
    earlier: tuple[Transcript, ...] = ()
    note: Block | None = None

    @property
    def start(self) -> int:
        """Messages before this index were said in earlier rounds; a summary is this round's own."""
        return len(self.earlier[-1].messages) if self.earlier and not self.transcript.summarised else 0


async def begin(job: Job, seat: Seat) -> Begun:
    """Find out how far the round is, and set the agent's files to where it stands.

    Raises what `Checkpoints.load` and, for a finished round, `Workspaces.restore` raise.
    """
    earlier = await _earlier(job, seat)
    saved = await seat.checkpoints.load(job.key)
    if saved is None:
        return await _fresh(job, seat, earlier)
    if saved.stop is None:
        return await _going_on(saved, seat, earlier)
    if saved.tree is not None:
        await seat.workspaces.restore(seat.workspace, saved.tree)
    return Begun(transcript=saved, earlier=earlier)


async def _earlier(job: Job, seat: Seat) -> tuple[Transcript, ...]:
    keys = [job.key.model_copy(update={"round": number}) for number in range(job.key.round)]
    found = [await seat.checkpoints.load(key) for key in keys]
    return tuple(one for one in found if one is not None)


async def _fresh(job: Job, seat: Seat, earlier: tuple[Transcript, ...]) -> Begun:
    messages: tuple[Message, ...] = (Message(role="user", content=(text(job.opening),)),)
    tree, remark, returned = None, 0, job.returned
    if earlier:
        previous = earlier[-1]
        remark = previous.remark if previous.messages else 0
        returned = (*previous.returned, *job.returned)
        tree = previous.tree if await _restored(seat, previous.tree) else None
        messages = previous.messages or messages
        left = unanswered(messages)
        if left:
            messages = told(messages, *(result(call, Answer(text=_NOT_RUN, error=True)) for call in left))
    if job.feedback is not None:
        messages = told(messages, text(job.feedback))
    elif messages[-1].role == "assistant":
        messages = told(messages, text(render("reminder")))
    begun = Transcript(messages=messages, tree=tree, remark=remark, returned=returned)
    return Begun(transcript=begun, earlier=earlier)


async def _going_on(saved: Transcript, seat: Seat, earlier: tuple[Transcript, ...]) -> Begun:
    restored = saved.tree is None or await _restored(seat, saved.tree)
    if saved.steps == 0:
        return Begun(transcript=saved, earlier=earlier)
    calls = unanswered(saved.messages)
    lost = saved.steps - saved.tree_steps
    if calls and restored and lost <= 1 and saved.redone < _MOST_REDONE:
        note = text(render("interrupted", restored=True, lost=0, steps=saved.steps))
        return Begun(transcript=saved, earlier=earlier, note=note)
    note = text(render("interrupted", restored=restored, lost=max(lost, 0), steps=saved.steps))
    answers = [result(call, Answer(text=_INTERRUPTED, error=True)) for call in calls]
    if answers or note not in saved.messages[-1].content:
        messages = told(saved.messages, *answers, note)
        saved = saved.model_copy(update={"messages": messages})
    return Begun(transcript=saved, earlier=earlier)


async def _restored(seat: Seat, tree: str | None) -> bool:
    """Whether the files are those of the snapshot; on another machine it may be gone."""
    if tree is None:
        return False
    try:
        await seat.workspaces.restore(seat.workspace, tree)
    except (GitFailed, BadWork) as failed:
        _log.warning("snapshot %s can't be restored: %s", tree, failed)
        return False
    return True
