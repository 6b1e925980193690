"""The state folder is kept below its cap, without what runs and what may be resumed."""

from datetime import timedelta

from domain import clock
from domain.errors import UnknownTask
from tasks.blocks import outside

_RESUMABLE = timedelta(days=14)


async def make_room(own: str) -> None:
    """Before a workspace is made: remove what is old or too much; this case's own things are never that."""
    desk = await outside()

    async def live(task_id: str, attempt: int | None) -> bool:
        try:
            file = await desk.cases.read(task_id)
        except UnknownTask:
            return False
        if attempt not in {None, file.case.attempt}:
            return False
        if task_id == own or (not file.ended and clock.now() - file.updated < _RESUMABLE):
            return True
        holder = await desk.claims.holder(file.case)
        return holder is not None and holder.task_id == task_id

    await desk.upkeep.trim(live)
