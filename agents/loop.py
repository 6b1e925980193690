"""The agent loop: run -> step -> execute(query), until a stop reason has a name."""

import asyncio
import logging

from agents.job import Job, Seat
from agents.limits import Stop, Stopped, check, near_the_end
from agents.listening import Listening
from agents.messages import calls_in, says_something, text, unanswered
from agents.purse import Purse
from agents.record import Record
from agents.render import render
from agents.resume import Begun, begin
from agents.summary import TOO_LONG, notes_of, summarise
from agents.tools.cut import one_line
from agents.tools.toolbox import DEFINITIONS, Toolbox, label
from agents.turn import Turn
from domain.conversation import Query, Reply
from domain.errors import ModelRejected, Transient
from domain.transcript import Transcript

_log = logging.getLogger(__name__)


async def work(job: Job, seat: Seat) -> Transcript:
    """One round, from wherever its checkpoint stands to a stop reason; a finished one asks nobody.

    Raises what the ports raise, after saving what was paid for: calling it again goes on from there.
    """
    begun = await begin(job, seat)
    if begun.transcript.stop is not None:
        return begun.transcript
    return await Round(job, seat, begun).run()


class Round:
    """A round under way."""

    def __init__(self, job: Job, seat: Seat, begun: Begun) -> None:
        self._job, self._case, self._progress = job, job.case, seat.progress
        self._record = Record(job, seat, begun)
        self._listening = Listening(job, seat, self._record)
        tools = Toolbox(seat.shell, seat.files, self._record.snapshots, job.checklist, str(seat.workspace.path))
        self._turn = Turn(self._record, tools, job.case.limits)
        self._purse = Purse(seat.model, seat.budget, job.case)
        self._note = begun.note
        self._warned = False
        self._action = ""

    async def run(self) -> Transcript:
        """Step until it stops; saved whatever happens."""
        try:
            while self._record.transcript.stop is None:
                await self.step()
                await self._show()
        finally:
            await self._record.save()
        return self._record.transcript

    async def step(self) -> None:
        """One call and what it asks for."""
        try:
            if unanswered(self._record.messages):
                await self._catch_up()
            else:
                await self.execute(await self.query())
            self._warn()
        except Stopped as halt:
            if halt.stop is not Stop.SUBMITTED or not await self._hears_more():
                self._record.note(stop=halt.stop.value)

    async def _hears_more(self) -> bool:
        """Whether something was said that the work handed in knows nothing of, and enough is left to heed it."""
        return near_the_end(self._case.limits, self._record.used()) is None and await self._listening.hear()

    async def _catch_up(self) -> None:
        """Use the tools that were asked for before an interruption: the answer is paid, and its edits count."""
        done = self._record.transcript
        self._record.note(redone=done.redone + 1)
        await self._record.save_words()
        await self._turn.act(unanswered(done.messages), cut_off=done.cut_off)
        if self._note is not None:
            self._record.tell(self._note)

    async def query(self) -> Reply:
        """Ask the model. Raises `Stopped` at a limit."""
        check(self._case.limits, self._record.used())
        if self._record.messages[-1].role == "user":
            await self._listening.hear()
        asked = Query(
            model=self._case.model, system=self._job.system, messages=self._record.messages, tools=DEFINITIONS
        )
        # What the step before did is saved while the model thinks: until then a crash does it once more.
        saving = asyncio.ensure_future(self._record.save())
        try:
            reply = await self._purse.ask(asked)
        except ModelRejected as refused:
            if TOO_LONG not in refused.reason:
                raise
            await saving
            await self._make_room()
            return await self.query()
        finally:
            await saving
        self._record.paid(reply)
        return reply

    async def execute(self, reply: Reply) -> None:
        """Do what the reply asks for, by its stop reason. Raises `Stopped`."""
        if reply.stop_reason == "refusal":
            raise Stopped(Stop.REFUSED)
        if reply.stop_reason == "model_context_window_exceeded":
            await self._make_room()
            return
        full = reply.stop_reason == "max_tokens"
        if not says_something(reply.message):
            self._record.remind("shorter" if full else "reminder")
            self._turn.count_malformed()
            return
        cut_off = full and reply.message.content[-1].get("type") == "tool_use"
        self._record.hear(reply.message, cut_off=cut_off)
        calls = calls_in(reply.message)
        self._action = label(calls[-1]) if calls else one_line(reply.text, 80)
        if calls:
            await self._record.save_words()
            await self._turn.act(calls, cut_off=cut_off)
        elif full:
            self._record.remind("shorter")
            self._turn.stop_if_stuck()
        elif reply.stop_reason != "pause_turn":
            await self._turn.listen(reply.text)

    async def _make_room(self) -> None:
        """Clear older tool results; when that is not enough, go on from the opening and a summary."""
        if self._record.make_room():
            return
        check(self._case.limits, self._record.used())
        reply = await summarise(self._purse, self._job.system, self._job.opening, self._record.messages)
        self._record.paid(reply)
        notes, done = notes_of(reply), self._record.transcript
        told = render("summary", notes=notes, steps=done.steps, submitted=done.submission is not None)
        self._record.begin_anew(*map(text, filter(None, (self._job.opening, self._job.feedback, told))))
        self._warned = False
        await self._record.save_words()

    def _warn(self) -> None:
        """Once, in the newest user message: earlier ones must not change, or the prompt cache is lost."""
        left = near_the_end(self._case.limits, self._record.used())
        if left is not None and not self._warned and self._record.messages[-1].role == "user":
            self._warned = True
            self._record.remind("wrap_up", left=left)

    async def _show(self) -> None:
        try:
            await self._progress(self._action, self._record.transcript.spend)
        except Transient as late:
            _log.warning("progress not shown: %s", late)
