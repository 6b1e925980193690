"""Go, or a named reason, before anything is paid."""

from domain.case import CaseFile
from domain.outcome import Refusal
from proof import preflight as checks
from tasks.blocks import outside
from tasks.place import entered
from tasks.policy import step


@step("preflight")
async def preflight(file: CaseFile) -> Refusal | None:
    """None means go."""
    desk = await outside()
    await entered(file.case.id, "preflight")
    desk.model.output_price_usd(file.case.model)
    return await checks.preflight(file, desk.pulls) or await checks.entitled(file, desk.rights)
