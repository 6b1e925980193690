"""What runs have left on this node whose cases were finished elsewhere: removed soon, not only when it is old."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.disk.cap import CappedState
from adapters.git.removal import remove
from domain.errors import ClusterError, UnknownTask
from domain.ports import Cases

_EVERY_S = 30.0
_SETTLED = timedelta(seconds=30)  # within which a run that has just told its outcome tidies up itself
_log = logging.getLogger(__name__)


class Leftovers:
    """Of the state folder `home`; `cases` says what is over."""

    def __init__(self, home: Path, cases: Cases) -> None:
        self._state, self._cases = CappedState(home, remove), cases

    async def run(self) -> None:
        """Until cancelled; a coordinator that is away is asked again later."""
        while True:
            try:
                if gone := await self._state.clear(self._needed):
                    _log.info("leftovers removed things=%d", gone)
            except (ClusterError, OSError) as error:
                _log.warning("leftovers stay for now reason=%s", error)
            await asyncio.sleep(_EVERY_S)

    async def _needed(self, task_id: str, attempt: int | None) -> bool:
        try:
            file = await self._cases.read(task_id)
        except UnknownTask:
            return False
        if attempt is not None and attempt < file.case.attempt:
            return False
        return not file.ended or datetime.now(UTC) - file.updated < _SETTLED
