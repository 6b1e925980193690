"""One pull request for the branch, opened or brought up to date."""

from domain.ending import Ending
from proof.bench import Prepared
from proof.delivery import Pushed, publish
from proof.guard import GuardVerdict
from tasks.artifacts import pull_request_artifact
from tasks.blocks import outside
from tasks.place import entered
from tasks.policy import step


@step("open_pull_request")
async def open_pull_request(prepared: Prepared, ending: Ending, pushed: Pushed, verdict: GuardVerdict) -> Ending:
    """Looks first whether there is one: it can run again."""
    desk = await outside()
    await entered(ending.case.id, "open_pull_request")
    ending = await publish(ending, prepared.rules, pushed, verdict, desk.pulls)
    if ending.pull:
        pull_request_artifact(ending.case, ending.pull)
    return ending
