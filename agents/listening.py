"""What people say to the agent while it works, and which parts of others become its own: told before its next step."""

import hashlib
import logging

from agents.hidden import visible
from agents.job import Job, Seat
from agents.messages import text
from agents.parts import given_back
from agents.record import Record
from agents.render import render
from agents.tools.cut import head, one_line
from domain.conversation import Block
from domain.delivery import Remark
from domain.errors import Transient

_MOST = 8_000
_LOGIN = 60
_log = logging.getLogger(__name__)


class Listening:
    """The transcript holds the numbers of what was told beside the words, so a crash loses and repeats nothing."""

    def __init__(self, job: Job, seat: Seat, record: Record) -> None:
        self._task, self._remarks, self._record = job.key.task_id, seat.remarks, record
        self._given_back = seat.given_back

    async def hear(self) -> bool:
        """Tell the agent what is new, where a message from us may stand; whether there was anything."""
        said = await self._hear_people()
        return await self._hear_of_parts() or said

    async def _hear_of_parts(self) -> bool:
        if self._given_back is None:
            return False
        try:
            back = await self._given_back()
        except Transient as late:
            _log.warning("parts not heard of: %s", late)
            return False
        known = self._record.transcript.returned
        if new := tuple(one for one in back if one.number not in known):
            self._record.tell(text(given_back(new)))
            self._record.note(returned=(*known, *(one.number for one in new)))
        return bool(new)

    async def _hear_people(self) -> bool:
        if self._remarks is None:
            return False
        try:
            new = await self._remarks.take(self._task, self._record.transcript.remark)
        except Transient as late:
            _log.warning("remarks not heard: %s", late)
            return False
        if new:
            self._record.tell(*map(_told, new))
            self._record.note(remark=new[-1].number)
        return bool(new)


def _told(remark: Remark) -> Block:
    words = head(visible(remark.text).text, _MOST)
    fence = hashlib.sha256(f"{remark.number}\0{words}".encode("utf-8", "surrogatepass")).hexdigest()[:20]
    return text(render("remark", author=one_line(remark.author, _LOGIN), text=words or "(no text)", fence=fence))
