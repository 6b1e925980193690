"""The record of a round under way: every change to the transcript goes through here, and so does saving it."""

from agents.job import Job, Seat
from agents.limits import Used
from agents.messages import cleared, heard, text, told, unanswered
from agents.render import render
from agents.resume import Begun
from agents.snapshots import Snapshots, Taken
from domain.conversation import Block, Message, Reply
from domain.transcript import Transcript


class Record:
    """`transcript` always is what to save; the seconds in it go on from where an earlier run stopped."""

    def __init__(self, job: Job, seat: Seat, begun: Begun) -> None:
        self.transcript: Transcript = begun.transcript
        taken = Taken(tree=begun.transcript.tree, steps=begun.transcript.tree_steps)
        self.snapshots = Snapshots(seat.workspaces, seat.workspace, taken)
        self._key, self._checkpoints, self._clock = job.key, seat.checkpoints, seat.clock
        self._earlier, self._start = begun.earlier, begun.start
        self._began = seat.clock() - begun.transcript.seconds

    @property
    def messages(self) -> tuple[Message, ...]:
        """The whole conversation."""
        return self.transcript.messages

    @property
    def own_messages(self) -> tuple[Message, ...]:
        """What was said in this round."""
        return self.transcript.messages[self._start :]

    def used(self) -> Used:
        """What the attempt has used up to now."""
        self.note(seconds=round(self._clock() - self._began, 3))
        return Used.by((*self._earlier, self.transcript))

    def note(self, **fields: object) -> None:
        """Set fields of the transcript."""
        self.transcript = self.transcript.model_copy(update=fields)

    def paid(self, reply: Reply) -> None:
        """Count a step and its cost."""
        now = self.transcript
        self.note(spend=now.spend + reply.spend, steps=now.steps + 1, model_s=now.model_s + reply.seconds)

    def hear(self, message: Message, *, cut_off: bool) -> None:
        """The assistant said something; `cut_off`: its last tool call is not whole."""
        self.note(messages=heard(self.messages, message), cut_off=cut_off, redone=0)

    def tell(self, *blocks: Block) -> None:
        """Say something to the model."""
        self.note(messages=told(self.messages, *blocks))

    def remind(self, prompt: str, **values: object) -> None:
        """Say a prompt to the model."""
        self.tell(text(render(prompt, **values)))

    def make_room(self) -> bool:
        """Empty the older tool results; False if there is nothing to empty."""
        fewer = cleared(self.messages)
        if fewer == self.messages:
            return False
        self.note(messages=fewer)
        return True

    def begin_anew(self, *blocks: Block) -> None:
        """The conversation starts with this; what was said before is gone, but what people remark is told again.

        So is which parts of others were given back.
        """
        self.note(messages=told((), *blocks), summarised=True, remark=0, returned=())
        self._start = 0

    async def save_words(self) -> None:
        """Put what was said where a crash loses nothing: it is paid for, and acting on it takes time."""
        self.used()
        await self._checkpoints.save(self._key, self.transcript)

    async def save(self) -> None:
        """Save after a step, with a snapshot of the files; in the middle of one it is saved already, as it began."""
        if self.transcript.stop is None and unanswered(self.messages):
            return
        taken = await self.snapshots.keep_up(self.transcript.steps)
        self.note(tree=taken.tree, tree_steps=taken.steps)
        await self.save_words()
