"""The one round of a part; every call is paid from the case's money."""

from agents.job import Job, Seat
from agents.loop import work
from domain.share import Share
from domain.spend import Spend
from proof.bench import Prepared
from tasks.account import account_watched, account_works
from tasks.blocks import outside
from tasks.generate import Work
from tasks.held import HeldModel
from tasks.policy import step
from tasks.share_hold import hold_of
from tasks.shipping import checkpoints_of


@step("work_on_share")
async def work_on_share(share: Share, prepared: Prepared, job: Job) -> Work:
    """From wherever its checkpoint stands; people speak with the author of the whole only. Raises `ShareLost`."""
    desk, hold, workspace = await outside(), hold_of(share), prepared.workspace

    async def progress(action: str, spend: Spend) -> None:  # noqa: ARG001 - the shape of the port
        hold.spend = spend
        await account_works()
        await hold.prove()

    shell = await desk.sandbox.shell(prepared.place)
    try:
        model = HeldModel(desk.model, hold.prove, desk.turns, desk.model_key)
        ledger = (desk.budget, await checkpoints_of(workspace))
        seat = Seat(model, shell, desk.files(workspace.path), desk.workspaces, workspace, *ledger, progress)
        async with account_watched():
            transcript = await work(job, seat)
    finally:
        await shell.close()
    hold.spend = transcript.spend
    return Work(transcript=transcript, change=await desk.workspaces.snapshot(workspace))
