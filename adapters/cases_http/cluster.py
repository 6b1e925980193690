"""The coordinator as runs see it, over the wire."""

from adapters.cases_http.line import Line
from domain.backlog import Swept
from domain.case import CaseFile, WorkRequest
from domain.ports import Dispatch, Submissions, Turns
from domain.submission import Submission, SubmissionFile

_MOMENT_S = 5.0


class HttpDispatch:
    """The port `Dispatch`."""

    def __init__(self, line: Line) -> None:
        self._line = line

    async def hand_off(self, request: WorkRequest) -> CaseFile:
        """The case, with one run of it in the pool of the best specialist."""
        return await self._line.call(Dispatch.hand_off, request)

    async def sweep(self, repos: tuple[str, ...], labels: tuple[str, ...], limit: int) -> Swept:
        """Start work on what the backlog holds, and write down what became of pull requests."""
        return await self._line.call(Dispatch.sweep, repos, labels, limit)


class HttpSubmissions:
    """The port `Submissions`."""

    def __init__(self, line: Line) -> None:
        self._line = line

    async def open(self, submission: Submission, task_id: str) -> tuple[SubmissionFile, bool | None]:
        """The file under this id, and whether it is new."""
        return await self._line.call(Submissions.open, submission, task_id)

    async def read(self, task_id: str) -> SubmissionFile:
        """What became of it."""
        return await self._line.call(Submissions.read, task_id)

    async def write(self, file: SubmissionFile) -> None:
        """Replace it by its newer self."""
        await self._line.call(Submissions.write, file)

    async def recent(self, limit: int) -> tuple[SubmissionFile, ...]:
        """The newest ones."""
        return await self._line.call(Submissions.recent, limit)


class HttpTurns:
    """The port `Turns`; without the coordinator everybody waits for its own turn only."""

    def __init__(self, line: Line) -> None:
        self._line = line

    async def turn(self, key: str, gap_s: float) -> float:
        """Seconds until this caller's turn."""
        return await self._line.call(Turns.turn, key, gap_s)

    async def hold(self, key: str, seconds: float) -> None:
        """Nobody's turn comes within the next `seconds`."""
        await self._line.within(_MOMENT_S, Turns.hold, key, seconds)
