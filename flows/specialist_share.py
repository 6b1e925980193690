"""A part of an issue: done beside the rest by another specialist, and handed to the author of the whole."""

from typing import Annotated, Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Completed
from pydantic import Field

from domain.errors import ShareLost
from tasks.hand_in import hand_in
from tasks.prepare_share import prepare_share
from tasks.share_hold import share_held
from tasks.work_on_share import work_on_share


def _run_name() -> str:
    given = flow_run.parameters
    return f"{given.get('task_id')} part {given.get('number')}"


@flow(name="specialist-share", flow_run_name=_run_name, persist_result=False)
async def specialist_share(
    task_id: str, attempt: Annotated[int, Field(ge=1)] = 1, number: Annotated[int, Field(ge=1)] = 1
) -> State[Any]:
    """Do one part of a task, as the task's own run has offered it. Started by the coordinator only.

    Ends named TakenBack, without having paid anything, where the part is not offered any more.

    Args:
        task_id: The task.
        attempt: Its attempt.
        number: The part's number, from 1.
    """
    try:
        async with share_held(task_id, attempt, number) as share:
            ready = await prepare_share(share)
            work = await work_on_share(share, ready.prepared, ready.job)
            return Completed(message=await hand_in(share, ready.prepared, work))
    except ShareLost as lost:
        return Completed(name="TakenBack", message=str(lost))
