"""The status comment of a case under way, made once the first answer is paid for."""

import asyncio

from domain.case import CaseFile
from domain.errors import IssueGone, NotFound
from domain.repository import RepositoryRules
from proof.status_comment import working
from tasks.blocks import outside
from tasks.place import noted

_FIRST_S, _LAST_S = 0.7, 5.0


class Announcement:
    """Says on the issue that work goes on, beside the work: a cluster's turn to write may be some seconds away.

    Not earlier than the first action: a wrong key for the model must leave nothing on the forge.
    """

    def __init__(self, rules: RepositoryRules) -> None:
        self._rules = rules
        self._telling: asyncio.Task[None] | None = None

    async def see(self, file: CaseFile) -> None:
        """Begin to tell, unless that is what the comment says, or the run is dry. Raises what telling has raised."""
        rests = file.comment_id is None or file.comment_rests
        if self._telling is None and rests and not file.case.dry_run:
            self._telling = asyncio.ensure_future(_announce(file, self._rules))
            await asyncio.wait((self._telling,), timeout=_FIRST_S)  # an issue that is gone costs no more
        if self._telling and self._telling.done():
            await self.told()

    async def told(self) -> None:
        """Wait until the issue is told. Raises `IssueGone`, and what writing to the forge raises."""
        if self._telling:
            await self._telling

    async def end(self) -> None:
        """Leave nothing under way, after work that failed: what is said of that edits the same comment."""
        if self._telling:
            await asyncio.wait((self._telling,), timeout=_LAST_S)
            self._telling.cancel()
            await asyncio.wait((self._telling,))


async def _announce(file: CaseFile, rules: RepositoryRules) -> None:
    await noted(file.case.id, comment_id=await _told(file, rules), comment_rests=False)


async def _told(file: CaseFile, rules: RepositoryRules) -> int:
    desk, case = await outside(), file.case
    name, number = case.repository.name, case.issue.number
    try:
        return await desk.issues.comment(name, number, working(file, rules), file.comment_id)
    except NotFound as error:
        raise IssueGone(f"issue #{number} of {name} was deleted") from error
