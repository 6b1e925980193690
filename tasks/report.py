"""One status comment, artifacts, the result in the ledger; what the run left on this machine goes."""

from domain.ending import Ending
from domain.outcome import Result
from proof.closing import close
from tasks.artifacts import spend_artifact
from tasks.blocks import outside
from tasks.place import entered
from tasks.policy import step


@step("report")
async def report(ending: Ending) -> Result:
    """Told on success, refusal and stop alike."""
    desk = await outside()
    await entered(ending.case.id, "report", spend=ending.spend)
    spend_artifact(ending.case, ending.spend)
    result = await close(ending, desk.cases, desk.issues)
    for kept in filter(None, (desk.checkpoints, desk.depot)):
        await kept.forget(ending.case.id)
    await desk.workspaces.discard(ending.case)
    return result
