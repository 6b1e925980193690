"""A workspace at the base, with the dependencies that its tests need."""

from prefect.logging import get_run_logger

from domain.case import CaseFile
from proof.bench import Prepared
from tasks.blocks import outside
from tasks.place import entered
from tasks.policy import step
from tasks.upkeep import make_room


@step("prepare_workspace")
async def prepare_workspace(file: CaseFile) -> Prepared:
    """Always runs: what it makes is on this machine only, and is never persisted."""
    desk = await outside()
    await entered(file.case.id, "prepare_workspace")
    await make_room(file.case.id)
    prepared = await desk.bench.prepare(file.case)
    if prepared.note:
        get_run_logger().warning("dependencies not installed reason=%s", prepared.note)
    return prepared
