"""What people say to running agents, heard through the coordinator."""

from adapters.cases_http.line import Line
from domain.delivery import Remark
from domain.ports import Remarks

_PATIENCE_S = 5.0


class HttpRemarks:
    """The port `Remarks`. A coordinator that is away is not waited for: the next step asks again."""

    def __init__(self, line: Line) -> None:
        self._line = line

    async def say(self, task_id: str, author: str, text: str, source: str) -> None:
        """Store it for the agent's next step."""
        await self._line.call(Remarks.say, task_id, author, text, source)

    async def take(self, task_id: str, known: int) -> tuple[Remark, ...]:
        """Those with a higher number than `known`, oldest first."""
        return await self._line.within(_PATIENCE_S, Remarks.take, task_id, known)
