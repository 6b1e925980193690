"""One commit on our branch, pushed with a lease."""

from domain.ending import Ending
from proof.bench import Prepared
from proof.delivery import Pushed, push
from tasks.blocks import outside
from tasks.place import entered
from tasks.policy import step


@step("commit")
async def commit(prepared: Prepared, ending: Ending) -> Pushed:
    """Looks first what is on the forge: it can run again."""
    desk = await outside()
    await entered(ending.case.id, "commit")
    return await push(prepared.workspace, ending, desk.history, desk.pulls)
