"""A check of the node that takes it: does the sandbox isolate, does git work, does the model answer."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from tasks.node_check import check_node


@flow(name="self-check", persist_result=False)
async def self_check(task_id: str) -> State[Any]:
    """Ends Completed when issues could be worked on here; says what is missing otherwise.

    Args:
        task_id: The id under which the check was asked for.
    """
    checked = await check_node(task_id)
    if checked.passed:
        return Completed(message="this node can work", data=checked.told())
    return Failed(message=checked.reason, data=checked.told())
