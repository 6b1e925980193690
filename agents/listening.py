"""What people say to the agent while it works: told before its next step, and after anything it heard before."""

import hashlib
import logging

from agents.hidden import visible
from agents.job import Job, Seat
from agents.messages import text
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
    """The transcript holds the number of the newest remark beside its words, so a crash loses and repeats none."""

    def __init__(self, job: Job, seat: Seat, record: Record) -> None:
        self._task, self._remarks, self._record = job.key.task_id, seat.remarks, record

    async def hear(self) -> bool:
        """Tell the agent what is new, where a message from us may stand; whether there was anything."""
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
