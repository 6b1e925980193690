"""The agent's turn to act: its tool calls, or words without one."""

from agents.limits import Stop, Stopped, command_seconds
from agents.messages import result
from agents.record import Record
from agents.stuck import is_stuck
from agents.tools.answer import Answer
from agents.tools.cut import head, one_line
from agents.tools.toolbox import Toolbox
from domain.case import Limits
from domain.change import Submission
from domain.conversation import ToolCall
from domain.errors import BadWork

_MOST_IN_A_ROW = 3
_CUT_OFF = Answer(
    text="not run: your answer reached its length limit inside this call. Send smaller pieces.",
    error=True,
    malformed=True,
)
_AFTER_SUBMIT = Answer(text="not run: submit must be the last call of a message", error=True)


class Turn:
    """Acts, and counts what goes wrong in a row."""

    def __init__(self, record: Record, tools: Toolbox, limits: Limits) -> None:
        self._record, self._tools, self._limits = record, tools, limits
        self._malformed = self._quiet = 0

    async def act(self, calls: tuple[ToolCall, ...], *, cut_off: bool) -> None:
        """Answer every call in one message; with `cut_off` the last is not whole. Raises `Stopped`."""
        answers: list[Answer] = []
        for number, call in enumerate(calls, start=1):
            answers.append(await self._answer(call, answers, cut_off=cut_off and number == len(calls)))
        self._record.tell(*(result(call, answer) for call, answer in zip(calls, answers, strict=True)))
        self._quiet = 0
        self._hand_in(answers)
        if all(answer.malformed for answer in answers):
            self.count_malformed()
        else:
            self._malformed = 0
        self.stop_if_stuck()

    async def _answer(self, call: ToolCall, before: list[Answer], *, cut_off: bool) -> Answer:
        if any(answer.submission for answer in before):
            return _AFTER_SUBMIT
        if cut_off:
            return _CUT_OFF
        seconds = command_seconds(self._limits, self._record.used())
        return await self._tools.use(call, self._record.transcript.submission, seconds)

    def _hand_in(self, answers: list[Answer]) -> None:
        for answer in answers:
            if answer.submission is not None:
                self._record.note(submission=answer.submission)
                if answer.final:
                    raise Stopped(Stop.SUBMITTED)

    async def listen(self, words: str) -> None:
        """Words without a call: a reminder, then taken as handing in if files differ. Raises `Stopped`."""
        self._quiet += 1
        if self._quiet == _MOST_IN_A_ROW:
            raise Stopped(Stop.MALFORMED)
        if self._quiet > 1:
            meant = self._record.transcript.submission or await self._meant(words)
            if meant is not None:
                self._record.note(submission=meant)
                raise Stopped(Stop.SUBMITTED)
        self._record.remind("reminder")

    async def _meant(self, words: str) -> Submission | None:
        try:
            change = await self._record.snapshots.take()
        except BadWork:
            return None
        if change.empty:
            return None
        return Submission(kind="change", title=one_line(words, 70), summary=head(words.strip(), 4_000))

    def count_malformed(self) -> None:
        """One more reply that nothing could be done with. Raises `Stopped` at the third in a row."""
        self._malformed += 1
        if self._malformed == _MOST_IN_A_ROW:
            raise Stopped(Stop.MALFORMED)

    def stop_if_stuck(self) -> None:
        """Raises `Stopped` when the agent goes round in circles."""
        if is_stuck(self._record.own_messages):
            raise Stopped(Stop.STUCK)
