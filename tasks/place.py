"""Where a case stands, written into its case file for everybody who watches."""

import asyncio
from typing import Any

from prefect.logging import get_run_logger

from domain import clock
from domain.case import CaseFile
from domain.errors import CaseError
from domain.spend import Spend
from tasks.artifacts import progress_artifact
from tasks.blocks import outside
from tasks.claim import prove

_one_at_a_time = asyncio.Lock()  # what is read, changed and written may not cross what else is noted meanwhile


async def entered(task_id: str, step: str, **changes: Any) -> CaseFile:
    """The case enters a step; raises `CaseError` if it was ended from outside, so that work stops."""
    file = await _write(task_id, {"step": step, "action": "", **changes})
    get_run_logger().info("step=%s cost_usd=%.4f", step, file.spend.cost_usd)
    progress_artifact(file.case, step)
    return file


async def acted(task_id: str, action: str, spend: Spend, **changes: Any) -> CaseFile:
    """The agent did something; `spend` is the whole case's so far."""
    get_run_logger().info("action=%r cost_usd=%.4f calls=%d", action, spend.cost_usd, spend.calls)
    return await _write(task_id, {"action": action, "spend": spend, **changes})


async def noted(task_id: str, **changes: Any) -> CaseFile:
    """Something else is known of the case; it stays where it stands."""
    return await _write(task_id, changes)


async def _write(task_id: str, changes: dict[str, Any]) -> CaseFile:
    await prove(task_id)
    desk = await outside()
    async with _one_at_a_time:
        file = await desk.cases.read(task_id)
        if file.ended:
            raise CaseError(f"{task_id} has ended: {file.outcome}")
        file = file.model_copy(update={**changes, "updated": clock.now()})
        await desk.cases.write(file)
    return file
